import { inGroups, places } from "../in-groups.ts";
import { inTurn } from "../in-turn.ts";
import type { NewEvent, PolicyDocument } from "../../../ports/event-store.ts";
import type { Procedures, Database, Writer } from "../database.ts";
import { integer, text } from "../sql-value.ts";

/** What an event is found by, as it is stored: a JSON array of texts, of which the first is the id. */
export function keysText(eventId: string, keys: readonly string[]): string {
  return JSON.stringify([`EventId=${eventId}`, ...keys]);
}

interface EventRow extends Pick<NewEvent, "accountId" | "changed"> {
  readonly keys: Uint8Array;
  readonly body: Uint8Array;
}

async function addEvents(
  writer: Writer,
  { events, now }: { readonly events: readonly NewEvent[]; readonly now: number },
): Promise<void> {
  const rows = events.map(({ accountId, changed, keys, body, eventId }) => ({
    accountId,
    changed,
    keys: Buffer.from(keysText(eventId, keys), "utf8"),
    body: Buffer.from(body, "utf8"),
  }));
  await addRows(writer, rows, now);
}

export interface Lines {
  readonly lines: Uint8Array;
  /** Some of them may be there already. */
  readonly again: boolean;
  readonly now: number;
}

/** Lines of a `ReadJournal`. */
async function addReads(writer: Writer, { lines, again, now }: Lines): Promise<void> {
  const rows = [...rowsOfLines(Buffer.from(lines.buffer, lines.byteOffset, lines.length))];
  const known = again ? await inTurn(rows, ({ keys }) => isKnown(writer, keys)) : [];
  await addRows(
    writer,
    rows.filter((_row, at) => known[at] !== true),
    now,
  );
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

async function isKnown(writer: Writer, keys: Uint8Array): Promise<boolean> {
  const sql = "SELECT 1 FROM events WHERE substr(keys, 1, 47) = ?";
  return (await writer.get(sql, [keys], () => true)) === true;
}

/** INVARIANT: `seq` is given here, in the order of the commits: a reader who has seen one sees no smaller one later. */
async function addRows(writer: Writer, rows: readonly EventRow[], now: number): Promise<void> {
  const last = (await writer.get("SELECT max(seq) FROM events", [], ([seq]) => (seq === null ? 0 : integer(seq)))) ?? 0;
  let seq = Math.max(last + 1, now * 1000);
  // All who write events wait meanwhile: one by one, a caller who only reads kept changes of others waiting for seconds.
  for (const group of inGroups(rows)) {
    const sql = `INSERT INTO events (seq, account_id, changed, keys, body) VALUES ${places("(?, ?, ?, ?, ?)", group)}`;
    await writer.run(
      sql,
      group.flatMap(({ accountId, changed, keys, body }) => [seq++, accountId, changed ? 1 : 0, keys, body]),
    );
  }
  const sizes = new Map<string, number>();
  for (const { accountId, body } of rows) sizes.set(accountId, (sizes.get(accountId) ?? 0) + body.length);
  await addSizes(writer, sizes);
}

async function addSizes(writer: Writer, sizes: ReadonlyMap<string, number>): Promise<void> {
  for (const [accountId, bytes] of sizes)
    await writer.run(
      "INSERT INTO event_sizes (account_id, bytes) VALUES (?, ?) ON CONFLICT (account_id) DO UPDATE SET bytes = event_sizes.bytes + excluded.bytes",
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

function rowsOf(writer: Writer, condition: string, params: readonly (string | number)[]): Promise<readonly Row[]> {
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
async function trimEvents(writer: Writer, { before, maxBytes, limit }: Trim): Promise<number> {
  const old = await rowsOf(writer, "seq < ?", [before, limit]);
  if (old.length > 0) return forget(writer, old);
  const sizes = await writer.all(
    "SELECT account_id, bytes FROM event_sizes ORDER BY bytes DESC",
    [],
    ([id, bytes]) => ({
      id: text(id),
      bytes: integer(bytes),
    }),
  );
  const [largest] = sizes;
  const over = sizes.reduce((sum, { bytes }) => sum + bytes, 0) - maxBytes;
  if (largest === undefined || over <= 0) return 0;
  const unchanged = await rowsOf(writer, "account_id = ? AND changed = 0", [largest.id, limit]);
  const rows = unchanged.length > 0 ? unchanged : await rowsOf(writer, "account_id = ?", [largest.id, limit]);
  let freed = 0;
  const enough = rows.findIndex(({ bytes }) => (freed += bytes) >= over);
  return forget(writer, enough === -1 ? rows : rows.slice(0, enough + 1));
}

async function forget(writer: Writer, rows: readonly Row[]): Promise<number> {
  const sizes = new Map<string, number>();
  for (const { seq, accountId, bytes } of rows) {
    await writer.run("DELETE FROM events WHERE seq = ?", [seq]);
    sizes.set(accountId, (sizes.get(accountId) ?? 0) - bytes);
  }
  await addSizes(writer, sizes);
  return rows.length;
}

async function keepDocuments(
  writer: Writer,
  { documents, now }: { readonly documents: readonly PolicyDocument[]; readonly now: number },
): Promise<void> {
  for (const { hash, text: document } of documents) {
    const bytes = Buffer.from(document, "utf8");
    const sql = "INSERT INTO documents (hash, document, named_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    if ((await writer.run(sql, [hash, bytes, now])) === 1) await addDocumentSize(writer, bytes.length);
    else await writer.run("UPDATE documents SET named_at = ? WHERE hash = ? AND named_at < ?", [now, hash, now]);
  }
}

async function addDocumentSize(writer: Writer, bytes: number): Promise<void> {
  await writer.run("UPDATE document_size SET bytes = bytes + ?", [bytes]);
}

/**
 * Forgets some documents, and gives their hashes: those named for the last time before `before`, and the oldest while there are too many
 * bytes. Anybody with a session of its own can make one with each request.
 */
async function forgetDocuments(writer: Writer, { before, maxBytes, limit }: Trim): Promise<readonly string[]> {
  let over = ((await writer.get("SELECT bytes FROM document_size", [], ([bytes]) => integer(bytes))) ?? 0) - maxBytes;
  const oldestOnes = await writer.all(
    "SELECT hash, named_at, length(document) FROM documents ORDER BY named_at LIMIT ?",
    [limit],
    ([hash, namedAt, bytes]) => ({ hash: text(hash), namedAt: integer(namedAt), bytes: integer(bytes) }),
  );
  const forgotten: string[] = [];
  for (const { hash, namedAt, bytes } of oldestOnes) {
    if (namedAt >= before && over <= 0) break;
    await writer.run("DELETE FROM documents WHERE hash = ?", [hash]);
    await addDocumentSize(writer, -bytes);
    over -= bytes;
    forgotten.push(hash);
  }
  return forgotten;
}

/** Every change of the record. */
export const recordProcedures = {
  addEvents,
  addReads,
  trimEvents,
  keepDocuments,
  forgetDocuments,
} as const satisfies Procedures;

export type RecordProcedures = typeof recordProcedures;
export type RecordDatabase = Database<RecordProcedures>;
