import type { Connection } from "../../stores/sqlite/connection.ts";
import { blob, type SqlValue, text } from "../../stores/sql/sql-value.ts";
import type { DataKeys } from "../../data-planes/local/data-keys.ts";
import type { Checks } from "../checks.ts";
import type { Place } from "../finding.ts";

/** What the directory says that the objects need. */
export interface DirectoryFacts {
  /** Names of buckets by their place in the index; undefined: the directory could not be read. */
  readonly buckets: ReadonlyMap<string, string> | undefined;
  /** Places of buckets that the directory takes for usable. */
  readonly active: ReadonlySet<string>;
  /** The key file; undefined: it is missing or another's, so what it seals is not looked at. */
  readonly keyFile: Buffer | undefined;
}

/** objects.db, open in a transaction, with everything that its checks share. */
export interface ObjectsUnderCheck extends DirectoryFacts {
  readonly connection: Connection;
  readonly checks: Checks;
  /** Undefined: there is no key file to open them with. */
  readonly keys: Pick<DataKeys, "open"> | undefined;
}

/**
 * Tables of the checks alone. `damaged`: versions whose bytes or metadata are not what was stored; `known`: they were marked before.
 * `encrypted`: how, by the first byte of a data key in hexadecimal. `bad_bodies`, `bad_contents`: what is wrong with their bytes.
 * `contents`: what the segments of a content add up to.
 */
export function makeScratchTables(connection: Connection): void {
  connection.exec(`
    CREATE TEMP TABLE damaged (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, known INTEGER NOT NULL);
    CREATE TEMP TABLE encrypted (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL);
    CREATE TEMP TABLE bad_bodies (body INTEGER PRIMARY KEY, kind TEXT NOT NULL);
    CREATE TEMP TABLE bad_contents (content INTEGER PRIMARY KEY, kind TEXT NOT NULL);
    CREATE TEMP TABLE bad_parts (holder INTEGER PRIMARY KEY);
    CREATE TEMP TABLE contents (content INTEGER PRIMARY KEY, total INTEGER, broken INTEGER, lowest TEXT, highest TEXT);
  `);
}

/** The place of a row of `versions`, `current` or `uploads`; NULL where the row has no such thing. */
export function placeOf(
  { buckets }: Pick<ObjectsUnderCheck, "buckets">,
  [bucketId, key, versionId]: readonly (SqlValue | undefined)[],
): Place {
  const isVersion = versionId !== undefined && versionId !== null;
  return {
    ...(bucketId === undefined || bucketId === null ? {} : { bucket: nameOf(buckets, text(bucketId)) }),
    ...(key === undefined || key === null ? {} : { key: blob(key).toString("utf8") }),
    ...(isVersion && versionId !== "null" ? { versionId: text(versionId) } : {}),
  };
}

function nameOf(buckets: ObjectsUnderCheck["buckets"], bucketId: string): string {
  return buckets?.get(bucketId) ?? bucketId;
}
