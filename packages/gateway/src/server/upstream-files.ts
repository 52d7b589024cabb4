import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { SigningKeys } from "@s3-credentials/protocol";
import { StoreError } from "../ports/store-error.ts";
import { fileFault } from "./file-fault.ts";
import type { UpstreamSettings, UpstreamsSettings } from "./config.ts";
import { refuseOpenFile, Unfit } from "./private-file.ts";

/** A file that is read again when it changes. */
interface Watched<T> {
  readonly file: string;
  /** What the file holds, as messages call it: "the new … cannot be used". */
  readonly what: string;
  /** Throws, as `read` does, with the reason. */
  readonly parse: (text: string) => T;
  readonly isSecret: boolean;
  /** What to do about a file that cannot be read. */
  readonly advice: string;
}

class WatchedFile<T> {
  readonly #watched: Watched<T>;
  #content: T;
  #seen: string;

  /** `unusable` makes the error to throw of the reason. */
  constructor(watched: Watched<T>, unusable: (reason: string) => StoreError) {
    this.#watched = watched;
    const { file, parse } = watched;
    try {
      const found = statSync(file);
      if (watched.isSecret) refuseOpenFile(found, file);
      this.#content = parse(readFileSync(file, "utf8"));
      this.#seen = stampOf(found);
    } catch (error) {
      throw unusable(this.#reason(error));
    }
  }

  get content(): T {
    return this.#content;
  }

  /** When the new file cannot be used, what was read stays, and `warn` is called once. */
  async look(warn: (line: string) => void): Promise<void> {
    const { file, what, parse, isSecret } = this.#watched;
    let seen = "";
    try {
      const found = await stat(file);
      seen = stampOf(found);
      if (seen === this.#seen) return;
      if (isSecret) refuseOpenFile(found, file);
      this.#content = parse(await readFile(file, "utf8"));
    } catch (error) {
      seen ||= "unreadable";
      if (seen !== this.#seen)
        warn(`the new ${what} in ${file} cannot be used, and those of before stay: ${this.#reason(error)}`);
    }
    this.#seen = seen;
  }

  #reason(error: unknown): string {
    return error instanceof Unfit ? error.message : `${fileFault(error)}; ${this.#watched.advice}`;
  }
}

/** The keys of an engine, and the authorities that its certificate is checked with. */
export class UpstreamFiles {
  readonly #keys: WatchedFile<SigningKeys>;
  /** Undefined: those of Node. */
  readonly #ca: WatchedFile<string> | undefined;

  /** Throws when a file is unreadable or has not what it should have, and when others than its owner may read or write the keys. */
  constructor({ name, credentials, ca }: Pick<UpstreamSettings, "name" | "credentials" | "ca">) {
    const keys = { file: credentials, what: `credentials of the upstream ${name}`, parse: keysIn, isSecret: true };
    this.#keys = new WatchedFile({ ...keys, advice: "give a file with the keys" }, (why) =>
      conflict(`the credentials of the upstream ${name} in ${credentials}: ${why}`),
    );
    if (ca === undefined) return;
    const authorities = { file: ca, what: `certificates for the upstream ${name}`, parse: certificatesIn };
    this.#ca = new WatchedFile({ ...authorities, isSecret: false, advice: "give a file in PEM" }, (why) =>
      conflict(`${ca}, the certificates for the upstream ${name}: ${why}`),
    );
  }

  get keys(): SigningKeys {
    return this.#keys.content;
  }

  /** PEM. */
  get ca(): string | undefined {
    return this.#ca?.content;
  }

  /** Reads what has changed. */
  async look(warn: (line: string) => void): Promise<void> {
    await this.#keys.look(warn);
    await this.#ca?.look(warn);
  }
}

function conflict(what: string): StoreError {
  return new StoreError("conflict", `cannot use ${what}`);
}

function certificatesIn(pem: string): string {
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw new Unfit("it has no certificate in PEM");
  return pem;
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
  for (const upstream of settings?.upstreams ?? []) void new UpstreamFiles(upstream);
}
