import { describe, expect, test } from "vitest";
import { policyOf, type Written } from "../test/scenario.ts";
import { parsePolicy } from "../parse/parse.ts";
import { checkNotGranted, type NamedAccess } from "./check-not-granted.ts";

/** `yes`, `unknown: …`, or the statements that grant something of it. */
function answer(
  statements: readonly Written[],
  access: Partial<NamedAccess>,
  kind: "identity" | "resource" = "identity",
) {
  const result = checkNotGranted(policyOf(statements, kind), { actions: [], resources: [], ...access });
  if (result.answer === "unknown") return `unknown: ${result.construct}`;
  return result.answer === "yes" ? "yes" : result.differences.map(({ statement }) => statement);
}

const get = { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::b/*" };
const list = { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::b" };
const denied = { Effect: "Deny", Action: "s3:PutObject", Resource: "*" };

describe("a policy grants nothing of these", () => {
  test.each<[string, Partial<NamedAccess>, unknown]>([
    ["an action that it has", { actions: ["s3:DeleteObject", "s3:GetObject"] }, [1]],
    ["an action that it has not", { actions: ["s3:DeleteObject"] }, "yes"],
    ["an action that it denies", { actions: ["s3:PutObject"] }, "yes"],
    ["a pattern of actions", { actions: ["s3:*Object"] }, [1]],
    ["a resource that it has", { resources: ["arn:aws:s3:::b/secret/*"] }, [1]],
    ["a resource that it has not", { resources: ["arn:aws:s3:::c/*"] }, "yes"],
    ["both, of one statement", { actions: ["s3:ListBucket"], resources: ["arn:aws:s3:::b"] }, [0]],
    ["both, never together", { actions: ["s3:ListBucket"], resources: ["arn:aws:s3:::b/*"] }, "yes"],
    ["a name with a $", { resources: ["arn:aws:s3:::b/${x}"] }, [1]],
    ["no action", { actions: ["what"] }, "unknown: names that are not patterns of actions and resources"],
  ])("%s", (_what, access, expected) => {
    expect(answer([list, get, denied], access)).toEqual(expected);
  });

  test("of a bucket", () => {
    const whom = { Principal: { AWS: "arn:aws:iam::111122223333:root" } };
    expect(answer([{ ...get, ...whom }], { actions: ["s3:GetObject"] }, "resource")).toEqual([0]);
    expect(answer([{ ...get, ...whom }], { actions: ["s3:ListBucket"] }, "resource")).toBe("yes");
  });

  test("of a role", () => {
    const trust = { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" };
    const web = {
      Effect: "Allow",
      Principal: { Federated: "accounts.google.com" },
      Action: "sts:AssumeRoleWithWebIdentity",
    };
    const { policy } = parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: [trust, web] }), "trust");
    if (policy === undefined) throw new Error("not a policy");
    const ask = (access: Partial<NamedAccess>) =>
      checkNotGranted(policy, { actions: [], resources: [], ...access }).answer;
    expect(ask({ actions: ["sts:AssumeRole"] })).toBe("no");
    expect(ask({ actions: ["sts:AssumeRoleWithWebIdentity"] })).toBe("no");
    expect(ask({ actions: ["sts:TagSession", "s3:GetObject"] })).toBe("yes");
    expect(ask({ resources: ["arn:aws:iam::111122223333:role/a"] })).toBe("unknown");
  });
});
