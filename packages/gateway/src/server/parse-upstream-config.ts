import { isRecord } from "@s3-credentials/policy/parse";
import { dirname, resolve } from "node:path";
import { StoreError } from "../ports/store-error.ts";
import type { HomeRule, UpstreamsConfig, UpstreamSettings, UpstreamsSettings } from "./config.ts";
import { checkedObject, type Fault, readJsonFile } from "./json-file.ts";
import { UsageError } from "./parse-console-config.ts";

export interface UpstreamValues {
  readonly upstream?: string | undefined;
  readonly "upstream-credentials"?: string | undefined;
  readonly "upstream-region"?: string | undefined;
  readonly "upstream-ca"?: string | undefined;
  readonly "upstream-prefix"?: string | undefined;
  readonly "upstream-style"?: string | undefined;
  readonly "upstream-probe"?: string | undefined;
  readonly upstreams?: string | undefined;
}

const companions = ["credentials", "region", "ca", "prefix", "style", "probe"] as const;

/** The name of the engine that `--upstream` gives. */
const onlyName = "default";

/** Undefined: there is none. */
export function parseUpstreams(values: UpstreamValues): UpstreamsConfig | undefined {
  const { upstream, upstreams } = values;
  if (upstream !== undefined && upstreams !== undefined)
    throw new UsageError("give --upstream or --upstreams, not both: the file of --upstreams may name several");
  const lonely = companions.find((name) => values[`upstream-${name}`] !== undefined);
  if (upstream === undefined && lonely !== undefined)
    throw new UsageError(`--upstream-${lonely} needs an engine; add --upstream with its URL`);
  if (upstreams !== undefined) {
    if (upstreams === "") throw new UsageError("--upstreams is empty; give a file in JSON");
    return { file: resolve(upstreams) };
  }
  if (upstream === undefined) return undefined;
  const credentials = values["upstream-credentials"];
  if (!credentials)
    throw new UsageError(
      "--upstream needs the keys of the engine; add --upstream-credentials with a file that has aws_access_key_id and aws_secret_access_key",
    );
  const fault = (option: string, why: string): never => {
    throw new UsageError(`invalid --upstream${option === "url" ? "" : `-${option}`}: ${why}`);
  };
  const given = Object.fromEntries(companions.map((name) => [name, values[`upstream-${name}`]]));
  return readUpstream({ ...given, name: onlyName, url: upstream, credentials }, ".", fault);
}

const members = ["name", "url", ...companions] as const;

/** `url` and texts, checked; files are found from `folder`. */
function readUpstream(given: Readonly<Record<string, unknown>>, folder: string, fault: Fault): UpstreamSettings {
  const text = (member: (typeof members)[number], otherwise?: string): string => {
    const value = given[member] ?? otherwise;
    if (typeof value !== "string") return fault(member, value === undefined ? "it is missing" : "it is not a text");
    return value;
  };
  const name = text("name");
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name) || name === "local")
    return fault("name", "give up to 32 of a-z, 0-9 and -, and not local");
  const region = text("region", "us-east-1");
  if (!/^[\w-]{1,64}$/.test(region))
    return fault("region", "it is not the name of a region; give one such as us-east-1");
  const prefix = text("prefix", "");
  if (!/^[a-z0-9.-]*$/.test(prefix.replaceAll("{account}", "")) || prefix.length > 40)
    return fault(
      "prefix",
      "bucket names cannot begin like this; give up to 40 of a-z, 0-9, - and ., with {account} for the bucket's account",
    );
  const style = text("style", "path");
  if (style !== "path" && style !== "virtual")
    return fault("style", "it is neither path nor virtual; give one of them");
  const probe = given["probe"] === undefined ? undefined : text("probe");
  if (probe !== undefined && !/^[\w.-]{3,255}$/.test(probe))
    return fault("probe", "it is not the name of a bucket; give one that the engine has for this and for nothing else");
  const ca = given["ca"] === undefined ? undefined : resolve(folder, text("ca"));
  const credentials = text("credentials");
  if (credentials === "") return fault("credentials", "the name of the file is empty; give one");
  return {
    name,
    url: readUrl(text("url"), fault),
    credentials: resolve(folder, credentials),
    region,
    ca,
    prefix,
    style,
    probe,
  };
}

function readUrl(text: string, fault: Fault): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:") || url.hostname === "")
    return fault("url", "it is not a URL; give one such as https://s3.example.com");
  // Not printed: it may have a password.
  if (url.username !== "" || url.password !== "")
    return fault("url", "it has a name or a password; put the keys into a file");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return fault("url", "it has more than scheme, host and port; leave that out");
  return url.origin;
}

/** Reads the file of `--upstreams`. Throws with the reason and the member at fault; what a file holds is not printed. */
export function readUpstreams(config: UpstreamsConfig | undefined): UpstreamsSettings | undefined {
  if (config === undefined) return undefined;
  if (!("file" in config))
    return { upstreams: [config], buckets: [{ name: undefined, account: undefined, home: config.name }] };
  const { file } = config;
  const fail = (why: string): never => {
    throw new StoreError("conflict", `cannot use --upstreams ${file}: ${why}; see docs/guide/upstream.md`);
  };
  const document = readJsonFile(file, fail);
  const { upstreams = [], buckets = [], ...more } = isRecord(document) ? document : fail("it is not a JSON object");
  for (const name of Object.keys(more)) return fail(`it has ${JSON.stringify(name)}, and knows upstreams and buckets`);
  if (!Array.isArray(upstreams) || upstreams.length === 0)
    return fail("upstreams is not a list of at least one engine");
  const read = upstreams.map((one: unknown, index) => {
    const fault: Fault = (member, why) => fail(`upstreams[${index}].${member}: ${why}`);
    return readUpstream(checkedObject(one, members, fault), dirname(file), fault);
  });
  const twice = read.find(({ name }, index) => read.findIndex((one) => one.name === name) !== index);
  if (twice !== undefined) return fail(`two upstreams have the name ${twice.name}`);
  for (const [at, { url, prefix }] of read.entries()) {
    const other = read.slice(0, at).find((before) => before.url === url && mayMeet(before.prefix, prefix));
    if (other !== undefined)
      return fail(
        `upstreams[${at}].prefix: its buckets could have the names of those of ${other.name}, which is the same engine; give prefixes of which none begins another`,
      );
  }
  if (!Array.isArray(buckets)) return fail("buckets is not a list of rules");
  const rules = buckets.map((one: unknown, index) =>
    readRule(one, read, (member, why) => fail(`buckets[${index}].${member}: ${why}`)),
  );
  const [only, ...others] = read;
  const home = only !== undefined && others.length === 0 ? only.name : "local";
  return { upstreams: read, buckets: [...rules, { name: undefined, account: undefined, home }] };
}

/** Whether a bucket of one prefix can have the same name as one of the other. */
function mayMeet(one: string, other: string): boolean {
  const [a, b] = [one, other].map((prefix) => prefix.replaceAll("{account}", "#".repeat(12)));
  const fits = (x: string, y: string): boolean => x === y || (x === "#" && /\d/.test(y));
  return [...(a ?? "")].every((x, at) => {
    const y = b?.[at] ?? x;
    return fits(x, y) || fits(y, x);
  });
}

function readRule(one: unknown, upstreams: readonly UpstreamSettings[], fault: Fault): HomeRule {
  const { name, account, home } = checkedObject(one, ["name", "account", "home"], fault);
  if (name !== undefined && (typeof name !== "string" || !/^[a-z0-9.*?-]{1,63}$/.test(name)))
    return fault("name", "it is not a pattern of bucket names, such as logs-*");
  if (account !== undefined && (typeof account !== "string" || !/^\d{12}$/.test(account)))
    return fault("account", "it is not the id of an account, a text of 12 digits");
  if (typeof home !== "string" || (home !== "local" && !upstreams.some((upstream) => upstream.name === home)))
    return fault("home", "it is neither local nor the name of one of the upstreams");
  return { name, account, home };
}
