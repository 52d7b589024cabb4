/**
 * What gateways of the tests wrote into logs and records, and the secrets that the tests got or gave. At the end of a run every text is
 * searched for every secret: see `kept-records-check.ts`, which names the folder.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openConnection } from "../src/stores/sqlite/connection.ts";
import { utf8 } from "../src/stores/sqlite/sql-value.ts";

export const keptRecordsVariable = "TEST_KEPT_RECORDS";

function keep(kind: "secrets" | "texts", lines: readonly string[]): void {
  const folder = process.env[keptRecordsVariable];
  if (folder === undefined || lines.length === 0) return;
  appendFileSync(join(folder, `${kind}-${process.pid}`), `${lines.join("\n")}\n`);
}

/** Names under which requests and answers have secrets. */
const secretNames: ReadonlySet<string> = new Set([
  "SecretAccessKey",
  "SessionToken",
  "Password",
  "OldPassword",
  "NewPassword",
  "Base32StringSeed",
]);

/** Secrets in what a client sent or got, wherever they are in it. */
export function secretsIn(value: unknown, name = ""): readonly string[] {
  if (typeof value === "string") return secretNames.has(name) && value.length >= 8 ? [value] : [];
  if (value instanceof Uint8Array) return secretNames.has(name) ? [Buffer.from(value).toString("utf8")] : [];
  // Data alone: a stream of an answer leads in circles.
  if (!Array.isArray(value) && Object.getPrototypeOf(value ?? 0) !== Object.prototype) return [];
  return Object.entries(value as object).flatMap(([key, item]) => secretsIn(item, Array.isArray(value) ? name : key));
}

interface Stack {
  add(
    middleware: (next: (args: { input: unknown }) => Promise<{ output: unknown }>) => unknown,
    options: { readonly step: "initialize" },
  ): void;
}

/** Remembers every secret that the client sends or gets. */
export function watchSecrets<Client extends { readonly middlewareStack: object }>(client: Client): Client {
  (client.middlewareStack as Stack).add(
    (next) => async (args: { input: unknown }) => {
      keep("secrets", secretsIn(args.input));
      const result = await next(args);
      keep("secrets", secretsIn(result.output));
      return result;
    },
    { step: "initialize" },
  );
  return client;
}

export function keepSecret(secret: string): void {
  keep("secrets", [secret]);
}

/** The log of a gateway that has stopped, and everything that is in its record. */
export function keepRecord(dataDir: string, log: string): void {
  if (process.env[keptRecordsVariable] === undefined) return;
  const rows = (file: string, sql: string): readonly string[] => {
    if (!existsSync(join(dataDir, file))) return [];
    const connection = openConnection(join(dataDir, file));
    try {
      return connection.all(sql, [], ([bytes]) => utf8(bytes));
    } catch {
      return []; // of an earlier version, or damaged by its test
    } finally {
      connection.close();
    }
  };
  const events = join(dataDir, "events");
  keep("texts", [
    log,
    ...rows("record.db", "SELECT body FROM events"),
    ...rows("record.db", "SELECT keys FROM events"),
    ...rows("directory.db", "SELECT event FROM event_outbox"),
    ...(existsSync(events) ? readdirSync(events).map((name) => readFileSync(join(events, name), "utf8")) : []),
  ]);
}

/** Which secrets occur in the texts. Most are one word of base64, which is looked up; each of the others is searched for. */
export function secretsFound(texts: readonly string[], secrets: ReadonlySet<string>): readonly string[] {
  const isWord = (secret: string): boolean => /^[\w+/-]+=*$/.test(secret);
  const words = new Set([...secrets].filter(isWord).map((secret) => secret.replace(/=+$/, "")));
  const others = [...secrets].filter((secret) => !isWord(secret)).flatMap((secret) => [secret, inJson(secret)]);
  const found = new Set<string>();
  for (const text of texts) {
    for (const [word] of text.matchAll(/[\w+/-]{8,}/g)) if (words.has(word)) found.add(word);
    for (const secret of others) if (text.includes(secret)) found.add(secret);
  }
  return [...found];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
