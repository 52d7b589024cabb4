import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { keptRecordsVariable, Needles } from "./kept-records-check.ts";
import { secretsIn } from "./kept-records.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

const key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzzzzzzKEY";
const password = 'not a "word"!';

test.each([
  ["XML", `<CreateAccessKeyResult><SecretAccessKey>${key}</SecretAccessKey></CreateAccessKeyResult>`, [key]],
  ["JSON", JSON.stringify({ password, next: "/" }), [password]],
  ["a form", `Action=CreateLoginProfile&Password=${encodeURIComponent(password).replaceAll("%20", "+")}`, [password]],
  [
    "the seed of an MFA device",
    "<Base32StringSeed>SkJTV1kzRFBFSFBLM1BYUEpCU1dZM0RQRUhQSzNQWFA=</Base32StringSeed>",
    ["SkJTV1kzRFBFSFBLM1BYUEpCU1dZM0RQRUhQSzNQWFA=", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"],
  ],
  ["no secret", '{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","NextToken":"abcdefghijkl"}', []],
])("secrets are found in what goes through a gateway: %s", (_what, text, secrets) => {
  expect(secretsIn(text)).toEqual(secrets);
});

test.each([
  [`{"secretAccessKey":"${key}"}`, key],
  [`/bucket/${key}/`, key],
  [`GET /?X-Amz-Security-Token=${key}&b=c`, key],
  [`GET /?X-Amz-Security-Token=${encodeURIComponent(key)}&b=c`, key],
  [`authorization: Basic ${Buffer.from(`AKIA:${key}`).toString("base64")}`, key],
  [JSON.stringify({ errorMessage: `Value '${password}' is too short` }), password],
  [JSON.stringify({ body: JSON.stringify({ errorMessage: `Value '${password}' is too short` }) }), password],
])("a planted secret is found: %s", (text, found) => {
  expect([...new Needles([key, password]).in(`an earlier line\n${text}`)]).toEqual([found]);
});

test("what is no secret is not", () => {
  const text = `{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","sha256":"${"0".repeat(64)}"}`;
  expect([...new Needles([key, password]).in(text)]).toEqual([]);
});

const keptIn = (folder: string, name: string): readonly unknown[] =>
  readFileSync(join(folder, name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

test("what a gateway gives is kept, whichever client asks", async () => {
  const client = new STSClient({
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: gateway.admin,
  });
  const { Credentials } = await client.send(new GetSessionTokenCommand());
  client.destroy();
  const kept = keptIn(process.env[keptRecordsVariable] ?? "", `secrets-${process.pid}`);
  expect(kept).toContain(Credentials?.SecretAccessKey);
  expect(kept).toContain(Credentials?.SessionToken);
});

test("a run fails whose gateway wrote a secret, and names the file and the test", () => {
  const vitest = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "packages/gateway/test/planted-secret/vitest.config.ts",
  ];
  const { NODE_OPTIONS: _hook, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, vitest, { env, encoding: "utf8" });
  expect(stdout).toContain("1 passed");
  expect(stderr).toMatch(/wJal… \(40 characters\) is in \S+\/events\/1\.jsonl \(\S+planted\.ts\)/);
  expect(status).toBe(1);
});
