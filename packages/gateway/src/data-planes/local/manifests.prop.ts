import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openConnection } from "../../stores/sqlite/connection.ts";
import { migrate } from "../../stores/sqlite/migrate.ts";
import { cut, isWhole, segmentsAt, sizeOf } from "./manifests.ts";
import { objectMigrations } from "./object-migrations.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

const segment = fc.record({
  body: fc.integer({ min: 1, max: 3 }),
  start: fc.nat(20),
  length: fc.integer({ min: 1, max: 9 }),
});

test("the segments of a range, page by page, are the bytes of the range", () => {
  const connection = openConnection(":memory:");
  migrate(connection, ":memory:", objectMigrations);
  for (const id of [1, 2, 3]) connection.run("INSERT INTO bodies (id, file, size, refs) VALUES (?, NULL, 30, 1)", [id]);
  let content = 0;
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), fc.nat(60), fc.nat(60), (segments, one, other) => {
      content += 1;
      const bytes: string[] = [];
      for (const { body, start, length } of segments) {
        connection.run("INSERT INTO segments (content, first_byte, body, start, length) VALUES (?, ?, ?, ?, ?)", [
          content,
          bytes.length,
          body,
          start,
          length,
        ]);
        for (let n = 0; n < length; n += 1) bytes.push(`${body}:${start + n}`);
      }
      expect(sizeOf(connection, content)).toBe(bytes.length);
      expect(isWhole(connection, content, bytes.length)).toBe(true);
      expect(isWhole(connection, content, bytes.length + 1)).toBe(false);
      const [first, last] = [one, other].map((at) => at % bytes.length).sort((a, b) => a - b) as [number, number];
      const found: string[] = [];
      for (;;) {
        const page = segmentsAt(connection, content, { first: first + found.length, last }, 2);
        for (const entry of page) {
          const part = cut(entry, { first: first + found.length, last });
          for (let n = 0; n < (part?.length ?? 0); n += 1) found.push(`${part?.body}:${(part?.start ?? 0) + n}`);
        }
        if (first + found.length > last || page.length === 0) break;
      }
      expect(found).toEqual(bytes.slice(first, last + 1));
    }),
    { numRuns: runs },
  );
  connection.close();
});
