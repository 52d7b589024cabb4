import { describe, expect, test } from "vitest";
import { parsePolicy } from "../parse/parse.ts";
import { publicBucketPolicy, readOnlyPolicy, readWritePolicy, writeOnlyPolicy } from "./bucket-policies.ts";
import { checkBucketName, checkPrefix } from "./check-names.ts";

describe("templates", () => {
  test("read-only under a prefix", () => {
    expect(JSON.stringify(readOnlyPolicy("my-s3-bucket", { prefix: "my-prefix/" }))).toBe(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetBucketLocation"],"Resource":["arn:aws:s3:::my-s3-bucket"]},' +
        '{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::my-s3-bucket"],"Condition":{"StringLike":{"s3:prefix":["my-prefix/*"]}}},' +
        '{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectAcl","s3:GetObjectLegalHold","s3:GetObjectRetention","s3:GetObjectTagging"],' +
        '"Resource":["arn:aws:s3:::my-s3-bucket/my-prefix/*"]}]}',
    );
  });

  test("public", () => {
    expect(JSON.stringify(publicBucketPolicy("my-s3-bucket"))).toBe(
      '{"Version":"2012-10-17","Statement":[{"Sid":"AllowAllGetObject","Effect":"Allow","Principal":"*","Action":["s3:GetObject"],' +
        '"Resource":["arn:aws:s3:::my-s3-bucket/*"]}]}',
    );
  });

  test.each([readWritePolicy, readOnlyPolicy, writeOnlyPolicy])("each is a policy the parser takes", (template) => {
    for (const prefix of [undefined, "a/", "a/*"]) {
      const text = JSON.stringify(template("bucket", prefix === undefined ? {} : { prefix }));
      expect(parsePolicy(text, "identity").diagnostics).toEqual([]);
      expect(text).not.toContain("**");
    }
  });

  test("names that widen are refused", () => {
    for (const name of ["*", "a*", "?bc", "a${aws:username}"]) expect(checkBucketName(name)).toBeDefined();
    expect(checkBucketName("static.niche-museums.com")).toBeUndefined();
    for (const prefix of ["a*b", "?", "${aws:username}/", "**"]) expect(checkPrefix(prefix).error).toBeDefined();
    expect(checkPrefix("tenant1").warnings[0]).toContain("tenant10");
    expect(checkPrefix("tenant1/")).toEqual({ warnings: [] });
    expect(checkPrefix("/a/").warnings).toHaveLength(1);
  });

  test("several prefixes share the statements", () => {
    const policy = JSON.stringify(readOnlyPolicy("b-1", { prefix: "a/", alsoPrefixes: ["c/*"] }));
    expect(policy).toContain('"Condition":{"StringLike":{"s3:prefix":["a/*","c/*"]}}');
    expect(policy).toContain('"Resource":["arn:aws:s3:::b-1/a/*","arn:aws:s3:::b-1/c/*"]');
  });
});
