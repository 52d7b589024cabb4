import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isOtherKind, statsOf } from "../stores/files/own-file.ts";
import type { Checks } from "./checks.ts";
import type { Finding } from "./finding.ts";

const databases = ["directory", "objects", "record", "notifications", "blobs/lock"].flatMap((name) =>
  ["", "-wal", "-shm", "-journal"].map((end) => `${name}.db${end}`),
);
const files = [...databases, "keyfile", "record-reads.log", "record-reads-moving.log", "blobs/store-identity"];
const folders = ["blobs", "events", "access-logs"];
/** Folders with files that are read one by one, and how the names of these end. */
const filesOf = { events: ".jsonl", "access-logs": ".log" } as const;

/**
 * What is of another kind than what the gateway makes under its name. INVARIANT: nothing is opened before it, because whoever opens a pipe
 * waits, maybe for ever. Gives whether the other checks can be made.
 */
export function* checkKinds(checks: Checks): Generator<Finding, boolean> {
  const path = (name: string): string => join(checks.dataDir, name);
  const found = (at: string): Finding => checks.found("other-kind", { at });
  const wrong = [
    ...files.filter((name) => isOtherKind(path(name))),
    ...folders.filter((name) => statsOf(path(name))?.isDirectory() === false),
  ];
  yield* wrong.map(found);
  if (wrong.length > 0) return false;
  for (const [folder, end] of Object.entries(filesOf)) {
    if (statsOf(path(folder)) === undefined) continue;
    const names = readdirSync(path(folder)).filter((name) => name.endsWith(end));
    yield* names
      .map((name) => `${folder}/${name}`)
      .filter((name) => isOtherKind(path(name)))
      .map(found);
  }
  return true;
}
