import type { ByteRange } from "../../ports/object-bytes.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader, Writer } from "../../stores/sqlite/connection.ts";
import { blob, integer, optional, text } from "../../stores/sql/sql-value.ts";

/** Bytes just written, not yet referenced. */
export type NewBody =
  | { readonly kind: "empty" }
  | { readonly kind: "inline"; readonly bytes: Uint8Array; readonly size: number; readonly dataKey?: Uint8Array }
  | { readonly kind: "file"; readonly file: string; readonly size: number; readonly dataKey?: Uint8Array };

/** All bytes of another version, which shares its manifest. */
export interface SharedContent {
  readonly kind: "shared";
  readonly seq: number;
  readonly size: number;
}

/** A range of another version that is inside one segment. */
export interface SharedSegment {
  readonly kind: "segment";
  readonly seq: number;
  readonly range: ByteRange;
}

export interface Segment {
  /** Offset of its first byte in the content. */
  readonly firstByte: number;
  readonly body: number;
  readonly file: string | undefined;
  /** Plain bytes of the whole body. */
  readonly bodySize: number;
  /** Wrapped; undefined: the body is not encrypted. */
  readonly dataKey: Buffer | undefined;
  /** Offset in the body. */
  readonly start: number;
  readonly length: number;
}

export function nextNumber(writer: Writer): number {
  const value = writer.get("UPDATE counters SET value = value + 1 WHERE name = 'sequence' RETURNING value", [], ([n]) =>
    integer(n),
  );
  if (value === undefined) throw new StoreError("corrupt", "the sequence counter is gone");
  return value;
}

/** The content id of a version: its own number, or that of the version it was copied from. */
export function contentOf(reader: Reader, seq: number): number {
  return reader.get("SELECT content FROM copies WHERE seq = ?", [seq], ([content]) => integer(content)) ?? seq;
}

/** The same for a version that may be gone. It is undefined then, although copies may still share its bytes. */
export function liveContent(reader: Reader, seq: number): number | undefined {
  return reader.get(
    `SELECT coalesce((SELECT content FROM copies c WHERE c.seq = m.seq), m.seq) FROM version_metadata m WHERE m.seq = ?`,
    [seq],
    ([content]) => integer(content),
  );
}

/** The segments that hold `first` to `last`, in order, at most `limit`. None when `first` is in no segment. */
export function segmentsAt(
  reader: Reader,
  content: number,
  { first, last }: ByteRange,
  limit: number,
): readonly Segment[] {
  return reader.all(
    `SELECT s.first_byte, s.body, b.file, s.start, s.length, b.size, b.data_key FROM segments s JOIN bodies b ON b.id = s.body
     WHERE s.content = ? AND s.first_byte <= ? AND s.first_byte >=
       (SELECT max(first_byte) FROM segments WHERE content = ? AND first_byte <= ?)
     ORDER BY s.first_byte LIMIT ?`,
    [content, last, content, first, limit],
    ([firstByte, body, file, start, length, size, dataKey]) => ({
      firstByte: integer(firstByte),
      body: integer(body),
      file: optional(text, file),
      start: integer(start),
      length: integer(length),
      bodySize: integer(size),
      dataKey: optional(blob, dataKey),
    }),
  );
}

/** The number of bytes a manifest has, by its last segment alone. */
export function sizeOf(reader: Reader, content: number): number {
  const size = reader.get(
    "SELECT first_byte + length FROM segments WHERE content = ? ORDER BY first_byte DESC LIMIT 1",
    [content],
    ([end]) => integer(end),
  );
  return size ?? 0;
}

/** False when `collect` has begun to remove it: that begins with the first segment. */
export function isWhole(reader: Reader, content: number, size: number): boolean {
  const first = reader.get("SELECT 1 FROM segments WHERE content = ? AND first_byte = 0", [content], () => true);
  return sizeOf(reader, content) === size && (size === 0 || first === true);
}

export function inlineBytes(reader: Reader, body: number): Buffer | undefined {
  return reader.get("SELECT octets FROM inline_bodies WHERE body = ?", [body], ([bytes]) => blob(bytes));
}

/** The part of a segment that is inside the range; undefined: none of it. */
export function cut(segment: Segment, { first, last }: ByteRange): Segment | undefined {
  const from = Math.max(first, segment.firstByte);
  const to = Math.min(last + 1, segment.firstByte + segment.length);
  if (from >= to) return undefined;
  return { ...segment, firstByte: from, start: segment.start + from - segment.firstByte, length: to - from };
}

/** Gives bytes to a version or part. False: the bytes to share are gone. Adds one segment at most. */
export function addContent(writer: Writer, id: number, body: NewBody | SharedContent | SharedSegment): boolean {
  switch (body.kind) {
    case "empty":
      return true;
    case "inline":
      addBody(writer, id, undefined, body);
      writer.run("INSERT INTO inline_bodies (body, octets) VALUES (?, ?)", [id, body.bytes]);
      return true;
    case "file":
      addBody(writer, id, body.file, body);
      return true;
    case "shared":
      return shareContent(writer, id, body);
    case "segment":
      return shareSegment(writer, id, body);
    default:
      return body satisfies never;
  }
}

/** A body has the number of the content that it is first in; no other content has that number. */
function addBody(
  writer: Writer,
  id: number,
  file: string | undefined,
  { size, dataKey }: Pick<Extract<NewBody, { kind: "file" }>, "size" | "dataKey">,
): void {
  writer.run("INSERT INTO bodies (id, file, size, refs, data_key) VALUES (?, ?, ?, 1, ?)", [
    id,
    file ?? null,
    size,
    dataKey ?? null,
  ]);
  addSegment(writer, id, { body: id, start: 0, length: size });
}

function addSegment(writer: Writer, content: number, segment: Pick<Segment, "body" | "start" | "length">): void {
  writer.run("INSERT INTO segments (content, first_byte, body, start, length) VALUES (?, 0, ?, ?, ?)", [
    content,
    segment.body,
    segment.start,
    segment.length,
  ]);
}

/** Two rows, however many segments the manifest has. */
function shareContent(writer: Writer, seq: number, source: SharedContent): boolean {
  const content = liveContent(writer, source.seq);
  if (content === undefined || !isWhole(writer, content, source.size)) return false;
  writer.run("INSERT INTO copies (seq, content) VALUES (?, ?)", [seq, content]);
  writer.run(
    "INSERT INTO shared_contents (content, refs) VALUES (?, 2) ON CONFLICT (content) DO UPDATE SET refs = refs + 1",
    [content],
  );
  return true;
}

function shareSegment(writer: Writer, id: number, { seq, range }: SharedSegment): boolean {
  const content = liveContent(writer, seq);
  const [segment] = content === undefined ? [] : segmentsAt(writer, content, range, 1);
  const wanted = segment === undefined ? undefined : cut(segment, range);
  if (wanted?.length !== range.last - range.first + 1) return false;
  addSegment(writer, id, wanted);
  writer.run("UPDATE bodies SET refs = refs + 1 WHERE id = ?", [wanted.body]);
  return true;
}

/** Moves the segments of all parts of an upload, one behind the other, into the manifest of a version. */
export function moveSegments(writer: Writer, uploadId: string, seq: number): void {
  writer.run(
    `UPDATE segments SET content = ?, first_byte = first_byte + p.before
     FROM (SELECT holder, SUM(size) OVER (ORDER BY number) - size AS before FROM parts WHERE upload_id = ?) p
     WHERE segments.content = p.holder`,
    [seq, uploadId],
  );
}

/** The bytes stay readable until `collect`, for readers who found them just before. */
export function abandon(writer: Writer, id: number, now: number): void {
  writer.run("INSERT INTO garbage (holder, since) VALUES (?, ?)", [id, now]);
}
