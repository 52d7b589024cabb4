import { expect, test } from "vitest";
import { secretsFound, secretsIn } from "./kept-records.ts";

const key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzzzzzzKEY";
const password = 'not a "word"!';

test("secrets are found in what a client sent and got", () => {
  const answer = { AccessKey: { UserName: "ann", AccessKeyId: "AKIA", SecretAccessKey: key } };
  expect(secretsIn(answer)).toEqual([key]);
  expect(secretsIn({ UserName: "ann", Password: password })).toEqual([password]);
  expect(secretsIn({ Devices: [{ Base32StringSeed: Buffer.from("JBSWY3DPEHPK3PXP") }] })).toEqual(["JBSWY3DPEHPK3PXP"]);
});

test.each([
  [`{"secretAccessKey":"${key}"}`, key],
  [`GET /?X-Amz-Security-Token=${key}&b=c`, key],
  [JSON.stringify({ errorMessage: `Value '${password}' is too short` }), JSON.stringify(password).slice(1, -1)],
])("a planted secret is found: %s", (text, found) => {
  expect(secretsFound(["an earlier line", text], new Set([key, password]))).toEqual([found]);
});

test("what is no secret is not", () => {
  expect(
    secretsFound([`{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","sha256":"${"0".repeat(64)}"}`], new Set([key, password])),
  ).toEqual([]);
});
