import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";

const statement = (more: object): object => ({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::my-bucket/*",
  ...more,
});

const files: Readonly<Record<string, readonly object[]>> = {
  "get.json": [statement({})],
  "get-put.json": [statement({}), statement({ Sid: "Put", Action: "s3:PutObject" })],
  "reports.json": [statement({ Resource: "arn:aws:s3:::my-bucket/reports/*" })],
  "no-get.json": [statement({ Effect: "Deny" })],
  "no-write.json": [statement({ Effect: "Deny" }), statement({ Effect: "Deny", Action: "s3:Put*" })],
  "public.json": [statement({ Principal: "*" })],
  "mine.json": [statement({ Principal: { AWS: "111122223333" } })],
  "hard.json": [statement({ Condition: { StringEqualsIgnoreCase: { "s3:prefix": "\u00e9" } } })],
  "hard-too.json": [statement({ Condition: { StringEqualsIgnoreCase: { "s3:prefix": "\u00c9" } } })],
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "policy-questions-"));
  for (const [name, statements] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify({ Version: "2012-10-17", Statement: statements }, undefined, 2));
  writeFileSync(join(folder, "broken.json"), "{");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (command: string, ...words: string[]) =>
  runCommand([command, ...words.map((word) => (word.endsWith(".json") ? join(folder, word) : word))]);

describe("compare-policies", () => {
  test("yes, when the first allows nothing new", async () => {
    const { code, stdout, stderr } = await run("compare-policies", "get.json", "get-put.json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("get.json allows less than");
  });

  test("no, with a request for each statement that allows more", async () => {
    const { code, stdout } = await run("compare-policies", "get-put.json", "get.json");
    expect(code).toBe(1);
    expect(stdout).toContain("allows s3:PutObject on arn:aws:s3:::my-bucket/x");
    expect(stdout).toContain("statement 2, Put");
  });

  test("--equivalent asks both directions", async () => {
    expect((await run("compare-policies", "get.json", "get-put.json", "--equivalent")).code).toBe(1);
    expect((await run("compare-policies", "get.json", "get.json", "--equivalent")).code).toBe(0);
  });

  test("policies that only deny, by what they leave", async () => {
    const gone = await run("compare-policies", "no-get.json", "no-write.json");
    expect(gone).toMatchObject({ code: 1, stdout: expect.stringContaining("no-get.json does not deny s3:Put") });
    const sarif = await run("compare-policies", "no-get.json", "no-write.json", "-f", "sarif");
    expect(sarif).toMatchObject({ code: 1, stdout: expect.stringContaining("no longer denies s3:Put") });
    expect((await run("compare-policies", "no-write.json", "no-get.json")).code).toBe(0);
  });

  test("as JSON with the whole request, as SARIF at the statement", async () => {
    const json = JSON.parse(
      (await run("compare-policies", "get-put.json", "get.json", "-f", "json")).stdout,
    ) as unknown;
    expect(json).toMatchObject({
      answer: "no",
      relation: "wider",
      inside: { answer: "no", differences: [{ statement: 1, sid: "Put", witness: { action: "s3:PutObject" } }] },
    });
    const sarif = JSON.parse(
      (await run("compare-policies", "get-put.json", "get.json", "-f", "sarif")).stdout,
    ) as unknown;
    expect(sarif).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "s3-credentials compare-policies" } },
          results: [{ ruleId: "wider-access", locations: [{ physicalLocation: { region: { startLine: 9 } } }] }],
        },
      ],
    });
  });

  test("3 when it cannot be decided, with the reason", async () => {
    const { code, stdout } = await run("compare-policies", "hard.json", "hard-too.json");
    expect(code).toBe(3);
    expect(stdout).toContain("not known because of a comparison without case of characters beyond ASCII");
  });

  test("wrong usage is 2", async () => {
    expect((await run("compare-policies", "get.json", "missing.json")).code).toBe(2);
    expect((await run("compare-policies", "get.json", "broken.json")).code).toBe(2);
    expect((await run("compare-policies", "get.json")).code).toBe(2);
    expect((await runCommand(["compare-policies", "-", "-"])).code).toBe(2);
  });
});

describe("check-access", () => {
  test("proves that nothing is outside, and says what was proved", async () => {
    const { code, stdout } = await run(
      "check-access",
      "reports.json",
      "--only-bucket",
      "my-bucket",
      "--only-prefix",
      "reports/",
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "proved: nothing outside my-bucket/reports/\n" });
  });

  test("shows the statement that is outside, and a request", async () => {
    const { code, stdout } = await run("check-access", "get-put.json", "--only-actions", "s3:Get*,s3:ListBucket");
    expect(code).toBe(1);
    expect(stdout).toContain(
      "get-put.json:9:5: error[outside-bounds]: allows s3:PutObject on arn:aws:s3:::my-bucket/x",
    );
  });

  test("every policy that this tool hands out keeps to its bucket and prefix", async () => {
    for (const words of [[], ["--read-only"], ["--write-only"]]) {
      const made = await runCommand(["policy", "my-bucket", "--prefix", "a/", ...words]);
      const checked = await runCommand(["check-access", "-", "--only-bucket", "my-bucket", "--only-prefix", "a/"], {
        stdin: made.stdout,
      });
      expect(checked).toMatchObject({ code: 0, stdout: "proved: nothing outside my-bucket/a/\n" });
    }
  });

  test("a condition that every permission has to ask for", async () => {
    const { code } = await run(
      "check-access",
      "get.json",
      "--only-condition",
      '{"Bool":{"aws:SecureTransport":"true"}}',
    );
    expect(code).toBe(1);
  });

  test("wrong usage is 2", async () => {
    for (const words of [
      [],
      ["--only-prefix", "a/"],
      ["--only-actions", "read"],
      ["--only-bucket", "b*"],
      ["--only-condition", "[]"],
    ])
      expect((await run("check-access", "get.json", ...words)).code, words.join(" ")).toBe(2);
    const condition = await run("check-access", "get.json", "--only-condition", "aws:SecureTransport=true");
    expect(condition.stderr).toContain('must be an object such as {"Bool"');
    const keys = await run("check-access", "get.json", "--only-bucket", "my-bucket/a/");
    expect(keys.stderr).toContain("give only the name, and keys with --only-prefix");
  });
});

describe("check-public", () => {
  test("shows who can do what", async () => {
    const { code, stdout } = await run("check-public", "public.json");
    expect(code).toBe(1);
    expect(stdout).toContain(
      "open to everyone, without signing in: for example s3:GetObject on arn:aws:s3:::my-bucket/x by an anonymous caller",
    );
  });

  test("proves that nobody outside can do anything", async () => {
    expect(await run("check-public", "mine.json", "--account", "111122223333")).toMatchObject({
      code: 0,
      stdout: "proved: nobody outside the account 111122223333\n",
    });
    expect((await run("check-public", "mine.json", "--account", "444455556666")).code).toBe(1);
    expect((await run("check-public", "public.json", "--restrict-public-buckets")).code).toBe(0);
  });

  test("wrong usage is 2", async () => {
    expect((await run("check-public", "get.json")).code).toBe(2);
    expect((await run("check-public", "public.json", "--account", "12")).code).toBe(2);
  });
});

test("describe-policy says in sentences what a policy does", async () => {
  const { code, stdout } = await run("describe-policy", "get-put.json");
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout:
      "1: Allows reading (s3:GetObject), on every object of the bucket my-bucket.\n" +
      "2 (Put): Allows writing (s3:PutObject), on every object of the bucket my-bucket.\n",
  });
  const json = JSON.parse((await run("describe-policy", "get.json", "-f", "json")).stdout) as { sentences: unknown };
  expect(json.sentences).toHaveLength(1);
});
