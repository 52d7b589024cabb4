import { expect, test } from "vitest";
import { keyPath } from "./key-path.ts";

test.each([
  ["a.txt", [], "a.txt"],
  ["a/b/c", ["a", "b"], "c"],
  ["a//b/./c", ["a", "b"], "c"],
  ["..a/b..", ["..a"], "b.."],
  ["C:\\x", [], "C:\\x"],
  [" ", [], " "],
])("%j is a file", (key, folders, name) => {
  expect(keyPath(key, "linux")).toEqual({ kind: "file", folders, name });
});

test.each([
  ["a/", ["a"]],
  ["a/b//", ["a", "b"]],
])("%j is a folder", (key, folders) => {
  expect(keyPath(key, "linux")).toEqual({ kind: "folder", folders });
});

test.each(["/etc/x", "/", "//x", "../x", "../../x", "a/../b", "a/..", "../", "..", ".", "./", "a\0b"])(
  "%j is refused",
  (key) => {
    expect(keyPath(key, "linux").kind).toBe("refused");
  },
);

test.each(["a\\b", "..\\x", "C:x", "nul", "a/COM1.txt", "a?"])("%j is refused on Windows", (key) => {
  expect(keyPath(key, "win32").kind).toBe("refused");
});
