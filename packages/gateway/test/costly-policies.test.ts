import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const long = "a".repeat(5000);
const everything = { Effect: "Allow", Action: "s3:*", Resource: "*" };

function policyOn(bucket: string, Effect: "Allow" | "Deny", operator: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect,
      Principal: { AWS: gateway.accountId },
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${bucket}/*`,
      Condition: { [operator]: { "aws:UserAgent": `*${"a".repeat(1000)}b` } },
    },
  });
}

describe("a long value of a condition key", () => {
  test.each([
    ["Allow", "StringLike", "a", 200],
    ["Deny", "StringLike", "a", 200],
    ["Deny", "StringLike", "b", 403],
    ["Deny", "StringNotLike", "a", 403],
    ["Deny", "ForAnyValue:StringLike", "b", 403],
  ] as const)("%s, %s, ending in %s: matched as any other", async (effect, operator, end, status) => {
    const bucket = await gateway.bucket();
    const target = `/${bucket}/key`;
    const keys = await gateway.user(`reader-${bucket}`, everything);
    await gateway.send({ method: "PUT", target, body: "text" });
    const body = policyOn(bucket, effect, operator);
    expect((await gateway.send({ method: "PUT", target: `/${bucket}?policy`, body })).status).toBe(204);
    const got = await gateway.send({ target, keys, headers: { "user-agent": long + end } });
    expect(got.status).toBe(status);
  });
});

/** A DeleteObjects request for as many keys of this length and a little more. */
function deletion(bucket: string, count: number, length: number) {
  const keys = Array.from({ length: count }, (_, at) => `<Object><Key>${"a".repeat(length)}${at}</Key></Object>`);
  const body = `<Delete>${keys.join("")}</Delete>`;
  const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
  return { method: "POST", target: `/${bucket}?delete`, body, headers };
}

describe("policies that are costly to decide", () => {
  test("a thousand long keys against long runs of equal characters are decided", async () => {
    const bucket = await gateway.bucket();
    const slow = { Effect: "Deny", Action: "s3:*", Resource: `arn:aws:s3:::*/*${"a".repeat(900)}b` };
    const keys = await gateway.user("linear", everything, slow);
    const sent = await gateway.send({ ...deletion(bucket, 1000, 1000), keys });
    expect(sent.status).toBe(200);
    expect(sent.body.match(/<Deleted>/g)).toHaveLength(1000);
  });

  test("what would cost the product of pattern and key a thousand times is refused whole, and fewer keys are not", async () => {
    const bucket = await gateway.bucket();
    await gateway.send({ method: "PUT", target: `/${bucket}/${"a".repeat(1000)}0`, body: "kept" });
    const slow = { Effect: "Deny", Action: "s3:*", Resource: `arn:aws:s3:::*/*a?${"a".repeat(900)}b*` };
    const keys = await gateway.user("product", everything, slow);
    const remove = (count: number) => gateway.send({ ...deletion(bucket, count, 1000), keys });
    const refused = await remove(1000);
    expect(refused).toMatchObject({ status: 400, code: "InvalidRequest" });
    expect(refused.body).toContain("ask for fewer");
    expect((await gateway.send({ target: `/${bucket}/${"a".repeat(1000)}0` })).body).toBe("kept");
    expect((await remove(10)).status).toBe(200);
  });

  test("a simulation that costs too much is refused", async () => {
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::*${"a?".repeat(2500)}*` },
    });
    const body = new URLSearchParams({
      Action: "SimulateCustomPolicy",
      Version: "2010-05-08",
      "PolicyInputList.member.1": policy,
      "ActionNames.member.1": "s3:GetObject",
      "ResourceArns.member.1": `arn:aws:s3:::${"a".repeat(2000)}`,
    });
    const refused = await gateway.send({
      method: "POST",
      target: "/",
      service: "iam",
      body: String(body),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(refused).toMatchObject({ status: 400, code: "ValidationError" });
  });
});
