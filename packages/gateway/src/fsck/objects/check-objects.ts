import { DataKeys, masterIdOf, needsKeyFile } from "../../data-planes/local/data-keys.ts";
import type { Connection } from "../../stores/sqlite/connection.ts";
import { text } from "../../stores/sql/sql-value.ts";
import type { Checks } from "../checks.ts";
import type { Finding } from "../finding.ts";
import { checkBlobs } from "./check-blobs.ts";
import { checkBodies } from "./check-bodies.ts";
import { checkBucketsKnown } from "./check-buckets-known.ts";
import { checkContents, reportParts } from "./check-contents.ts";
import { checkTables, mendTables } from "./check-tables.ts";
import { checkUploads } from "./check-uploads.ts";
import { checkVersions } from "./check-versions.ts";
import { markDamaged, reportMarked } from "./mark-damaged.ts";
import { type DirectoryFacts, makeScratchTables, type ObjectsUnderCheck } from "./objects-under-check.ts";
import { readBodies } from "./read-bodies.ts";

/** Everything in objects.db and blobs. What is wrong with single versions and parts is found first, because the tables follow from it. */
export async function* checkObjects(
  connection: Connection,
  checks: Checks,
  facts: DirectoryFacts,
): AsyncGenerator<Finding> {
  makeScratchTables(connection);
  const keys = yield* checkMasterKeys(connection, checks, facts);
  const objects: ObjectsUnderCheck = { ...facts, connection, checks, keys };
  yield* checkBucketsKnown(objects);
  yield* checkVersions(objects);
  yield* checkUploads(objects);
  yield* checkBodies(objects);
  yield* checkContents(objects);
  if (checks.readsBodies) yield* readBodies(objects);
  yield* reportMarked(objects);
  yield* checkBlobs(objects);
  yield* checkTables(objects);
  yield* reportParts(objects);
  if (!checks.repairs) return;
  markDamaged(objects);
  mendTables(objects);
}

/** The keys of objects; undefined when one of them is not there, because objects under it would seem damaged. */
function* checkMasterKeys(
  connection: Connection,
  checks: Checks,
  { keyFile }: DirectoryFacts,
): Generator<Finding, ObjectsUnderCheck["keys"]> {
  if (keyFile === undefined) return undefined;
  const keys = DataKeys.toRead(connection, { keyFile });
  const used = `SELECT id FROM master_keys UNION SELECT ${masterIdOf} FROM bodies WHERE ${needsKeyFile}`;
  const sealed = connection.all(used, [], ([id]) => text(id)).filter((id) => !keys.opensWith(id));
  for (const id of sealed) yield checks.found("master-key-sealed", { at: `objects.db master_keys ${id}` });
  return sealed.length === 0 ? keys : undefined;
}
