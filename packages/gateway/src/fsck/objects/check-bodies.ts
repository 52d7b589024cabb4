import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import { sealedSize } from "../../data-planes/local/frames.ts";
import { errorCode } from "../../ports/store-error.ts";
import { blob, integer, optional, type SqlValue, text } from "../../stores/sql/sql-value.ts";
import type { Finding } from "../finding.ts";
import type { FindingKind } from "../finding-kinds.ts";
import { eachRow } from "../found-rows.ts";
import { faultOf } from "./check-versions.ts";
import type { ObjectsUnderCheck } from "./objects-under-check.ts";

interface Body {
  readonly id: number;
  readonly file: string | undefined;
  /** On the disk. */
  readonly length: number;
  readonly dataKey: Buffer | undefined;
}

/** Whether the bytes of each body are there, of the right length, and their key opens. What is wrong is in `temp.bad_bodies` afterwards. */
export function* checkBodies(objects: ObjectsUnderCheck): Generator<Finding> {
  const { connection, checks } = objects;
  connection.exec(smallBodies);
  let count = 0;
  for (const row of eachRow(connection, "main.bodies", "id, file, size, data_key")) {
    count += 1;
    if (count % 10_000 === 0) checks.progress(`objects.db: ${count} bodies`);
    const body = bodyOf(row);
    const fault = keyFault(objects, body) ?? (yield* fileFault(objects, body));
    if (fault !== undefined)
      connection.run("INSERT OR IGNORE INTO temp.bad_bodies (body, kind) VALUES (?, ?)", [body.id, fault]);
  }
}

const smallBodies = `INSERT INTO temp.bad_bodies (body, kind)
  SELECT b.id, 'small-body-missing' FROM bodies b LEFT JOIN inline_bodies i ON i.body = b.id
  WHERE b.file IS NULL AND (i.body IS NULL OR length(i.octets) <>
    b.size + CASE WHEN b.data_key IS NULL THEN 0 ELSE 16 * ((b.size + 65535) / 65536) END)`;

function bodyOf([id, file, size, dataKey]: readonly (SqlValue | undefined)[]): Body {
  const key = optional(blob, dataKey);
  const plain = integer(size);
  return {
    id: integer(id),
    file: optional(text, file),
    length: key === undefined ? plain : sealedSize(plain),
    dataKey: key,
  };
}

/** Of a body that the gateway encrypts by itself: the keys of others are not known here. */
function keyFault({ keys }: ObjectsUnderCheck, { dataKey }: Body): FindingKind | undefined {
  if (keys === undefined || dataKey?.[0] !== 1) return undefined;
  return faultOf(() => keys.open(dataKey, { kind: "SSE-S3" }, undefined)) === undefined ? undefined : "data-key-sealed";
}

function* fileFault(
  { checks }: ObjectsUnderCheck,
  { file, length }: Body,
): Generator<Finding, FindingKind | undefined> {
  if (file === undefined) return undefined;
  const path = join(checks.dataDir, "blobs", file);
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return "blob-unreadable";
    if (stats.size !== length) return "blob-length";
    accessSync(path, constants.R_OK);
    if (lstatSync(path).isSymbolicLink()) yield checks.found("blob-link", { at: `blobs/${file}` });
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return code === "ENOENT" ? "blob-missing" : "blob-unreadable";
  }
}
