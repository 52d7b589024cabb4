/** The last step of a run: no log and no event of any gateway of the tests has a secret in it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keptRecordsVariable, secretsFound } from "./kept-records.ts";

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-records-"));
  process.env[keptRecordsVariable] = folder;
  return () => {
    const read = (kind: string): readonly string[] =>
      readdirSync(folder)
        .filter((name) => name.startsWith(kind))
        .map((name) => readFileSync(join(folder, name), "utf8"));
    const secrets = new Set(read("secrets").flatMap((text) => text.split("\n").filter((line) => line.length >= 8)));
    const texts = read("texts");
    const found = secretsFound(texts, secrets);
    rmSync(folder, { recursive: true, force: true });
    const size = texts.reduce((sum, { length }) => sum + length, 0);
    if (found.length === 0) {
      if (size > 0) console.error(`no secret of ${secrets.size} is in ${size} characters of logs and events`);
      return;
    }
    process.exitCode = 1;
    console.error(`FAIL: ${found.length} of ${secrets.size} secrets are in a log or an event:`);
    for (const secret of found.slice(0, 10)) console.error(`  ${secret.slice(0, 4)}… (${secret.length} characters)`);
  };
}
