import { StoreError } from "../../ports/store-error.ts";
import type { Version } from "../../ports/object-version.ts";
import { dataKeyKind } from "../../data-planes/local/data-keys.ts";
import { lockFrom } from "../../data-planes/local/lock-column.ts";
import { isThere, metadataFrom } from "../../data-planes/local/metadata-document.ts";
import { type VersionRow, versionFrom, versionRow } from "../../data-planes/local/version-rows.ts";
import { refreshCurrent } from "../../data-planes/local/write-version.ts";
import type { Finding } from "../finding.ts";
import { eachVersion, type RawVersion } from "./each-version.ts";
import { type ObjectsUnderCheck, placeOf } from "./objects-under-check.ts";

/** Every row of `versions` with its documents, read as requests read them. What is damaged is in `temp.damaged` afterwards. */
export function* checkVersions(objects: ObjectsUnderCheck): Generator<Finding> {
  const { checks } = objects;
  let count = 0;
  for (const version of eachVersion(objects.connection)) {
    count += 1;
    if (count % 10_000 === 0) checks.progress(`objects.db: ${count} versions`);
    yield* checkVersion(objects, version);
  }
}

function* checkVersion(objects: ObjectsUnderCheck, version: RawVersion): Generator<Finding> {
  const { checks, connection } = objects;
  const place = placeOf(objects, [version.bucketId, version.key, version.columns[2]]);
  const lock = version.columns[lockAt] ?? null;
  if (faultOf(() => lockFrom(lock)) !== undefined) {
    yield checks.found("lock-unreadable", place);
    if (checks.repairs) holdForEver(objects, version);
  }
  let row = readRow([...version.columns.slice(0, lockAt), null]);
  if (typeof row === "string") {
    const detail = row;
    row = readRow([...version.columns.slice(0, checksumAt), null, null, null, "STANDARD", null]);
    const canRepair = typeof row !== "string";
    yield checks.found("version-unreadable", { ...place, detail }, canRepair);
    if (checks.repairs && canRepair) forgetDetails(objects, version);
  }
  if (typeof row === "string" || row.kind === "delete-marker") return;
  const metadataFault = isThere(version.metadata) ? faultOf(() => metadataFrom(version.metadata)) : "they are missing";
  if (metadataFault !== undefined) {
    yield checks.found("metadata-unreadable", { ...place, detail: metadataFault });
    connection.run(damage, [version.seq, "metadata-unreadable", 0]);
    return;
  }
  yield* checkDocuments(objects, version, versionFrom(row, true, version), place);
}

/** Of a version whose row and metadata can be read. */
function* checkDocuments(
  { checks, connection }: ObjectsUnderCheck,
  { seq, parts }: RawVersion,
  version: Version,
  place: ReturnType<typeof placeOf>,
): Generator<Finding> {
  if (version.kind !== "object") return;
  const { encryption, damaged } = version.metadata;
  if (damaged !== undefined) connection.run(damage, [seq, damaged, 1]);
  if (encryption !== undefined)
    connection.run("INSERT INTO temp.encrypted (seq, kind) VALUES (?, ?)", [seq, dataKeyKind(encryption.kind)]);
  if (!isThere(parts)) return;
  const fault = faultOf(() => {
    const total = version.parts.reduce((sum, { size }) => sum + size, 0);
    if (total !== version.size) throw new StoreError("corrupt", "their sizes do not add up to that of the version");
  });
  if (fault === undefined) return;
  yield checks.found("parts-unreadable", { ...place, detail: fault });
  if (checks.repairs)
    checks.aside.rows(
      connection,
      "objects.db",
      "version_parts",
      `seq = coalesce((SELECT content FROM copies WHERE seq = ${seq}), ${seq})`,
    );
}

const damage = "INSERT OR IGNORE INTO temp.damaged (seq, kind, known) VALUES (?, ?, ?)";

/** Where columns are in a row of `versionColumns`. */
const [checksumAt, lockAt] = [8, 12];

function readRow(columns: RawVersion["columns"]): VersionRow | string {
  try {
    return versionRow(columns);
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
}

/** What a reader of the stores says of what it cannot read. */
export function faultOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
}

/** Nobody knows how long it was to be kept, so it is kept until somebody who may decides. */
function holdForEver({ connection, checks }: ObjectsUnderCheck, { bucketId, key, seq, columns }: RawVersion): void {
  checks.aside.keep("objects.db versions", { seq, lock: columns[lockAt] ?? null });
  checks.aside.sync();
  connection.run("UPDATE versions SET lock = ? WHERE bucket_id = ? AND key = ? AND seq = ?", [
    JSON.stringify({ legalHold: true }),
    bucketId,
    key,
    seq,
  ]);
}

function forgetDetails({ connection, checks }: ObjectsUnderCheck, { bucketId, key, seq, columns }: RawVersion): void {
  const [algorithm, type, value, storageClass] = columns.slice(checksumAt, lockAt);
  checks.aside.keep("objects.db versions", {
    seq,
    checksum_algorithm: algorithm ?? null,
    checksum_type: type ?? null,
    checksum_value: value ?? null,
    storage_class: storageClass ?? null,
  });
  checks.aside.sync();
  connection.run(
    `UPDATE versions SET checksum_algorithm = NULL, checksum_type = NULL, checksum_value = NULL, storage_class = 'STANDARD'
     WHERE bucket_id = ? AND key = ? AND seq = ?`,
    [bucketId, key, seq],
  );
  refreshCurrent(connection, bucketId, key);
}
