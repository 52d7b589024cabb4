import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePolicy } from "./parse.ts";
import { policyDocument, policySize, printPolicy } from "./print.ts";

function printed(text: string): string {
  const { policy } = parsePolicy(text, "resource");
  if (policy === undefined) throw new Error(`${text} is refused`);
  return printPolicy(policy);
}

describe("a printed policy", () => {
  test("has its elements in the order of the grammar, without white space", () => {
    const text = `{
      "Statement": [ {
        "Condition": { "Bool": { "aws:SecureTransport": false }, "NumericEquals": { "s3:max-keys": [ 1, "2" ] } },
        "NotResource": [ "arn:aws:s3:::b" ], "NotAction": "s3:get*",
        "NotPrincipal": { "Service": [ "s3.amazonaws.com" ], "AWS": "111122223333" }, "Effect": "Deny", "Sid": "a b"
      } ],
      "Id": "\\u0041", "Version": "2012-10-17" }`;
    expect(printed(text)).toBe(
      '{"Version":"2012-10-17","Id":"A","Statement":[{"Sid":"a b","Effect":"Deny",' +
        '"NotPrincipal":{"Service":["s3.amazonaws.com"],"AWS":"111122223333"},"NotAction":"s3:get*",' +
        '"NotResource":["arn:aws:s3:::b"],' +
        '"Condition":{"Bool":{"aws:SecureTransport":false},"NumericEquals":{"s3:max-keys":[1,"2"]}}}]}',
    );
  });

  test("keeps single values single, an absent version absent, and text as text", () => {
    const text =
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",' +
      '"Condition":{"StringEquals":{"aws:x":"1","__proto__:y":["\\ud800"]}}}}';
    expect(printed(text)).toBe(text);
  });

  test("has a number as text where the number would be printed otherwise", () => {
    const statement = '{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":';
    const given = `{"Statement":${statement}{"NumericEquals":{"s3:a":[1.50,1e2,-0,10000000000000000000001,7]}}}}`;
    expect(printed(given)).toBe(
      `{"Statement":${statement}{"NumericEquals":{"s3:a":["1.50","1e2","-0","10000000000000000000001",7]}}}}`,
    );
  });

  test("changes nothing outside itself", () => {
    const text =
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",' +
      '"Condition":{"StringEquals":{"__proto__:polluted":"yes"}}}}';
    const { policy } = parsePolicy(text, "resource");
    if (policy === undefined) throw new Error("refused");
    policyDocument(policy);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

// "IAM doesn't count white space when calculating the size of a policy against these quotas."
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
describe("the size of a policy", () => {
  test.each([
    ["", 0],
    [" \t\r\n", 0],
    ["{}", 2],
    ["{ }", 2],
    ['{"a": "b"}', 9],
    ['{ "a" : [ 1 , true ] }', 14],
    ['"a b\tc"', 7],
    ['"\\" \\\\ "', 8],
    ['"\\\\" "x"', 7],
    ['"\\u0020" ', 8],
    ["\u00a0", 1],
    ['"é☂"', 4],
  ])("of %j is %i", (text, size) => {
    expect(policySize(text)).toBe(size);
  });

  test("is the length without white space between tokens, and never fails", () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: "binary" }), (text) => {
        expect(policySize(text)).toBe(text.length);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const size = policySize(text);
        expect(size).toBeGreaterThanOrEqual(text.replaceAll(/[ \t\r\n]/g, "").length);
      }),
    );
  });
});
