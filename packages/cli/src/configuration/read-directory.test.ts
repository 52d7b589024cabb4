import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UsageError } from "../command-line/failures.ts";
import { readDirectory } from "./read-directory.ts";

let folder = "";
let directory = "";
const secret = "a-password-of-somebody";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "read-directory-"));
  directory = join(folder, "account");
  mkdirSync(join(directory, "users"), { recursive: true });
  writeFileSync(join(directory, "export.json"), '{"AccountId":"123456789012","Files":[],"Partition":"aws"}');
  writeFileSync(join(folder, "secret.json"), secret);
});
afterEach(() => rmSync(folder, { recursive: true }));

// Who edits the folder is not always who runs `apply`: nothing of other files comes into what is printed.
test("a link is not followed, and nothing of where it leads is said", () => {
  symlinkSync(join(folder, "secret.json"), join(directory, "users", "ann.json"));
  symlinkSync(folder, join(directory, "roles"));
  const read = readDirectory(directory);
  expect(read).toMatchObject({ problems: [{ file: "users/ann.json" }, { file: "roles" }] });
  expect(JSON.stringify(read)).not.toContain("secret");
  expect(JSON.stringify(read)).not.toContain(secret);
});

test("a manifest that is a link is none", () => {
  rmSync(join(directory, "export.json"));
  symlinkSync(join(folder, "secret.json"), join(directory, "export.json"));
  expect(() => readDirectory(directory)).toThrow(UsageError);
  expect(() => readDirectory(directory)).toThrow("links are not followed");
});
