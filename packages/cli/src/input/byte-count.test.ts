import { expect, test } from "vitest";
import { parseByteCount } from "./byte-count.ts";

test.each([
  ["0", 0],
  ["1000", 1000],
  ["1KiB", 1024],
  ["3mib", 3 * 1024 ** 2],
  ["10GiB", 10 * 1024 ** 3],
  ["2TiB", 2 * 1024 ** 4],
])("%s", (text, bytes) => expect(parseByteCount("max-bytes", text)).toBe(bytes));

test.each(["", "10GB", "1.5GiB", "-1", "10 GiB", "9999999999TiB", "GiB"])("not %j", (text) =>
  expect(() => parseByteCount("max-bytes", text)).toThrow(`invalid --max-bytes "${text}": it is a number of bytes`),
);
