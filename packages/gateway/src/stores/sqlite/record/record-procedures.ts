import type { NewEvent } from "../../../ports/event-store.ts";
import type { Database } from "../database.ts";
import type { Writer } from "../connection.ts";
import { integer, text, utf8 } from "../sql-value.ts";
import type { Procedures } from "../writer-protocol.ts";

/** The key that every event of an account has. */
export const everyKey = Buffer.from("");
/** The key of events without a change. */
const unchangedKey = Buffer.from("unchanged");

/** INVARIANT: `seq` is given here, in the order of the commits, so that what is indexed up to a `seq` is indexed whole. */
function addEvents(
  writer: Writer,
  { events, now }: { readonly events: readonly NewEvent[]; readonly now: number },
): void {
  const last = writer.get("SELECT max(seq) FROM events", [], ([seq]) => (seq === null ? 0 : integer(seq))) ?? 0;
  let seq = Math.max(last, now * 1000 - 1);
  for (const { accountId, changed, keys, body, eventId } of events) {
    seq += 1;
    const all = Buffer.from(JSON.stringify([`EventId=${eventId}`, ...keys]), "utf8");
    writer.run("INSERT INTO events (seq, account_id, changed, keys, body) VALUES (?, ?, ?, ?, ?)", [
      seq,
      accountId,
      changed ? 1 : 0,
      all,
      Buffer.from(body, "utf8"),
    ]);
  }
}

interface Row {
  readonly seq: number;
  readonly accountId: string;
  readonly keys: readonly Buffer[];
  readonly bytes: number;
}

const columns = "seq, account_id, changed, keys, length(body)";

function rowOf([seq, account, changed, keys, bytes]: readonly (null | number | string | Uint8Array)[]): Row {
  const named = (JSON.parse(utf8(keys)) as readonly string[]).map((key) => Buffer.from(key, "utf8"));
  return {
    seq: integer(seq),
    accountId: text(account),
    keys: [everyKey, ...(integer(changed) === 1 ? [] : [unchangedKey]), ...named],
    bytes: integer(bytes),
  };
}

/** Makes the next events findable; gives how many there were. */
function indexEvents(writer: Writer, { limit }: { readonly limit: number }): number {
  const upTo = writer.get("SELECT up_to FROM indexed", [], ([seq]) => integer(seq)) ?? 0;
  const rows = writer.all(`SELECT ${columns} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`, [upTo, limit], (row) =>
    rowOf(row),
  );
  for (const row of rows) {
    for (const key of row.keys)
      writer.run("INSERT OR IGNORE INTO event_keys (account_id, key, seq) VALUES (?, ?, ?)", [
        row.accountId,
        key,
        row.seq,
      ]);
    addSize(writer, row.accountId, row.bytes);
  }
  const last = rows.at(-1);
  if (last !== undefined) writer.run("UPDATE indexed SET up_to = ?", [last.seq]);
  return rows.length;
}

function addSize(writer: Writer, accountId: string, bytes: number): void {
  writer.run(
    "INSERT INTO event_sizes (account_id, bytes) VALUES (?, ?) ON CONFLICT (account_id) DO UPDATE SET bytes = bytes + excluded.bytes",
    [accountId, bytes],
  );
}

export interface Trim {
  /** Events before this `seq`, and documents before this time, are too old. */
  readonly before: number;
  readonly maxBytes: number;
  readonly limit: number;
}

/**
 * Forgets some events, and gives how many. Only indexed ones: their keys are known. When there is no more room, the account with the most
 * events loses its own, and first those without a change: nobody can push out the record of others, or of changes, by asking much.
 */
function trimEvents(writer: Writer, { before, maxBytes, limit }: Trim): number {
  const upTo = writer.get("SELECT up_to FROM indexed", [], ([seq]) => integer(seq)) ?? 0;
  const old = writer.all(
    `SELECT ${columns} FROM events WHERE seq < ? ORDER BY seq LIMIT ?`,
    [Math.min(before, upTo + 1), limit],
    (row) => rowOf(row),
  );
  if (old.length > 0) return forget(writer, old);
  const sizes = writer.all("SELECT account_id, bytes FROM event_sizes ORDER BY bytes DESC", [], ([id, bytes]) => ({
    id: text(id),
    bytes: integer(bytes),
  }));
  const [largest] = sizes;
  const over = sizes.reduce((sum, { bytes }) => sum + bytes, 0) - maxBytes;
  if (largest === undefined || over <= 0) return 0;
  const unchanged = oldest(writer, largest.id, unchangedKey, limit);
  const rows = unchanged.length > 0 ? unchanged : oldest(writer, largest.id, everyKey, limit);
  const enough: Row[] = [];
  for (let freed = 0, at = 0; freed < over && at < rows.length; at += 1) {
    const row = rows[at];
    if (row === undefined) break;
    enough.push(row);
    freed += row.bytes;
  }
  return forget(writer, enough);
}

function oldest(writer: Writer, accountId: string, key: Buffer, limit: number): readonly Row[] {
  return writer.all(
    `SELECT ${columns} FROM events WHERE seq IN (SELECT seq FROM event_keys WHERE account_id = ? AND key = ? ORDER BY seq LIMIT ?) ORDER BY seq`,
    [accountId, key, limit],
    (row) => rowOf(row),
  );
}

function forget(writer: Writer, rows: readonly Row[]): number {
  for (const { seq, accountId, keys, bytes } of rows) {
    for (const key of keys)
      writer.run("DELETE FROM event_keys WHERE account_id = ? AND key = ? AND seq = ?", [accountId, key, seq]);
    writer.run("DELETE FROM events WHERE seq = ?", [seq]);
    addSize(writer, accountId, -bytes);
  }
  return rows.length;
}

function keepDocuments(
  writer: Writer,
  { documents, now }: { readonly documents: readonly (readonly [string, string])[]; readonly now: number },
): void {
  for (const [hash, document] of documents) {
    const bytes = Buffer.from(document, "utf8");
    const sql = "INSERT OR IGNORE INTO documents (hash, document, named_at) VALUES (?, ?, ?)";
    if (writer.run(sql, [hash, bytes, now]) === 1) addDocumentSize(writer, bytes.length);
    else writer.run("UPDATE documents SET named_at = max(named_at, ?) WHERE hash = ?", [now, hash]);
  }
}

function addDocumentSize(writer: Writer, bytes: number): void {
  writer.run("UPDATE document_size SET bytes = bytes + ?", [bytes]);
}

/**
 * Forgets some documents, and gives how many: those named for the last time before `before`, and the oldest while there are too many bytes.
 * Anybody with a session of its own can make one with each request.
 */
function forgetDocuments(writer: Writer, { before, maxBytes, limit }: Trim): number {
  let over = (writer.get("SELECT bytes FROM document_size", [], ([bytes]) => integer(bytes)) ?? 0) - maxBytes;
  const oldestOnes = writer.all(
    "SELECT hash, named_at, length(document) FROM documents ORDER BY named_at LIMIT ?",
    [limit],
    ([hash, namedAt, bytes]) => ({ hash: text(hash), namedAt: integer(namedAt), bytes: integer(bytes) }),
  );
  let forgotten = 0;
  for (const { hash, namedAt, bytes } of oldestOnes) {
    if (namedAt >= before && over <= 0) break;
    writer.run("DELETE FROM documents WHERE hash = ?", [hash]);
    addDocumentSize(writer, -bytes);
    over -= bytes;
    forgotten += 1;
  }
  return forgotten;
}

/** Every change of record.db, loaded by its writer thread. */
export const procedures = {
  addEvents,
  indexEvents,
  trimEvents,
  keepDocuments,
  forgetDocuments,
} as const satisfies Procedures;

export type RecordProcedures = typeof procedures;
export type RecordDatabase = Database<RecordProcedures>;
