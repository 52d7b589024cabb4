import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../ports/store-error.ts";
import { statsOf } from "../../stores/files/own-file.ts";
import { integer, text } from "../../stores/sql/sql-value.ts";
import type { Finding } from "../finding.ts";
import type { ObjectsUnderCheck } from "./objects-under-check.ts";

const writerName = /^[0-9a-f]{16,64}$/;
const folderName = /^[0-9]{4,}$/;
const fileName = /^[0-9a-f]{32}$/;
/** What the gateway itself has beside the folders of writers. */
const ownNames = /^(store-identity|lock\.db(-wal|-shm|-journal)?|set-aside)$/;

/** Files below blobs that no row refers to, and what else is there. One folder of a writer, some thousand files, is in memory at a time. */
export function* checkBlobs(objects: ObjectsUnderCheck): Generator<Finding> {
  const root = join(objects.checks.dataDir, "blobs");
  for (const entry of entriesOf(root)) {
    if (ownNames.test(entry.name)) continue;
    if (!entry.isDirectory() || !writerName.test(entry.name)) yield* noFolder(objects, entry, entry.name);
    else yield* checkWriter(objects, entry.name);
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return []; // the folder that is missing was said by the comparison of the stores
  }
}

/** A start deletes what a writer that it knows left, once; after that nobody looks at the writer's folder again. */
function* checkWriter(objects: ObjectsUnderCheck, writer: string): Generator<Finding> {
  const { connection, checks } = objects;
  const swept = connection.get("SELECT swept FROM boots WHERE boot_id = ?", [writer], ([value]) => integer(value));
  for (const folder of entriesOf(join(checks.dataDir, "blobs", writer))) {
    const path = `${writer}/${folder.name}`;
    if (!folder.isDirectory() || !folderName.test(folder.name)) yield* noFolder(objects, folder, path);
    else
      for (const entry of entriesOf(join(checks.dataDir, "blobs", path)))
        yield* checkFile(objects, `${path}/${entry.name}`, entry, swept === 0);
  }
}

/** INVARIANT: a link to a folder stays where it is, because objects may have their bytes behind it. */
function* noFolder(objects: ObjectsUnderCheck, entry: Dirent, name: string): Generator<Finding> {
  const { checks } = objects;
  const target = entry.isSymbolicLink() ? statsOf(join(checks.dataDir, "blobs", name)) : undefined;
  if (target?.isDirectory() === true) yield checks.found("blob-link", { at: `blobs/${name}` });
  else yield* stray(objects, name);
}

function* checkFile(objects: ObjectsUnderCheck, name: string, entry: Dirent, isLeftover: boolean): Generator<Finding> {
  const { connection, checks } = objects;
  if (isKnown(objects, name)) return; // if it is no file, its body was said to be unreadable
  if (!entry.isFile() || !fileName.test(entry.name)) return yield* stray(objects, name);
  if (connection.get("SELECT file FROM dead_files WHERE file = ?", [name], ([file]) => text(file)) !== undefined)
    return;
  if (isLeftover) return yield checks.found("blob-leftover", { at: `blobs/${name}` });
  yield checks.found("blob-unknown", { at: `blobs/${name}` });
  checks.afterwards(() => checks.aside.blob(name));
}

function isKnown({ connection }: ObjectsUnderCheck, name: string): boolean {
  return connection.get("SELECT 1 FROM bodies WHERE file = ?", [name], () => true) === true;
}

function* stray({ checks }: ObjectsUnderCheck, name: string): Generator<Finding> {
  yield checks.found("blob-stray", { at: `blobs/${name}` });
  checks.afterwards(() => checks.aside.blob(name));
}
