import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";

const careless = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "s3:GetObjct", "Resource": "arn:aws:s3:::b/*" },
    { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b" }
  ]
}`;

describe("validate-policy", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "validate-policy-"));
    writeFileSync(join(folder, "careless.json"), careless);
    writeFileSync(join(folder, "broken.json"), "{");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const validate = (...args: string[]) => runCommand(["validate-policy", ...args]);

  test("findings with the line, a caret under the place, and the nearest real name", async () => {
    const { code, stdout } = await validate(join(folder, "careless.json"));
    expect(code).toBe(1);
    expect(stdout).toContain("careless.json:4:");
    expect(stdout).toContain("s3:GetObject");
    expect(stdout).toMatch(/^ *\|? *\^+/m);
  });

  test("as JSON and SARIF, for machines", async () => {
    const json = await validate(join(folder, "careless.json"), "--format", "json");
    expect(() => JSON.parse(json.stdout) as unknown).not.toThrow();
    const sarif = JSON.parse((await validate(join(folder, "careless.json"), "-f", "sarif")).stdout) as {
      version: string;
      runs: readonly { results: readonly unknown[] }[];
    };
    expect(sarif.version).toBe("2.1.0");
    expect(sarif.runs[0]?.results.length).toBeGreaterThan(0);
  });

  test("what is not a policy at all is a finding, not a failure of the command", async () => {
    const { code, stdout, stderr } = await validate(join(folder, "broken.json"));
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain("broken.json:1:");
  });

  test("the policies this tool hands out are without errors and warnings", async () => {
    for (const words of [[], ["--read-only"], ["--write-only"], ["--prefix", "a/"]]) {
      const made = await runCommand(["policy", "my-bucket", ...words]);
      const { code, stdout } = await runCommand(["validate-policy", "-", "--kind", "user-inline"], {
        stdin: made.stdout,
      });
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.not.stringMatching(/error|warning/) as string });
    }
  });

  test("credentials in place of a policy are not shown", async () => {
    const secretAccessKey = "q7Zr0vTn3yKd8sWm1xLb5hGc9jPf2uAe6oRi4tYk";
    for (const stdin of [
      JSON.stringify({ AccessKeyId: "AKIAQ3EXAMPLE7", SecretAccessKey: secretAccessKey }, undefined, 4),
      `aws_secret_access_key = ${secretAccessKey}\n`,
      `export AWS_SECRET_ACCESS_KEY='${secretAccessKey}'\n`,
      `export AWS_SESSION_TOKEN=${secretAccessKey}\n`,
      `<AccessKey><SecretAccessKey>${secretAccessKey}</SecretAccessKey></AccessKey>`,
      `{"secretKey"\n: "${secretAccessKey}"}`,
      `AKIAQ3EXAMPLE7WXYZAB:${secretAccessKey}\n`,
    ])
      expect(await runCommand(["validate-policy", "-"], { stdin })).toEqual({
        code: 2,
        stdout: "",
        stderr: "Error: standard input holds credentials, not a policy; nothing of it is shown\n",
      });
  });

  test("a policy that speaks of secrets is not taken for credentials", async () => {
    const tagged = { StringEquals: { "aws:PrincipalTag/my-secret-key": "AKIA" } };
    const what = { Action: ["sts:GetSessionToken", "iam:*"], Resource: "*", Condition: tagged };
    const statement = { Sid: "SecretKey", Effect: "Allow", ...what };
    const stdin = JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, undefined, 2);
    expect((await runCommand(["validate-policy", "-"], { stdin })).stderr).toBe("");
  });

  test("a bucket policy that is read as one of a user: which --kind it needs", async () => {
    const { stdout: stdin } = await runCommand(["policy", "my-bucket", "--public-bucket"]);
    const { code, stderr } = await runCommand(["validate-policy", "-"], { stdin });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/add --kind resource\n$/)]);
    expect((await runCommand(["validate-policy", "-", "--kind", "resource"], { stdin })).stderr).toBe("");
  });

  test("a file that is not there is wrong usage", async () => {
    expect((await validate(join(folder, "missing.json"))).code).toBe(2);
  });
});
