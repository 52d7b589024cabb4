import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const long = "a".repeat(2049);

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

describe("a value that is too long to be matched", () => {
  test.each([
    ["Allow", "StringLike"],
    ["Allow", "StringNotLike"],
    ["Deny", "StringLike"],
    ["Deny", "ForAnyValue:StringLike"],
  ] as const)("%s, %s: refused where a policy reads it", async (effect, operator) => {
    const bucket = await gateway.bucket();
    const target = `/${bucket}/key`;
    await gateway.send({ method: "PUT", target, body: "text" });
    const get = (agent: string) => gateway.send({ target, headers: { "user-agent": agent } });
    expect((await get(long)).status).toBe(200);
    const body = policyOn(bucket, effect, operator);
    expect((await gateway.send({ method: "PUT", target: `/${bucket}?policy`, body })).status).toBe(204);
    const refused = await get(long);
    expect(refused).toMatchObject({ status: 400, code: "InvalidRequest" });
    expect(refused.body).toContain("aws:useragent, whose value may have at most 2048 characters");
    expect((await get("a".repeat(2048))).status).toBe(200);
  });

  test("IAM refuses it too", async () => {
    const keys = await gateway.user("reader", {
      Effect: "Allow",
      Action: "iam:ListUsers",
      Resource: "*",
      Condition: { StringLike: { "aws:UserAgent": "*a" } },
    });
    const list = (agent: string) =>
      gateway.send({
        method: "POST",
        target: "/",
        service: "iam",
        keys,
        body: "Action=ListUsers&Version=2010-05-08",
        headers: { "user-agent": agent, "content-type": "application/x-www-form-urlencoded" },
      });
    expect((await list("aaa")).status).toBe(200);
    expect(await list(long)).toMatchObject({ status: 400, code: "InvalidRequest" });
  });
});
