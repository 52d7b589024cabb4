import type {
  BucketMove,
  BucketMoves,
  MovePhase,
  MoveRuns,
  MovingPlaces,
  NewMove,
  PlaceState,
} from "../../../ports/bucket-moves.ts";
import { moveLosses } from "../../../ports/bucket-moves.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Procedures, Database, Reader, Row, Writer } from "../database.ts";
import { createDirectoryCache } from "../identity/directory-cache.ts";
import { watchRevision } from "../revision-watch.ts";
import type { Migration } from "../migration.ts";
import { blob, integer, oneOf, optional, text, utf8 } from "../sql-value.ts";
import { bucketByPlace, versioningOf } from "./bucket-rows.ts";

export const moveMigration: Migration = {
  name: "0250-bucket-moves",
  sql: `
    CREATE TABLE bucket_moves (
      bucket_id TEXT PRIMARY KEY REFERENCES buckets (id) ON DELETE CASCADE,
      from_place TEXT NOT NULL,
      to_place TEXT NOT NULL UNIQUE,
      phase TEXT NOT NULL CHECK (phase IN ('copying', 'closing', 'moved', 'ended')),
      accepted TEXT NOT NULL,
      removes_source INTEGER NOT NULL CHECK (removes_source IN (0, 1)),
      started_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE move_runs (
      bucket_id TEXT PRIMARY KEY REFERENCES bucket_moves (bucket_id) ON DELETE CASCADE,
      objects INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      problem BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE moving_keys (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      bucket_id TEXT NOT NULL,
      key BLOB NOT NULL
    ) STRICT;
    CREATE INDEX moving_keys_by_bucket ON moving_keys (bucket_id, number);
  `,
};

const phases = ["copying", "closing", "moved", "ended"] as const satisfies readonly MovePhase[];
const columns = `m.bucket_id, m.from_place, m.to_place, m.phase, m.accepted, m.removes_source, m.started_at,
  coalesce(r.objects, 0), coalesce(r.bytes, 0), r.problem`;
const tables = "bucket_moves m LEFT JOIN move_runs r ON r.bucket_id = m.bucket_id";

function moveFrom([id, from, to, phase, accepted, removes, startedAt, objects, bytes, problem]: Row): BucketMove {
  const words = text(accepted).split(" ");
  return {
    bucketId: text(id),
    from: text(from),
    to: text(to),
    phase: oneOf(phases, phase),
    accepted: moveLosses.filter((loss) => words.includes(loss)),
    removesSource: integer(removes) === 1,
    startedAt: integer(startedAt),
    objects: integer(objects),
    bytes: integer(bytes),
    problem: optional(utf8, problem),
  };
}

function moveOf(reader: Reader, bucketId: string): Promise<BucketMove | undefined> {
  return reader.get(`SELECT ${columns} FROM ${tables} WHERE m.bucket_id = ?`, [bucketId], moveFrom);
}

/** Names of the buckets of which something is still to be copied or deleted. */
export function unendedMoves(reader: Reader): Promise<readonly string[]> {
  return reader.all(
    "SELECT b.name FROM bucket_moves m JOIN buckets b ON b.id = m.bucket_id WHERE m.phase <> 'moved' OR m.removes_source = 1 ORDER BY b.name",
    [],
    ([name]) => utf8(name),
  );
}

async function startMove(writer: Writer, move: NewMove): Promise<BucketMove | undefined> {
  const { bucketId, from, to } = move;
  const there = await moveOf(writer, bucketId);
  if (there !== undefined) return there;
  const isFree = (await bucketByPlace(writer, to)) === undefined;
  const isHere = await writer.get(
    `SELECT 1 FROM buckets WHERE id = ? AND place = ? AND state = 'active'
     AND NOT EXISTS (SELECT 1 FROM bucket_configurations c WHERE c.bucket_id = id AND c.sub_resource IN ('objectLock', 'lifecycle'))`,
    [bucketId, from],
    () => true,
  );
  if (isHere !== true || !isFree) return undefined;
  await forgetRun(writer, bucketId);
  await writer.run(
    `INSERT INTO bucket_moves (bucket_id, from_place, to_place, phase, accepted, removes_source, started_at)
     VALUES (?, ?, ?, 'copying', ?, ?, ?)`,
    [bucketId, from, to, move.accepted.join(" "), move.removesSource ? 1 : 0, move.startedAt],
  );
  return moveOf(writer, bucketId);
}

async function agreeToMove(
  writer: Writer,
  { bucketId, accepted, removesSource }: Pick<BucketMove, "bucketId" | "accepted" | "removesSource">,
): Promise<void> {
  await writer.run("UPDATE bucket_moves SET accepted = ?, removes_source = ? WHERE bucket_id = ?", [
    accepted.join(" "),
    removesSource ? 1 : 0,
    bucketId,
  ]);
  await writer.run("UPDATE move_runs SET problem = NULL WHERE bucket_id = ?", [bucketId]);
}

async function setMovePhase(
  writer: Writer,
  { bucketId, phase }: { readonly bucketId: string; readonly phase: "copying" | "closing" },
): Promise<void> {
  const changed = await writer.run(
    "UPDATE bucket_moves SET phase = ? WHERE bucket_id = ? AND phase IN ('copying', 'closing')",
    [phase, bucketId],
  );
  if (changed === 0) throw gone(bucketId);
}

async function reportMove(
  writer: Writer,
  { bucketId, objects, bytes, problem }: Pick<BucketMove, "bucketId" | "objects" | "bytes" | "problem">,
): Promise<void> {
  if ((await moveOf(writer, bucketId)) === undefined) return;
  await writer.run(
    `INSERT INTO move_runs (bucket_id, objects, bytes, problem) VALUES (?, ?, ?, ?)
     ON CONFLICT (bucket_id) DO UPDATE SET objects = excluded.objects, bytes = excluded.bytes, problem = excluded.problem`,
    [bucketId, objects, bytes, problem === undefined ? null : Buffer.from(problem, "utf8")],
  );
}

async function endMove(writer: Writer, bucketId: string): Promise<boolean> {
  await writer.run("UPDATE move_runs SET problem = NULL WHERE bucket_id = ?", [bucketId]);
  return (
    (await writer.run("UPDATE bucket_moves SET phase = 'ended' WHERE bucket_id = ? AND phase <> 'moved'", [bucketId])) >
    0
  );
}

/** Also of a move that has ended meanwhile, where it does no harm: the next one begins with none. */
async function noteMovingKey(
  writer: Writer,
  { place, key }: { readonly place: string; readonly key: string },
): Promise<void> {
  await writer.run("INSERT INTO moving_keys (bucket_id, key) SELECT id, ? FROM buckets WHERE place = ?", [
    Buffer.from(key, "utf8"),
    place,
  ]);
}

async function finishMove(writer: Writer, bucketId: string): Promise<void> {
  const changed = await writer.run(
    `UPDATE buckets SET place = (SELECT to_place FROM bucket_moves m WHERE m.bucket_id = id) WHERE id = ? AND state = 'active'
     AND place = (SELECT from_place FROM bucket_moves m WHERE m.bucket_id = id AND m.phase = 'closing')`,
    [bucketId],
  );
  if (changed === 0) throw gone(bucketId);
  await writer.run("UPDATE bucket_moves SET phase = 'moved' WHERE bucket_id = ?", [bucketId]);
  await writer.run("DELETE FROM moving_keys WHERE bucket_id = ?", [bucketId]);
}

async function forgetMove(writer: Writer, bucketId: string): Promise<void> {
  await forgetRun(writer, bucketId);
  await writer.run("DELETE FROM bucket_moves WHERE bucket_id = ?", [bucketId]);
}

async function forgetRun(writer: Writer, bucketId: string): Promise<void> {
  await writer.run("DELETE FROM move_runs WHERE bucket_id = ?", [bucketId]);
  await writer.run("DELETE FROM moving_keys WHERE bucket_id = ?", [bucketId]);
}

function gone(bucketId: string): StoreError {
  return new StoreError("conflict", `the bucket ${bucketId} is no longer being moved`);
}

/** Spread into the procedures of directory.db. */
export const moveProcedures = {
  startMove,
  agreeToMove,
  setMovePhase,
  reportMove,
  noteMovingKey,
  endMove,
  finishMove,
  forgetMove,
} as const satisfies Procedures;

type MoveDatabase = Database<typeof moveProcedures>;

export function bucketMoves(database: MoveDatabase): BucketMoves & MoveRuns {
  const { reader } = database;
  return {
    find: async (bucketId) => moveOf(reader, bucketId),
    start: (_grant, move) => database.write("startMove", move),
    agree: (_grant, bucketId, agreed) => database.write("agreeToMove", { bucketId, ...agreed }),
    end: (_grant, bucketId) => database.write("endMove", bucketId),
    forget: (_grant, bucketId) => database.write("forgetMove", bucketId),
    all: async () =>
      reader.all(
        `SELECT ${columns}, b.name, b.owner, b.versioning FROM ${tables} JOIN buckets b ON b.id = m.bucket_id
         ORDER BY m.started_at, m.bucket_id`,
        [],
        (row) => {
          const [name, owner, versioning] = row.slice(10);
          return {
            ...moveFrom(row),
            bucket: { name: utf8(name), owner: text(owner), versioning: versioningOf(versioning) },
          };
        },
      ),
    setPhase: (_grant, bucketId, phase) => database.write("setMovePhase", { bucketId, phase }),
    report: (_grant, bucketId, run) => database.write("reportMove", { bucketId, ...run }),
    notedAfter: async (bucketId, number, limit) =>
      reader.all(
        "SELECT number, key FROM moving_keys WHERE bucket_id = ? AND number > ? ORDER BY number LIMIT ?",
        [bucketId, number, limit],
        ([at, key]) => ({ number: integer(at), key: blob(key).toString("utf8") }),
      ),
    finish: (_grant, bucketId) => database.write("finishMove", bucketId),
  };
}

export function movingPlaces(database: MoveDatabase): MovingPlaces {
  const { reader } = database;
  const known = createDirectoryCache<PlaceState>(
    "moving buckets",
    watchRevision(reader, "buckets"),
    () => ({ own: 500 }),
    1024 * 1024,
  );
  return {
    stateOf: async (place) => (await known.of(place, () => placeState(reader, place))) ?? "closed",
    noteKey: (place, key) => database.write("noteMovingKey", { place, key }),
  };
}

/** Undefined: no bucket is there, or none any more. */
function placeState(reader: Reader, place: string): Promise<PlaceState | undefined> {
  return reader.get(
    "SELECT m.phase FROM buckets b LEFT JOIN bucket_moves m ON m.bucket_id = b.id WHERE b.place = ?",
    [place],
    ([phase]) => (phase === "copying" ? "noted" : phase === "closing" ? "closed" : "open"),
  );
}
