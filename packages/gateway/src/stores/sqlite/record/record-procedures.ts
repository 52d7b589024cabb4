import type { NewEvent, PolicyDocument } from "../../../ports/event-store.ts";
import type { Database } from "../database.ts";
import type { Writer } from "../connection.ts";
import { integer, text } from "../../sql/sql-value.ts";
import type { AnyProcedures } from "../../sql/database.ts";

/** What an event is found by, as it is stored: a JSON array of texts, of which the first is the id. */
export function keysText(eventId: string, keys: readonly string[]): string {
  return JSON.stringify([`EventId=${eventId}`, ...keys]);
}

interface EventRow extends Pick<NewEvent, "accountId" | "changed"> {
  readonly keys: Uint8Array;
  readonly body: Uint8Array;
}

function addEvents(
  writer: Writer,
  { events, now }: { readonly events: readonly NewEvent[]; readonly now: number },
): void {
  const rows = events.map(({ accountId, changed, keys, body, eventId }) => ({
    accountId,
    changed,
    keys: Buffer.from(keysText(eventId, keys), "utf8"),
    body: Buffer.from(body, "utf8"),
  }));
  addRows(writer, rows, now);
}

export interface Lines {
  readonly lines: Uint8Array;
  /** Some of them may be there already. */
  readonly again: boolean;
  readonly now: number;
}

/** Lines of a `ReadJournal`. */
function addReads(writer: Writer, { lines, again, now }: Lines): void {
  const rows = [...rowsOfLines(Buffer.from(lines.buffer, lines.byteOffset, lines.length))];
  addRows(writer, again ? rows.filter(({ keys }) => !isKnown(writer, keys)) : rows, now);
}

function* rowsOfLines(lines: Buffer): Generator<EventRow> {
  for (let from = 0, end = lines.indexOf("\n"); end !== -1; from = end + 1, end = lines.indexOf("\n", from)) {
    const line = lines.subarray(from, end);
    const account = /^(\d{12})\t/.exec(line.toString("latin1", 0, 13))?.[1];
    const afterKeys = line.indexOf("\t", 13);
    // A disk that lost its power may leave other bytes in place of a line: its event is gone.
    if (account === undefined || afterKeys === -1) continue;
    yield {
      accountId: account,
      changed: false,
      keys: line.subarray(13, afterKeys),
      body: line.subarray(afterKeys + 1),
    };
  }
}

function isKnown(writer: Writer, keys: Uint8Array): boolean {
  const sql = "SELECT 1 FROM events WHERE substr(keys, 1, 47) = substr(?, 1, 47)";
  return writer.get(sql, [keys], () => true) === true;
}

/** INVARIANT: `seq` is given here, in the order of the commits: a reader who has seen one sees no smaller one later. */
function addRows(writer: Writer, rows: readonly EventRow[], now: number): void {
  const last = writer.get("SELECT max(seq) FROM events", [], ([seq]) => (seq === null ? 0 : integer(seq))) ?? 0;
  let seq = Math.max(last, now * 1000 - 1);
  const sizes = new Map<string, number>();
  for (const { accountId, changed, keys, body } of rows) {
    seq += 1;
    writer.run("INSERT INTO events (seq, account_id, changed, keys, body) VALUES (?, ?, ?, ?, ?)", [
      seq,
      accountId,
      changed ? 1 : 0,
      keys,
      body,
    ]);
    sizes.set(accountId, (sizes.get(accountId) ?? 0) + body.length);
  }
  addSizes(writer, sizes);
}

function addSizes(writer: Writer, sizes: ReadonlyMap<string, number>): void {
  for (const [accountId, bytes] of sizes)
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

interface Row {
  readonly seq: number;
  readonly accountId: string;
  readonly bytes: number;
}

function rowsOf(writer: Writer, condition: string, params: readonly (string | number)[]): readonly Row[] {
  return writer.all(
    `SELECT seq, account_id, length(body) FROM events WHERE ${condition} ORDER BY seq LIMIT ?`,
    params,
    ([seq, accountId, bytes]) => ({ seq: integer(seq), accountId: text(accountId), bytes: integer(bytes) }),
  );
}

/**
 * Forgets some events, and gives how many. When there is no more room, the account with the most events loses its own, and first those
 * without a change: nobody can push out the record of others, or of changes, by asking much.
 */
function trimEvents(writer: Writer, { before, maxBytes, limit }: Trim): number {
  const old = rowsOf(writer, "seq < ?", [before, limit]);
  if (old.length > 0) return forget(writer, old);
  const sizes = writer.all("SELECT account_id, bytes FROM event_sizes ORDER BY bytes DESC", [], ([id, bytes]) => ({
    id: text(id),
    bytes: integer(bytes),
  }));
  const [largest] = sizes;
  const over = sizes.reduce((sum, { bytes }) => sum + bytes, 0) - maxBytes;
  if (largest === undefined || over <= 0) return 0;
  const unchanged = rowsOf(writer, "account_id = ? AND changed = 0", [largest.id, limit]);
  const rows = unchanged.length > 0 ? unchanged : rowsOf(writer, "account_id = ?", [largest.id, limit]);
  let freed = 0;
  const enough = rows.findIndex(({ bytes }) => (freed += bytes) >= over);
  return forget(writer, enough === -1 ? rows : rows.slice(0, enough + 1));
}

function forget(writer: Writer, rows: readonly Row[]): number {
  const sizes = new Map<string, number>();
  for (const { seq, accountId, bytes } of rows) {
    writer.run("DELETE FROM events WHERE seq = ?", [seq]);
    sizes.set(accountId, (sizes.get(accountId) ?? 0) - bytes);
  }
  addSizes(writer, sizes);
  return rows.length;
}

function keepDocuments(
  writer: Writer,
  { documents, now }: { readonly documents: readonly PolicyDocument[]; readonly now: number },
): void {
  for (const { hash, text: document } of documents) {
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
 * Forgets some documents, and gives their hashes: those named for the last time before `before`, and the oldest while there are too many
 * bytes. Anybody with a session of its own can make one with each request.
 */
function forgetDocuments(writer: Writer, { before, maxBytes, limit }: Trim): readonly string[] {
  let over = (writer.get("SELECT bytes FROM document_size", [], ([bytes]) => integer(bytes)) ?? 0) - maxBytes;
  const oldestOnes = writer.all(
    "SELECT hash, named_at, length(document) FROM documents ORDER BY named_at LIMIT ?",
    [limit],
    ([hash, namedAt, bytes]) => ({ hash: text(hash), namedAt: integer(namedAt), bytes: integer(bytes) }),
  );
  const forgotten: string[] = [];
  for (const { hash, namedAt, bytes } of oldestOnes) {
    if (namedAt >= before && over <= 0) break;
    writer.run("DELETE FROM documents WHERE hash = ?", [hash]);
    addDocumentSize(writer, -bytes);
    over -= bytes;
    forgotten.push(hash);
  }
  return forgotten;
}

/** Every change of record.db, loaded by its writer thread. */
export const procedures = {
  addEvents,
  addReads,
  trimEvents,
  keepDocuments,
  forgetDocuments,
} as const satisfies AnyProcedures;

export type RecordProcedures = typeof procedures;
export type RecordDatabase = Database<RecordProcedures>;
