import { join } from "node:path";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { readKeyFile } from "../stores/files/key-file.ts";
import { asyncWriter } from "../stores/sqlite/asynchronous.ts";
import type { Connection } from "../stores/sqlite/connection.ts";
import { blob, text } from "../stores/sql/sql-value.ts";
import { isEmptyKeyring, keyringOpens } from "../stores/sql/sessions/keyring.ts";
import type { Checks } from "./checks.ts";
import type { Finding } from "./finding.ts";

/**
 * The key file, when it is the one of this directory; undefined: nothing that is sealed is looked at, because all of it would seem damaged.
 */
export async function* checkKeyFile(
  connection: Connection,
  checks: Checks,
): AsyncGenerator<Finding, Buffer | undefined> {
  const reader = asyncWriter(connection);
  if (await isEmptyKeyring(reader)) return undefined;
  const key = readKeyFile(join(checks.dataDir, "keyfile"));
  if (typeof key !== "string" && (await keyringOpens(reader, key))) return key;
  yield checks.found("key-file", { at: "keyfile", detail: typeof key === "string" ? key : "of another folder" });
  return undefined;
}

/** What only the key file opens, in directory.db. */
export function* checkSecrets(connection: Connection, checks: Checks, key: Buffer): Generator<Finding> {
  const secrets = createAccessSecrets(key);
  const keys = connection.all("SELECT id, secret FROM access_keys", [], ([id, box]) => [text(id), blob(box)] as const);
  for (const [id, box] of keys)
    if (secrets.open(id, box) === undefined)
      yield checks.found("access-key-sealed", { at: `directory.db access_keys ${id}` });
  const seeds = connection.all(
    "SELECT serial, seed FROM mfa_devices",
    [],
    ([id, box]) => [text(id), blob(box)] as const,
  );
  for (const [serial, box] of seeds)
    if (secrets.openSeed(serial, box) === undefined)
      yield checks.found("mfa-seed-sealed", { at: `directory.db mfa_devices ${serial}` });
}
