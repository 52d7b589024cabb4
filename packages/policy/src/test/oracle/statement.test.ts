import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { GET, getObject, layersOf, principals, type Written } from "../scenario.ts";

const { user } = principals;

describe("statement elements", () => {
  const rows: readonly (readonly [string, Written, boolean])[] = [
    ["actions compare without case", { ...GET, Action: "S3:getobject" }, true],
    ["a wildcard in an action", { ...GET, Action: "s3:Get*" }, true],
    ["every action", { ...GET, Action: "*" }, true],
    ["NotAction of another", { Effect: "Allow", NotAction: "s3:PutObject", Resource: "*" }, true],
    ["NotAction of this one", { Effect: "Allow", NotAction: ["iam:*", "s3:Get*"], Resource: "*" }, false],
    ["NotResource of another", { Effect: "Allow", Action: "s3:*", NotResource: "arn:aws:s3:::b/x" }, true],
    ["NotResource of this one", { Effect: "Allow", Action: "s3:*", NotResource: ["arn:aws:s3:::b/k"] }, false],
    ["resources compare with case", { ...GET, Resource: "arn:aws:s3:::B/k" }, false],
    ["one of several resources", { ...GET, Resource: ["arn:aws:s3:::a/*", "arn:aws:s3:::b/?"] }, true],
    ["a sibling bucket", { ...GET, Resource: "arn:aws:s3:::b2/*" }, false],
    ["the bucket is not its objects", { ...GET, Resource: "arn:aws:s3:::b" }, false],
    [
      "all operators and keys must hold",
      { ...GET, Condition: { Bool: { "aws:SecureTransport": "true" }, StringEquals: { "aws:x": "y" } } },
      false,
    ],
  ];
  test.each(rows)("%s", (_name, identity, allowed) => {
    expect(evaluate(layersOf({ identity }), getObject(user)).allowed).toBe(allowed);
  });
});

describe("actions without a resource", () => {
  const list = (resource: string, element = "Resource"): boolean => {
    const statement = { Effect: "Allow", Action: ["s3:ListAllMyBuckets", "iam:ListUsers"], [element]: resource };
    return evaluate(layersOf({ identity: statement }), {
      ...getObject(user),
      resourceAccount: undefined,
      action: "s3:ListAllMyBuckets",
      resource: "*",
    }).allowed;
  };
  test.each([
    ["*", true],
    ["arn:aws:s3:::*", true],
    ["arn:aws:s3:::b", false],
    ["arn:aws:s3:::b/*", false],
    ["arn:aws:iam::*:user/*", false],
  ])("Resource %s: %s", (resource, allowed) => {
    expect(list(resource)).toBe(allowed);
  });
  test("NotResource of one bucket leaves the others", () => {
    expect(list("arn:aws:s3:::b", "NotResource")).toBe(true);
    expect(list("*", "NotResource")).toBe(false);
  });
  test("of another service need the wildcard", () => {
    const layers = layersOf({ identity: { Effect: "Allow", Action: "iam:ListUsers", Resource: "arn:aws:s3:::*" } });
    expect(evaluate(layers, { ...getObject(user), action: "iam:ListUsers", resource: "*" }).allowed).toBe(false);
  });
});
