import { describe, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";

describe("a command line that means two things, or nothing, is refused", () => {
  test.each([
    ["create b-1 --prefix= --dry-run", "--prefix is empty"],
    ["policy b-1 --prefix=", "--prefix is empty"],
    ["policy b-1 b-1", "the bucket b-1 is named twice"],
    ["create b-1 --dry-run --plan", "--dry-run and --plan cannot be used together"],
    ["create b-1 --username ann --duration 1h --dry-run", "--username is for permanent credentials"],
    ["policy b-1 --public-bucket --prefix a/", "--public-bucket cannot be used with --prefix"],
    ["policy b-1 --public-bucket --read-only", "--public-bucket cannot be used with --read-only"],
    ["list-users --csv --tsv --access-key a --secret-key b", "--csv and --tsv cannot be used together"],
    ["whoami --access-key= --secret-key b", "--access-key is empty"],
    ["whoami --access-key a --secret-key=", "--secret-key is empty"],
  ])("%s", async (line, told) => {
    const { code, stdout, stderr } = await runCommand(line.split(" "));
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(told);
  });

  test("the prefix * is the whole bucket, and said to be", async () => {
    const [plain, star] = await Promise.all([
      runCommand(["policy", "b-1"]),
      runCommand(["policy", "b-1", "--prefix", "*"]),
    ]);
    expect(star).toEqual({ ...plain, stderr: "Warning: the prefix `*` is the whole bucket\n" });
  });
});
