import { badIamResource, parsePolicy } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import { awsManagedPolicies } from "./aws-managed-policies.ts";

describe.each([...awsManagedPolicies.values()])("$arn", ({ arn, policyId, path, name, document, ...policy }) => {
  test("is a sound identity policy under its own name", () => {
    const { policy: parsed, diagnostics } = parsePolicy(document, "identity");
    expect(diagnostics).toEqual([]);
    expect(parsed === undefined ? "unreadable" : badIamResource(parsed)).toBeUndefined();
    expect(arn).toBe(`arn:aws:iam::aws:policy${path}${name}`);
    expect(policyId).toMatch(/^ANPA[A-Z0-9]{17}$/);
    expect(policy.updatedAt).toBeGreaterThanOrEqual(policy.createdAt);
    expect(policy.defaultVersionId === "v1").toBe(policy.updatedAt === policy.createdAt);
  });
});

test("they have ids of their own", () => {
  const ids = [...awsManagedPolicies.values()].map(({ policyId }) => policyId);
  expect(new Set(ids).size).toBe(ids.length);
});
