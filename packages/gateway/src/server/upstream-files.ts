import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { SigningKeys } from "@s3-credentials/protocol";
import { StoreError } from "../ports/store-error.ts";
import { fileFault } from "./file-fault.ts";
import type { UpstreamSettings, UpstreamsSettings } from "./config.ts";
import { refuseOpenFile, Unfit } from "./private-file.ts";

/** The keys of an engine, from a file that is read again when it changes. */
export class UpstreamKeys {
  readonly #upstream: UpstreamSettings;
  #keys: SigningKeys;
  #seen: string;

  /** Throws when the file is unreadable, has no keys, or others than its owner may read or write it. */
  constructor(upstream: UpstreamSettings) {
    this.#upstream = upstream;
    const { credentials: file } = upstream;
    try {
      const found = statSync(file);
      refuseOpenFile(found, file);
      this.#keys = keysIn(readFileSync(file, "utf8"));
      this.#seen = stampOf(found);
    } catch (error) {
      throw new StoreError(
        "conflict",
        `cannot use the credentials of the upstream ${upstream.name} in ${file}: ${reason(error)}`,
      );
    }
  }

  /** Throws as the constructor does. */
  static check(upstream: UpstreamSettings): void {
    void new UpstreamKeys(upstream).current;
  }

  get current(): SigningKeys {
    return this.#keys;
  }

  /** When the new file cannot be used, the keys stay, and `warn` is called once. */
  async look(warn: (line: string) => void): Promise<void> {
    const { name, credentials: file } = this.#upstream;
    let seen = "";
    try {
      const found = await stat(file);
      seen = stampOf(found);
      if (seen === this.#seen) return;
      refuseOpenFile(found, file);
      this.#keys = keysIn(await readFile(file, "utf8"));
    } catch (error) {
      seen ||= "unreadable";
      if (seen !== this.#seen)
        warn(
          `the new credentials of the upstream ${name} in ${file} cannot be used, and those of before stay: ${reason(error)}`,
        );
    }
    this.#seen = seen;
  }
}

function reason(error: unknown): string {
  return error instanceof Unfit ? error.message : `${fileFault(error)}; give a file with the keys`;
}

function stampOf({ ino, size, mtimeMs, ctimeMs }: ReturnType<typeof statSync> & object): string {
  return [ino, size, mtimeMs, ctimeMs].join(" ");
}

const spellings = {
  accessKeyId: ["aws_access_key_id", "accesskeyid"],
  secretAccessKey: ["aws_secret_access_key", "secretaccesskey"],
  sessionToken: ["aws_session_token", "sessiontoken"],
} as const;

/** JSON, or the first profile of an INI file as AWS's tools write it. */
function keysIn(text: string): SigningKeys {
  const values = text.trimStart().startsWith("{") ? jsonValues(text) : iniValues(text);
  const value = (name: keyof typeof spellings): string | undefined =>
    spellings[name].map((spelling) => values.get(spelling)).find((found) => found !== undefined && found !== "");
  const [accessKeyId, secretAccessKey, sessionToken] = [
    value("accessKeyId"),
    value("secretAccessKey"),
    value("sessionToken"),
  ];
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Unfit(
      "it has no keys; it needs aws_access_key_id=… and aws_secret_access_key=…, or JSON with AccessKeyId and SecretAccessKey",
    );
  // They go into headers and signatures.
  if (![accessKeyId, secretAccessKey, sessionToken ?? "-"].every((one) => /^[\x21-\x7e]+$/.test(one)))
    throw new Unfit("a key has characters that no key has; write the file again");
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function jsonValues(text: string): ReadonlyMap<string, string> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Unfit("it is not JSON; write the file again");
  }
  const entries = Object.entries(typeof document === "object" && document !== null ? document : {});
  return new Map(entries.flatMap(([name, value]) => (typeof value === "string" ? [[name.toLowerCase(), value]] : [])));
}

function iniValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let profiles = 0;
  for (const line of text.split("\n")) {
    if (/^\s*\[/.test(line)) profiles += 1;
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (profiles <= 1 && name !== undefined && value !== undefined) values.set(name.toLowerCase(), value);
  }
  return values;
}

/** Throws when a file that the settings name cannot be used. */
export function checkUpstreamFiles(settings: UpstreamsSettings | undefined): void {
  for (const upstream of settings?.upstreams ?? []) {
    UpstreamKeys.check(upstream);
    readCa(upstream);
  }
}

/** Throws when the file is unreadable or has no certificate. */
export function readCa({ name, ca }: UpstreamSettings): string | undefined {
  if (ca === undefined) return undefined;
  const fail = (why: string): never => {
    throw new StoreError("conflict", `cannot use ${ca}, the certificates for the upstream ${name}: ${why}`);
  };
  let pem = "";
  try {
    pem = readFileSync(ca, "utf8");
  } catch (error) {
    return fail(`${fileFault(error)}; give a file in PEM`);
  }
  return pem.includes("-----BEGIN CERTIFICATE-----") ? pem : fail("it has no certificate in PEM");
}
