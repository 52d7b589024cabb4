/** The last step of a run: no log and no event of any gateway of the tests has a secret in it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Names the folder of a run, for `keep-secrets.cjs`. */
export const keptRecordsVariable = "TEST_KEPT_RECORDS";

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-records-"));
  process.env[keptRecordsVariable] = folder;
  // In the workers of this run, and in every process that they start.
  const hook = `--require ${JSON.stringify(join(import.meta.dirname, "keep-secrets.cjs"))}`;
  process.env["NODE_OPTIONS"] = [process.env["NODE_OPTIONS"], hook].filter(Boolean).join(" ");
  return () => {
    const { secrets, characters, found } = searchKept(folder);
    rmSync(folder, { recursive: true, force: true });
    if (found.length === 0) {
      if (characters > 0) console.error(`no secret of ${secrets} is in ${characters} characters of logs and events`);
      return;
    }
    process.exitCode = 1;
    console.error(`FAIL: ${secrets} secrets were searched for in logs and events:`);
    for (const { secret, from } of found.slice(0, 10))
      console.error(`  ${secret.slice(0, 4)}… (${secret.length} characters) is in ${from}`);
  };
}

interface Found {
  readonly secret: string;
  /** The log or the file of a record, and the test that kept it. */
  readonly from: string;
}

interface Searched {
  readonly secrets: number;
  readonly characters: number;
  readonly found: readonly Found[];
}

/** Searches everything that was kept in a folder. */
export function searchKept(folder: string): Searched {
  const lines = (kind: string): readonly string[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith(kind))
      .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
      .filter((line) => line !== "");
  const secrets = new Set(lines("secrets").map((line) => JSON.parse(line) as string));
  const needles = new Needles(secrets);
  const found: Found[] = [];
  let characters = 0;
  for (const line of lines("texts")) {
    const { from, text } = JSON.parse(line) as { readonly from: string; readonly text: string };
    characters += text.length;
    for (const secret of needles.in(text)) found.push({ secret, from });
  }
  return { secrets: secrets.size, characters, found };
}

/** Characters by which a needle is looked up: no secret is shorter. */
const startLength = 8;
/** A hash of so many characters, moved on by one character at a time. */
const factor = 0x01000193;
const factorOfOldest = Array.from({ length: startLength }).reduce<number>((power) => Math.imul(power, factor), 1);
const slotOf = (hash: number): number => hash >>> 12;

/** Which secrets a text has in it: as they are, escaped in JSON, percent-encoded, or inside something that is base64. */
export class Needles {
  readonly #byStart = new Map<string, { readonly needle: string; readonly secret: string }[]>();
  /** Which hashes any start has: for most places in a text this says no. */
  readonly #slots = new Uint8Array(2 ** 20);

  constructor(secrets: Iterable<string>) {
    for (const secret of secrets)
      for (const needle of new Set([secret, inJson(secret), inJson(inJson(secret)), ...inBase64(secret)])) {
        const start = needle.slice(0, startLength);
        this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), { needle, secret }]);
        this.#slots[slotOf(hashOf(start))] = 1;
      }
  }

  in(text: string): ReadonlySet<string> {
    const found = new Set<string>();
    this.#search(text, found);
    if (text.includes("%")) this.#search(percentDecoded(text), found);
    return found;
  }

  #search(text: string, found: Set<string>): void {
    let hash = 0;
    for (let at = 0; at < text.length; at += 1) {
      const oldest = at < startLength ? 0 : text.charCodeAt(at - startLength);
      hash = (Math.imul(hash, factor) + text.charCodeAt(at) - Math.imul(oldest, factorOfOldest)) | 0;
      if (this.#slots[slotOf(hash)] !== 1) continue;
      const from = at + 1 - startLength;
      for (const { needle, secret } of this.#byStart.get(text.slice(from, at + 1)) ?? [])
        if (text.startsWith(needle, from)) found.add(secret);
    }
  }
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, factor) + text.charCodeAt(at)) | 0;
  return hash;
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The characters that a text always becomes inside a longer one, by how many bytes are before it; of both alphabets. */
function inBase64(text: string): readonly string[] {
  const bytes = Buffer.from(text, "utf8");
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((whole.length * 8) / 6);
    return (["base64", "base64url"] as const).map((alphabet) => whole.toString(alphabet).slice(from, to));
  });
}

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"));
}
