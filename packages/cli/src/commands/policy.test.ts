import { expect, test } from "vitest";
import { documentedPolicies } from "../test/documented-policies.ts";
import { runCommand } from "../test/run-command.ts";

/** The documents are ASCII without empty lists, where this and Python's indentation agree. */
function byFour(document: string): string {
  return `${JSON.stringify(JSON.parse(document), undefined, 4)}\n`;
}

test.each(documentedPolicies)("$argv prints the documented policy", async ({ argv, document }) => {
  expect(await runCommand(argv)).toEqual({ code: 0, stdout: byFour(document), stderr: "" });
});

test("several buckets follow each other, and further statements come last", async () => {
  const { stdout } = await runCommand([
    "policy",
    "b-1",
    "b-2",
    "--write-only",
    "--statement",
    '{"Effect": "Allow", "Action": "textract:*", "Resource": "*"}',
  ]);
  const statement = (bucket: string) => ({
    Effect: "Allow",
    Action: ["s3:PutObject"],
    Resource: [`arn:aws:s3:::${bucket}/*`],
  });
  expect(JSON.parse(stdout)).toEqual({
    Version: "2012-10-17",
    Statement: [statement("b-1"), statement("b-2"), { Effect: "Allow", Action: "textract:*", Resource: "*" }],
  });
});

test("both read-only and write-only: write-only wins", async () => {
  const both = await runCommand(["policy", "my-s3-bucket", "--read-only", "--write-only"]);
  expect(both.stdout).toBe((await runCommand(["policy", "my-s3-bucket", "--write-only"])).stdout);
});

test.each([
  ["--prefix", "a/*"],
  ["--prefix", "x", "--prefix", "a/"],
])("a prefix may end in its star, and of two the last wins: %j %j", async (...options) => {
  const { stdout } = await runCommand(["policy", "my-s3-bucket", ...options]);
  expect(stdout).toContain('"arn:aws:s3:::my-s3-bucket/a/*"');
  expect(stdout).not.toContain("**");
});

test("a prefix without a slash at its end, or with one at its start, is warned of", async () => {
  expect((await runCommand(["policy", "my-s3-bucket", "--prefix", "tenant1"])).stderr).toMatch(/^Warning: .*tenant1/);
  expect((await runCommand(["policy", "my-s3-bucket", "--prefix", "/a/"])).stderr).toMatch(/^Warning: /);
  expect((await runCommand(["policy", "my-s3-bucket", "--prefix", "a/"])).stderr).toBe("");
});

test.each([
  ["policy", "*"],
  ["policy", "my-bucket/*"],
  ["policy", "my-*"],
  ["policy", "${aws:username}"],
  ["policy", "my-bucket", "--prefix", "a*b"],
  ["policy", "my-bucket", "--prefix", "a?"],
  ["policy", "my-bucket", "--prefix", "home/${aws:username}/"],
])("nothing that widens is taken: %j", async (...argv) => {
  const { code, stdout, stderr } = await runCommand(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^Error: [^\n]*\n$/);
});

test.each([
  [["policy"], "BUCKETS"],
  [["policy", "b-1", "b-2", "--public-bucket"], "one"],
  [["policy", "my-bucket", "--statement", "{"], "JSON"],
  [["policy", "my-bucket", "--statement", "[]"], "object"],
  [["policy", "my-bucket", "--statement", '{"Effect": "Allow"}'], "Action, Resource"],
  [["policy", "my-bucket", "--nonsense"], "--nonsense"],
])("wrong usage ends with 2 and one line: %j", async (argv, named) => {
  const { code, stdout, stderr } = await runCommand(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^Error: [^\n]*\n$/);
  expect(stderr).toContain(named);
});
