import { expect, test } from "vitest";
import type { Invocation } from "../command-line/definition.ts";
import { policiesForBuckets } from "../input/policy-text.ts";
import { readCreateRequest } from "./read-create-request.ts";

const policy = `{ "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::$!BUCKET_NAME!$/*"} }`;
const context = {
  env: {},
} as unknown as Parameters<typeof readCreateRequest>[0];

async function credentialsOf(...options: readonly (readonly [string, string])[]) {
  const invocation: Invocation = { positionals: ["bucket-1"], options: new Map([["policy", policy], ...options]) };
  return (await readCreateRequest(context, invocation, "aws")).request.credentials;
}

/** A text that was printed from its value would have lost its line break. */
const read = policy.replace("$!BUCKET_NAME!$", "bucket-1");

test("a custom policy is read once: what is attached is the text as it was given, not a copy that was printed", async () => {
  const permanent = await credentialsOf();
  expect(permanent.kind === "permanent" && permanent.policies.map(({ document }) => document.text)).toEqual([read]);
  const temporary = await credentialsOf(["duration", "1h"]);
  expect(temporary.kind === "temporary" && temporary.policy.text).toBe(read);
});

test("text, value and policy are of one document, and a new end makes another", async () => {
  const [given] = policiesForBuckets({ text: policy, name: "--policy", option: "--policy" }, ["bucket-1"]).values();
  expect(given?.policy.statements).toHaveLength(1);
  expect(given?.value.get("Version")).toBe("2012-10-17");
  const ended = await credentialsOf(["expires", "1d"]);
  const [document] = ended.kind === "permanent" ? ended.policies.map((one) => one.document) : [];
  expect(document?.text).toContain("aws:CurrentTime");
  expect(document?.policy.statements[0]?.conditions).toHaveLength(1);
});
