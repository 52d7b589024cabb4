import * as fc from "fast-check";
import { join, relative, sep } from "node:path";
import { expect, test } from "vitest";
import { keyPath } from "./key-path.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 1000);
const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "...", "..a", "\\", "~", "\0", " "), fc.string());

test("whatever the key, its path is below the folder, and the key of its own parts", () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const key = parts.join("/");
      const path = keyPath(key, "linux");
      if (path.kind === "refused") return;
      const names = path.kind === "file" ? [...path.folders, path.name] : path.folders;
      expect(names).toEqual(key.split("/").filter((name) => name !== "" && name !== "."));
      const way = relative("/out", join("/out", ...names));
      expect(way.split(sep)[0]).not.toBe("..");
      expect(join("/out", ...names).startsWith("/out/")).toBe(true);
    }),
    { numRuns },
  );
});
