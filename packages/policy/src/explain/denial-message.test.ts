import { describe, expect, test } from "vitest";
import { decideBoth } from "../test/compare-evaluators.ts";
import type { Decision, LayerName } from "../model/request.ts";
import { getObject, named, noLayers, principals, PUT } from "../test/scenario.ts";
import { describeDenial } from "./denial-message.ts";

const { user, anonymous, service } = principals;
const decision = (reason: Decision["reason"], layer: LayerName): Decision => ({
  allowed: reason === "allow",
  reason,
  layer,
  statement: undefined,
  unreadable: undefined,
});

describe("describeDenial", () => {
  test.each<readonly [Decision["reason"], LayerName, string]>([
    ["implicit-deny", "identity", "because no identity-based policy allows the s3:GetObject action"],
    ["implicit-deny", "resource", "because no resource-based policy allows the s3:GetObject action"],
    ["implicit-deny", "boundary", "because no permissions boundary allows the s3:GetObject action"],
    ["implicit-deny", "session", "because no session policy allows the s3:GetObject action"],
    ["implicit-deny", "guardrail", "with an explicit deny in a service control policy"],
    ["explicit-deny", "identity", "with an explicit deny in an identity-based policy"],
    ["explicit-deny", "resource", "with an explicit deny in a resource-based policy"],
    ["explicit-deny", "boundary", "with an explicit deny in a permissions boundary"],
    ["explicit-deny", "session", "with an explicit deny in a session policy"],
    ["explicit-deny", "guardrail", "with an explicit deny in a service control policy"],
  ])("%s in %s", (reason, layer, because) => {
    expect(describeDenial(decision(reason, layer), getObject(user))).toEqual({
      principal: "arn:aws:iam::111122223333:user/ann",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::b/k",
      reason: because,
      text: `User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" ${because}`,
    });
  });

  test("calls a role's resource policy its trust policy", () => {
    const request = { ...getObject(user), action: "sts:AssumeRole", resource: "arn:aws:iam::111122223333:role/r" };
    expect(describeDenial(decision("implicit-deny", "resource"), request)?.reason).toBe(
      "because no role trust policy allows the sts:AssumeRole action",
    );
    expect(describeDenial(decision("explicit-deny", "resource"), request)?.reason).toBe(
      "with an explicit deny in the role trust policy",
    );
  });

  test("writes resources of other services than S3 without quotes", () => {
    const request = { ...getObject(user), action: "iam:GetUser", resource: "user ann" };
    expect(describeDenial(decision("implicit-deny", "identity"), request)?.text).toBe(
      "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: iam:GetUser on resource: user ann because no identity-based policy allows the iam:GetUser action",
    );
  });

  test("leaves out a resource that is none", () => {
    for (const resource of ["*", "arn:aws:s3:::*"]) {
      const request = { ...getObject(user), action: "s3:ListAllMyBuckets", resource };
      const message = describeDenial(decision("implicit-deny", "identity"), request);
      expect(message).not.toHaveProperty("resource");
      expect(message?.text).toBe(
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action",
      );
    }
  });

  test("names callers without an ARN", () => {
    expect(describeDenial(decision("implicit-deny", "resource"), getObject(anonymous))?.principal).toBe("anonymous");
    expect(describeDenial(decision("implicit-deny", "resource"), getObject(service))?.principal).toBe(service.service);
  });

  test("says nothing of an allow, and the truth of a real denial", () => {
    expect(describeDenial(decision("allow", "identity"), getObject(user))).toBeUndefined();
    const denied = decideBoth({ ...noLayers, identity: [named(PUT, "identity")] }, getObject(user));
    expect(describeDenial(denied, getObject(user))?.reason).toBe(
      "because no identity-based policy allows the s3:GetObject action",
    );
  });
});
