import { describe, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";

describe("a command line that means two things, or nothing, is refused", () => {
  test.each([
    ["create b-1 --prefix= --dry-run", "--prefix is empty"],
    ["policy b-1 --prefix=", "--prefix is empty"],
    ["policy b-1 b-1", "the bucket b-1 is named twice"],
    ["create b-1 --dry-run --plan", "--dry-run and --plan cannot be used together"],
    ["put-object b-1  package.json", "KEY is empty (key of the object); nothing was done"],
    ["get-object b-1 ", "KEY is empty"],
    ["list-bucket ", "BUCKET is empty"],
    ["delete-user ann ", "USERS is empty"],
    ["whoami --access-key= --secret-key b", "--access-key is empty"],
    ["whoami --access-key a --secret-key=", "--secret-key is empty"],
  ])("%s", async (line, reported) => {
    const { code, stdout, stderr } = await runCommand(line.split(" "));
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reported);
  });

  test.each([
    ["create b-1 --duration 1h --dry-run", "--username ann", "--username has no effect with --duration"],
    ["policy b-1 --public-bucket", "--prefix a/", "--prefix has no effect with --public-bucket"],
    ["policy b-1 --public-bucket", "--read-only", "--read-only has no effect with --public-bucket"],
  ])("%s: the original takes %s beside it, so it is warned of", async (line, more, reported) => {
    const plain = await runCommand(line.split(" "));
    const { stderr, ...rest } = await runCommand([...line.split(" "), ...more.split(" ")]);
    expect({ ...rest, stderr: plain.stderr }).toEqual(plain);
    expect(stderr).toContain(`Warning: ${reported}`);
  });

  test("the prefix * is the whole bucket, and said to be", async () => {
    const [plain, star] = await Promise.all([
      runCommand(["policy", "b-1"]),
      runCommand(["policy", "b-1", "--prefix", "*"]),
    ]);
    expect(star).toEqual({ ...plain, stderr: "Warning: the prefix `*` is the whole bucket\n" });
  });
});
