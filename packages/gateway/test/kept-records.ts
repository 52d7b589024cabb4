/**
 * What gateways of the tests wrote into logs and records. At the end of a run every text is searched for every secret: see
 * `kept-records-check.ts`, which names the folder, and `keep-secrets.cjs`, which finds most of the secrets.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "vitest";
import { openConnection } from "../src/stores/sqlite/connection.ts";
import { utf8 } from "../src/stores/sql/sql-value.ts";

/** Secrets, and texts with where each is from, go into files of this process in the folder of the run. */
const { keepSecrets, keepText, secretsIn } = createRequire(import.meta.url)("./keep-secrets.cjs") as {
  readonly keepSecrets: (secrets: readonly string[]) => void;
  readonly keepText: (from: string, text: string) => void;
  readonly secretsIn: (text: string) => readonly string[];
};

export { secretsIn };

/**
 * What gateways left in a folder, once they have stopped: the records of their data folders, and logs that a shell wrote. The secrets
 * of credentials files there are kept too: those of root and of the administrator went through no server.
 */
export function keepRecordsUnder(folder: string, log = ""): void {
  if (log !== "") keepText(placeOf(join(folder, "log")), log);
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !["blobs", "node_modules"].includes(entry.name)) keepRecordsUnder(path);
    if (!entry.isFile()) continue;
    if (entry.name === "record.db") keepRows(path, ["SELECT body FROM events", "SELECT keys FROM events"]);
    if (entry.name === "directory.db") keepRows(path, ["SELECT event FROM event_outbox"]);
    if (/\.(?:log|jsonl)$/.test(entry.name)) keepText(placeOf(path), readFileSync(path, "utf8"));
    if (entry.name.includes("credentials")) keepSecrets(secretsOfCredentials(readFileSync(path, "utf8")));
  }
}

const placeOf = (path: string): string => `${path} (${expect.getState().testPath ?? "no test"})`;

function secretsOfCredentials(text: string): readonly string[] {
  return [...text.matchAll(/^aws_(?:secret_access_key|session_token) *= *(\S+)$/gm)].map(([, secret = ""]) => secret);
}

function keepRows(path: string, queries: readonly string[]): void {
  for (const sql of queries) {
    try {
      const connection = openConnection(path);
      try {
        keepText(placeOf(path), connection.all(sql, [], ([bytes]) => utf8(bytes)).join("\n"));
      } finally {
        connection.close();
      }
    } catch {
      // of an earlier version, or damaged by its test
    }
  }
}
