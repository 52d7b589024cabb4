import { oncePerRecord } from "../../domain/buckets/once-per-record.ts";
import { child, children, textOf, type XmlElement } from "@s3-credentials/protocol";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { readKept } from "./read-document.ts";

type Scheme = "http" | "https";

/** Where a rule sends a browser. What is undefined stays as it was asked for; of `key` and `keyPrefix` one at most is there. */
export interface SiteRedirect {
  readonly scheme: Scheme | undefined;
  readonly host: string | undefined;
  /** 301 to 399. */
  readonly status: number;
  readonly key: string | undefined;
  readonly keyPrefix: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_RoutingRule.html */
export interface RoutingRule {
  readonly prefix: string | undefined;
  /** The rule is for answers of this status; undefined: for every request, before the object is looked for. */
  readonly errorStatus: number | undefined;
  readonly redirect: SiteRedirect;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_WebsiteConfiguration.html */
export type WebsiteConfiguration =
  | { readonly kind: "redirect"; readonly host: string; readonly scheme: Scheme | undefined }
  | {
      readonly kind: "site";
      /** What a folder shows: `index.html`. */
      readonly index: string;
      readonly errorKey: string | undefined;
      readonly rules: readonly RoutingRule[];
    };

const known: ReadonlySet<string> = new Set(["IndexDocument", "ErrorDocument", "RedirectAllRequestsTo", "RoutingRules"]);
const maxRules = 50;
/** With a port or without. Narrower than S3, so that no configuration can put anything but a host into a `Location`. */
const hostPattern = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:\d{1,5})?$/i;

/** The document as it is followed, or what does not hold of it. */
export function readWebsite(root: XmlElement): WebsiteConfiguration | Refusal {
  if (root.children.some(({ name }) => !known.has(name))) return refuse("MalformedXML");
  const all = child(root, "RedirectAllRequestsTo");
  if (all !== undefined) {
    if (root.children.length > 1)
      return refuse(
        "InvalidRequest",
        "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
      );
    const host = textOf(all, "HostName");
    if (!host) return refuse("MalformedXML");
    const scheme = readScheme(all);
    return isRefusal(scheme) ? scheme : (unfitHost(host) ?? { kind: "redirect", host, scheme });
  }
  const index = readIndex(root);
  if (isRefusal(index)) return index;
  const error = child(root, "ErrorDocument");
  const errorKey = error === undefined ? undefined : textOf(error, "Key");
  if (error !== undefined && !errorKey) return refuse("MalformedXML");
  const rules = readRules(child(root, "RoutingRules"));
  return isRefusal(rules) ? rules : { kind: "site", index, errorKey, rules };
}

function readIndex(root: XmlElement): string | Refusal {
  const element = child(root, "IndexDocument");
  const suffix = element === undefined ? undefined : textOf(element, "Suffix");
  const details = { ArgumentName: "IndexDocument" };
  if (!suffix)
    return refuse(
      "InvalidArgument",
      "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
      { details },
    );
  return suffix.includes("/")
    ? refuse("InvalidArgument", "The IndexDocument Suffix is not well formed", { details })
    : suffix;
}

function readRules(list: XmlElement | undefined): readonly RoutingRule[] | Refusal {
  if (list === undefined) return [];
  const rules: RoutingRule[] = [];
  if (list.children.length > maxRules)
    return refuse(
      "InvalidRequest",
      `${list.children.length} routing rules provided, the number of routing rules in a website configuration is limited to ${maxRules}.`,
    );
  for (const element of children(list, "RoutingRule")) {
    const rule = readRule(element);
    if (isRefusal(rule)) return rule;
    rules.push(rule);
  }
  return rules.length === 0 || rules.length < list.children.length ? refuse("MalformedXML") : rules;
}

function readRule(element: XmlElement): RoutingRule | Refusal {
  const to = child(element, "Redirect");
  if (to === undefined || to.children.length === 0) return refuse("MalformedXML");
  const redirect = readRedirect(to);
  if (isRefusal(redirect)) return redirect;
  const condition = child(element, "Condition");
  if (condition === undefined) return { prefix: undefined, errorStatus: undefined, redirect };
  const prefix = textOf(condition, "KeyPrefixEquals");
  const error = textOf(condition, "HttpErrorCodeReturnedEquals");
  if (prefix === undefined && error === undefined)
    return refuse(
      "InvalidRequest",
      "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
    );
  if (error !== undefined && !/^[45]\d\d$/.test(error))
    return refuse(
      "InvalidRequest",
      `The provided HTTP error code (${error}) is not valid. Valid codes are 4XX or 5XX.`,
    );
  return { prefix, errorStatus: error === undefined ? undefined : Number(error), redirect };
}

function readRedirect(element: XmlElement): SiteRedirect | Refusal {
  const scheme = readScheme(element);
  if (isRefusal(scheme)) return scheme;
  const host = textOf(element, "HostName");
  const unfit = host === undefined ? undefined : unfitHost(host);
  if (unfit !== undefined) return unfit;
  const key = textOf(element, "ReplaceKeyWith");
  const keyPrefix = textOf(element, "ReplaceKeyPrefixWith");
  if (key !== undefined && keyPrefix !== undefined)
    return refuse("InvalidRequest", "You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
  const status = textOf(element, "HttpRedirectCode") ?? "301";
  if (!/^3\d\d$/.test(status) || status === "300")
    return refuse(
      "InvalidRequest",
      `The provided HTTP redirect code (${status}) is not valid. Valid codes are 3XX except 300.`,
    );
  return { scheme, host, status: Number(status), key, keyPrefix };
}

function readScheme(element: XmlElement): Scheme | undefined | Refusal {
  const given = textOf(element, "Protocol");
  if (given === undefined || given === "http" || given === "https") return given;
  return refuse(
    "InvalidRequest",
    "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.",
  );
}

function unfitHost(host: string): Refusal | undefined {
  return hostPattern.test(host)
    ? undefined
    : refuse("InvalidRequest", "The HostName of a redirect must be the name of a host, with a port or without.");
}

/** Fifty routing rules of at most ten elements. */
export const websiteLimits = { maxBytes: 128 * 1024, maxElements: 1000 } as const;

/** What a bucket is as a website, or why it is none. `turn`: whoever asks first reads for all others, so it must not reject. */
export const websiteOf = oncePerRecord(readStored);

async function readStored(
  { name, website }: BucketRecord,
  turn: () => Promise<void>,
): Promise<WebsiteConfiguration | Refusal> {
  const details = { BucketName: name };
  if (website === undefined) return refuse("NoSuchWebsiteConfiguration", undefined, { details });
  const configuration = readWebsite(await readKept(website, websiteLimits, turn));
  // Earlier versions kept redirects that they did not look at, such as one to something that is no host.
  return isRefusal(configuration)
    ? refuse("NoSuchWebsiteConfiguration", "The website configuration of the bucket is not valid; put it again.", {
        details,
      })
    : configuration;
}
