import { StoreError } from "../../ports/store-error.ts";
import type { Reader, Writer } from "../../sqlite/connection.ts";
import { blob, integer, optional, text } from "../../sqlite/sql-value.ts";

/** Octets just written, not yet referenced. */
export type NewBody =
  | { readonly kind: "empty" }
  | { readonly kind: "inline"; readonly octets: Uint8Array }
  | { readonly kind: "file"; readonly file: string; readonly size: number };

/** Octets of another holder, all of them or an inclusive range. */
export interface SharedBody {
  readonly kind: "shared";
  readonly holder: number;
  readonly size: number;
  readonly range: { readonly first: number; readonly last: number } | undefined;
}

export interface Segment {
  readonly body: number;
  readonly file: string | undefined;
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

export function segmentsOf(reader: Reader, holder: number): readonly Segment[] {
  return reader.all(
    `SELECT s.body, b.file, s.start, s.length FROM segments s JOIN bodies b ON b.id = s.body
     WHERE s.holder = ? ORDER BY s.position`,
    [holder],
    ([body, file, start, length]) => ({
      body: integer(body),
      file: optional(text, file),
      start: integer(start),
      length: integer(length),
    }),
  );
}

export function inlineOctets(reader: Reader, body: number): Buffer | undefined {
  return reader.get("SELECT octets FROM inline_bodies WHERE body = ?", [body], ([octets]) => blob(octets));
}

/** The part of a list of segments that holds `first` to `last`, inclusive. */
export function cut(segments: readonly Segment[], first: number, last: number): readonly Segment[] {
  const kept: Segment[] = [];
  let at = 0;
  for (const segment of segments) {
    const from = Math.max(first, at);
    const to = Math.min(last + 1, at + segment.length);
    if (from < to) kept.push({ ...segment, start: segment.start + from - at, length: to - from });
    at += segment.length;
  }
  return kept;
}

export function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.length, 0);
}

/** Hangs octets under a holder. False: the octets to share are gone. */
export function fillHolder(writer: Writer, holder: number, body: NewBody | SharedBody): boolean {
  switch (body.kind) {
    case "empty":
      return true;
    case "inline": {
      const id = addBody(writer, undefined, body.octets.length);
      writer.run("INSERT INTO inline_bodies (body, octets) VALUES (?, ?)", [id, body.octets]);
      addSegment(writer, holder, 0, { body: id, start: 0, length: body.octets.length });
      return true;
    }
    case "file":
      addSegment(writer, holder, 0, { body: addBody(writer, body.file, body.size), start: 0, length: body.size });
      return true;
    case "shared":
      return share(writer, holder, body);
    default:
      return body satisfies never;
  }
}

function addBody(writer: Writer, file: string | undefined, size: number): number {
  const id = nextNumber(writer);
  writer.run("INSERT INTO bodies (id, file, size, refs) VALUES (?, ?, ?, 0)", [id, file ?? null, size]);
  return id;
}

function addSegment(writer: Writer, holder: number, position: number, segment: Omit<Segment, "file">): void {
  writer.run("INSERT INTO segments (holder, position, body, start, length) VALUES (?, ?, ?, ?, ?)", [
    holder,
    position,
    segment.body,
    segment.start,
    segment.length,
  ]);
  writer.run("UPDATE bodies SET refs = refs + 1 WHERE id = ?", [segment.body]);
}

function share(writer: Writer, holder: number, source: SharedBody): boolean {
  const segments = segmentsOf(writer, source.holder);
  if (lengthOf(segments) !== source.size) return false;
  const wanted = source.range === undefined ? segments : cut(segments, source.range.first, source.range.last);
  wanted.forEach((segment, position) => addSegment(writer, holder, position, segment));
  return true;
}

/** Appends the segments of one holder to another, which then has them alone. Gives the next free position. */
export function moveSegments(writer: Writer, from: number, to: number, position: number): number {
  const moved = writer.run("UPDATE segments SET holder = ?, position = position + ? WHERE holder = ?", [
    to,
    position,
    from,
  ]);
  return position + moved;
}

/** The octets stay readable until `collect`, for readers who found them just before. */
export function abandon(writer: Writer, holder: number, now: number): void {
  writer.run("INSERT INTO garbage (holder, since) VALUES (?, ?)", [holder, now]);
}
