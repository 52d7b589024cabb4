import { describe, expect, test } from "vitest";
import { compileLayers } from "./compile-policy.ts";
import { trace } from "./trace.ts";
import { decideBoth } from "../test/compare-evaluators.ts";
import type { Principal } from "../model/request.ts";
import type { DocumentLayers } from "../test/oracle/evaluate.ts";
import {
  ABROAD,
  DENY_GET,
  GET,
  HOME,
  PUT,
  aws,
  contextOf,
  getObject,
  layersOf,
  named,
  noLayers,
  outcomeOf,
  principals,
  to,
  toAccount,
  toAccountRoot,
  toCanonical,
  toEveryone,
  toFederated,
  toRole,
  toRoleId,
  toSession,
  toUser,
  toUserId,
  type Given,
  type Written,
} from "../test/scenario.ts";

const { anonymous, root, user, userSession, sessionToken, federatedUser, roleSession, service } = principals;

type Row = readonly [name: string, who: Principal, given: Given, outcome: string, owner?: string];

function table(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    for (const [scenario, who, given, outcome, owner] of rows) {
      test(scenario, () => {
        expect(outcomeOf(given, who, owner)).toBe(outcome);
      });
    }
  });
}

table("one account, identity policies alone", [
  ["nothing allows", user, {}, "implicit-deny identity"],
  ["identity allows", user, { identity: GET }, "allow identity"],
  ["identity allows something else", user, { identity: PUT }, "implicit-deny identity"],
  ["identity denies", user, { identity: DENY_GET }, "explicit-deny identity"],
  ["the boundary grants nothing by itself", user, { boundary: GET }, "implicit-deny identity"],
  ["boundary allows too", user, { identity: GET, boundary: GET }, "allow identity"],
  ["boundary is silent", user, { identity: GET, boundary: PUT }, "implicit-deny boundary"],
  ["boundary denies", user, { identity: GET, boundary: DENY_GET }, "explicit-deny boundary"],
  ["a role session without session policy", roleSession, { identity: GET }, "allow identity"],
  ["the session policy grants nothing by itself", roleSession, { sessions: [GET] }, "implicit-deny identity"],
  ["session allows too", roleSession, { identity: GET, sessions: [GET] }, "allow identity"],
  ["session is silent", roleSession, { identity: GET, sessions: [PUT] }, "implicit-deny session"],
  ["session denies", roleSession, { identity: GET, sessions: [DENY_GET] }, "explicit-deny session"],
  [
    "every session of a chain must allow",
    roleSession,
    { identity: GET, sessions: [GET, PUT] },
    "implicit-deny session",
  ],
  ["a user session within its policy", userSession, { identity: GET, sessions: [GET] }, "allow identity"],
  ["a user session outside its policy", userSession, { identity: GET, sessions: [PUT] }, "implicit-deny session"],
  ["a user session without policy is the user", userSession, { identity: GET }, "allow identity"],
  ["a federated user within its policy", federatedUser, { identity: GET, sessions: [GET] }, "allow identity"],
  ["a federated user without policy has nothing", federatedUser, { identity: GET }, "implicit-deny session"],
  ["guardrail allows", user, { guardrails: [GET], identity: GET }, "allow identity"],
  ["every guardrail level must allow", user, { guardrails: [GET, PUT], identity: GET }, "implicit-deny guardrail"],
  ["guardrail denies", user, { guardrails: [DENY_GET], identity: GET }, "explicit-deny guardrail"],
]);

test("a resource without an owner counts as the caller's", () => {
  const unowned = { ...getObject(user), resourceAccount: undefined };
  expect(decideBoth(layersOf({ identity: GET }), unowned)).toMatchObject({ allowed: true, layer: "identity" });
  expect(decideBoth(noLayers, { ...unowned, principal: root })).toMatchObject({ allowed: true, layer: "root" });
});

table("one account, resource policies", [
  ["the user is named", user, { resource: toUser }, "allow resource"],
  ["the user's id is named", user, { resource: toUserId }, "allow resource"],
  ["another user is named", user, { resource: to(aws(`${user.arn}a`)) }, "implicit-deny identity"],
  ["ARNs compare with case", user, { resource: to(aws(`arn:aws:iam::${HOME}:user/Ann`)) }, "implicit-deny identity"],
  ["a named user is not limited by the boundary", user, { resource: toUser, boundary: PUT }, "allow resource"],
  ["but by a Deny of the boundary", user, { resource: toUser, boundary: DENY_GET }, "explicit-deny boundary"],
  ["and by a Deny of identity", user, { resource: toUser, identity: DENY_GET }, "explicit-deny identity"],
  ["and by a guardrail", user, { resource: toUser, guardrails: [PUT] }, "implicit-deny guardrail"],
  ["the account is named: it delegates only", user, { resource: toAccount }, "implicit-deny identity"],
  ["the account's root ARN is the account", user, { resource: toAccountRoot }, "implicit-deny identity"],
  ["the canonical user is the account", user, { resource: toCanonical }, "implicit-deny identity"],
  ["the account and identity", user, { resource: toAccount, identity: GET }, "allow identity"],
  ["everyone", user, { resource: toEveryone }, "allow resource"],
  ["everyone, as AWS list", user, { resource: to(aws("*")) }, "allow resource"],
  ["everyone is within the boundary", user, { resource: toEveryone, boundary: PUT }, "implicit-deny boundary"],
  ["a role is named", roleSession, { resource: toRole }, "allow resource"],
  ["a role's id is named", roleSession, { resource: toRoleId }, "allow resource"],
  ["a named role is within the boundary", roleSession, { resource: toRole, boundary: PUT }, "implicit-deny boundary"],
  [
    "a named role is within the session policy",
    roleSession,
    { resource: toRole, sessions: [PUT] },
    "implicit-deny session",
  ],
  ["a named role within both", roleSession, { resource: toRole, boundary: GET, sessions: [GET] }, "allow resource"],
  ["a role session is named", roleSession, { resource: toSession, boundary: PUT, sessions: [PUT] }, "allow resource"],
  [
    "a role session's id is named",
    roleSession,
    { resource: to(aws(`${roleSession.roleId}:monday`)), sessions: [PUT] },
    "allow resource",
  ],
  [
    "another session of the role is named",
    roleSession,
    { resource: to(aws(`${roleSession.roleId}:friday`)) },
    "implicit-deny identity",
  ],
  ["a named session with a Deny", roleSession, { resource: toSession, sessions: [DENY_GET] }, "explicit-deny session"],
  [
    "everyone is within the session policy",
    roleSession,
    { resource: toEveryone, sessions: [PUT] },
    "implicit-deny session",
  ],
  ["a federated user is named", federatedUser, { resource: toFederated, sessions: [PUT] }, "allow resource"],
  ["a named federated user without policy", federatedUser, { resource: toFederated }, "allow resource"],
  ["the federated user's user is named", federatedUser, { resource: toUser, sessions: [PUT] }, "implicit-deny session"],
  [
    "the federated user's user, within the policy",
    federatedUser,
    { resource: toUser, sessions: [GET] },
    "allow resource",
  ],
  ["a user session whose user is named", userSession, { resource: toUser, sessions: [GET] }, "allow resource"],
  [
    "a user session is never beyond its policy",
    userSession,
    { resource: toUser, sessions: [PUT] },
    "implicit-deny session",
  ],
  ["nor beyond the boundary", userSession, { resource: toUser, boundary: PUT }, "implicit-deny boundary"],
  ["but one of GetSessionToken is the user", sessionToken, { resource: toUser, boundary: PUT }, "allow resource"],
  ["not even for everyone", userSession, { resource: toEveryone, sessions: [PUT] }, "implicit-deny session"],
  ["the strongest grant counts", user, { resource: [toAccount, toEveryone, toUser], boundary: PUT }, "allow resource"],
  ["a Deny for the user", user, { resource: { ...toUser, Effect: "Deny" }, identity: GET }, "explicit-deny resource"],
  [
    "a Deny for the account",
    user,
    { resource: { ...toAccount, Effect: "Deny" }, identity: GET },
    "explicit-deny resource",
  ],
  [
    "a Deny for the role",
    roleSession,
    { resource: { ...toRole, Effect: "Deny" }, identity: GET },
    "explicit-deny resource",
  ],
  ["a Deny for somebody else", user, { resource: { ...toRole, Effect: "Deny" }, identity: GET }, "allow identity"],
  [
    "a Deny for the user meets his sessions",
    userSession,
    { resource: { ...toUser, Effect: "Deny" }, identity: GET },
    "explicit-deny resource",
  ],
  [
    "and those he federated",
    federatedUser,
    { resource: { ...toUser, Effect: "Deny" }, identity: GET, sessions: [GET] },
    "explicit-deny resource",
  ],
]);

// "…do not limit permissions granted using the aws:PrincipalArn condition key with a wildcard(*)".
describe("everyone with aws:PrincipalArn", () => {
  const grant = (condition: Written): Written => ({ ...toEveryone, Condition: condition });
  const isReader = { ArnEquals: { "aws:PrincipalArn": roleSession.roleArn } };
  const allowed = (who: Principal, given: Given): string => {
    const request = { ...getObject(who), context: contextOf({ "aws:PrincipalArn": roleSession.roleArn }) };
    const { reason, layer } = decideBoth(layersOf(given), request);
    return `${reason} ${layer}`;
  };

  test("is not limited by boundary and session policies", () => {
    expect(allowed(roleSession, { resource: grant(isReader), boundary: PUT, sessions: [PUT] })).toBe("allow resource");
  });
  test("is limited by a Deny in them", () => {
    expect(allowed(roleSession, { resource: grant(isReader), sessions: [DENY_GET] })).toBe("explicit-deny session");
  });
  test("does not free a user's self-scoped session", () => {
    expect(allowed(userSession, { resource: grant(isReader), sessions: [PUT] })).toBe("implicit-deny session");
  });
  test.each([
    ["a negated operator", { ArnNotEquals: { "aws:PrincipalArn": "arn:aws:iam::1:role/x" } }],
    ["IfExists", { ArnEqualsIfExists: { "aws:PrincipalArn": roleSession.roleArn } }],
    ["ForAllValues", { "ForAllValues:ArnEquals": { "aws:PrincipalArn": roleSession.roleArn } }],
    ["another key", { Null: { "aws:username": "true" } }],
  ])("with %s names nobody", (_name, condition) => {
    expect(allowed(roleSession, { resource: grant(condition), sessions: [PUT] })).toBe("implicit-deny session");
  });
});

table("anonymous, services and root", [
  ["anonymous without a policy", anonymous, {}, "implicit-deny resource"],
  ["anonymous and everyone", anonymous, { resource: toEveryone }, "allow resource"],
  ["anonymous and an account", anonymous, { resource: toAccount }, "implicit-deny resource"],
  ["anonymous is not helped by identity", anonymous, { identity: GET }, "implicit-deny resource"],
  [
    "the guardrails of the resource's account limit anonymous callers",
    anonymous,
    { resource: toEveryone, guardrails: [DENY_GET] },
    "explicit-deny guardrail",
  ],
  ["and need an Allow for them too", anonymous, { resource: toEveryone, guardrails: [PUT] }, "implicit-deny guardrail"],
  ["anonymous and a Deny", anonymous, { resource: [toEveryone, to("*", DENY_GET)] }, "explicit-deny resource"],
  ["a service that is named", service, { resource: to({ Service: service.service }) }, "allow resource"],
  ["another service", service, { resource: to({ Service: "sns.amazonaws.com" }) }, "implicit-deny resource"],
  [
    "and services",
    service,
    { resource: to({ Service: service.service }), guardrails: [DENY_GET] },
    "explicit-deny guardrail",
  ],
  ["root needs nothing", root, {}, "allow root"],
  ["root and a Deny on the resource", root, { resource: to(aws(root.arn), DENY_GET) }, "explicit-deny resource"],
  ["root and a Deny for everyone", root, { resource: to("*", DENY_GET) }, "explicit-deny resource"],
  ["root and a guardrail", root, { guardrails: [PUT] }, "implicit-deny guardrail"],
  ["root and a guardrail's Deny", root, { guardrails: [DENY_GET] }, "explicit-deny guardrail"],
  ["root is not a user", root, { resource: { ...toUser, Effect: "Deny" } }, "allow root"],
]);

table("two accounts", [
  ["both sides allow", user, { identity: GET, resource: toUser }, "allow resource", ABROAD],
  ["the resource names the account", user, { identity: GET, resource: toAccount }, "allow resource", ABROAD],
  ["the resource names the canonical user", user, { identity: GET, resource: toCanonical }, "allow resource", ABROAD],
  ["the resource is for everyone", user, { identity: GET, resource: toEveryone }, "allow resource", ABROAD],
  ["identity alone", user, { identity: GET }, "implicit-deny resource", ABROAD],
  ["resource alone", user, { resource: toUser }, "implicit-deny identity", ABROAD],
  ["everyone is not an exception", user, { resource: toEveryone }, "implicit-deny identity", ABROAD],
  [
    "the boundary limits a named user",
    user,
    { identity: GET, resource: toUser, boundary: PUT },
    "implicit-deny boundary",
    ABROAD,
  ],
  [
    "the session limits a named session",
    roleSession,
    { identity: GET, resource: toSession, sessions: [PUT] },
    "implicit-deny session",
    ABROAD,
  ],
  ["the role is named", roleSession, { identity: GET, resource: toRole, sessions: [GET] }, "allow resource", ABROAD],
  [
    "the resource names its own account",
    user,
    { identity: GET, resource: to(aws(ABROAD)) },
    "implicit-deny resource",
    ABROAD,
  ],
  ["a Deny abroad", user, { identity: GET, resource: [toUser, to("*", DENY_GET)] }, "explicit-deny resource", ABROAD],
  ["root alone", root, {}, "implicit-deny resource", ABROAD],
  ["root and its account", root, { resource: toAccount }, "allow resource", ABROAD],
  ["root and a user of its account", root, { resource: toUser }, "implicit-deny resource", ABROAD],
  ["anonymous", anonymous, { resource: toEveryone }, "allow resource", ABROAD],
  [
    "guardrails are the caller's",
    user,
    { identity: GET, resource: toUser, guardrails: [PUT] },
    "implicit-deny guardrail",
    ABROAD,
  ],
]);

const not = (effect: "Allow" | "Deny", ...ids: string[]): Written => ({
  ...GET,
  Effect: effect,
  NotPrincipal: aws(...ids),
});
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
table("NotPrincipal", [
  [
    "Deny spares user and account",
    user,
    { identity: GET, resource: not("Deny", user.arn, root.arn) },
    "allow identity",
  ],
  ["Deny needs the account too", user, { identity: GET, resource: not("Deny", user.arn) }, "explicit-deny resource"],
  ["Deny needs the user too", user, { identity: GET, resource: not("Deny", root.arn) }, "explicit-deny resource"],
  [
    "Deny for all others",
    user,
    { identity: GET, resource: not("Deny", `${user.arn}2`, root.arn) },
    "explicit-deny resource",
  ],
  [
    "Deny spares session, role and account",
    roleSession,
    { identity: GET, resource: not("Deny", roleSession.arn, roleSession.roleArn, HOME) },
    "allow identity",
  ],
  [
    "Deny needs the role too",
    roleSession,
    { identity: GET, resource: not("Deny", roleSession.arn, HOME) },
    "explicit-deny resource",
  ],
  [
    "Deny needs the session too",
    roleSession,
    { identity: GET, resource: not("Deny", roleSession.roleArn, HOME) },
    "explicit-deny resource",
  ],
  ["Deny spares root by the account", root, { resource: not("Deny", HOME) }, "allow root"],
  [
    "Deny meets anonymous",
    anonymous,
    { resource: [toEveryone, not("Deny", user.arn, HOME)] },
    "explicit-deny resource",
  ],
  [
    "Deny spares a user session as its user",
    userSession,
    { identity: GET, resource: not("Deny", user.arn, HOME) },
    "allow identity",
  ],
  ["Allow for all others", user, { resource: not("Allow", `${user.arn}2`) }, "allow resource"],
  ["Allow for all others, anonymous too", anonymous, { resource: not("Allow", user.arn) }, "allow resource"],
  ["Allow leaves out the user", user, { resource: not("Allow", user.arn) }, "implicit-deny identity"],
  ["Allow leaves out the account's users", user, { resource: not("Allow", HOME) }, "implicit-deny identity"],
  [
    "Allow leaves out the role's sessions",
    roleSession,
    { resource: not("Allow", roleSession.roleArn) },
    "implicit-deny identity",
  ],
]);

describe("root of the bucket's owner and the bucket policy", () => {
  const locked = layersOf({ resource: { ...to("*", DENY_GET), Action: "s3:*", Resource: "arn:aws:s3:::b" } });
  const ask = (who: Principal, action: string, layers: DocumentLayers, owner: string): boolean =>
    decideBoth(layers, { ...getObject(who, owner), action, resource: "arn:aws:s3:::b" }).allowed;

  test.each(["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"])(
    "%s is never locked out",
    (action) => {
      expect(ask(root, action, locked, HOME)).toBe(true);
      expect(
        ask(
          root,
          action,
          { ...noLayers, resource: { kind: "resource", policy: { name: "b", policy: "unreadable" } } },
          HOME,
        ),
      ).toBe(true);
      expect(ask(user, action, locked, HOME)).toBe(false);
      expect(ask(root, action, locked, ABROAD)).toBe(false);
      const open = layersOf({
        resource: [
          { ...toEveryone, Action: "s3:*", Resource: "*" },
          to("*", { ...DENY_GET, Action: "s3:*", Resource: "*" }),
        ],
      });
      expect(ask(root, action, open, ABROAD)).toBe(false);
      const guarded = { ...locked, guardrails: [[named({ ...PUT, Resource: "*" }, "guardrail")]] };
      expect(ask(root, action, guarded, HOME)).toBe(false);
    },
  );
  test("other actions are", () => {
    expect(ask(root, "s3:ListBucket", locked, HOME)).toBe(false);
  });
});

describe("the decision", () => {
  test("names the granting and the denying statement", () => {
    const identity = [named([PUT, { ...GET, Sid: "Read" }], "identity", "inline")];
    expect(decideBoth({ ...noLayers, identity }, getObject(user)).statement).toEqual({
      policyName: "inline",
      index: 1,
      sid: "Read",
    });
    const denying = [...identity, named([DENY_GET], "identity", "no")];
    expect(decideBoth({ ...noLayers, identity: denying }, getObject(user)).statement).toEqual({
      policyName: "no",
      index: 0,
    });
    expect(decideBoth(noLayers, getObject(user)).statement).toBeUndefined();
  });

  test("traces every statement with the first element that did not match", () => {
    const conditional = { ...GET, Sid: "Tls", Condition: { Bool: { "aws:SecureTransport": "false" } } };
    const layers: DocumentLayers = {
      guardrails: [[named({ ...GET, Action: "*", Resource: "*" }, "guardrail")]],
      identity: [named([PUT, { ...GET, Resource: "arn:aws:s3:::c/*" }, conditional, GET], "identity")],
      boundary: named(GET, "boundary"),
      sessions: [],
      resource: { kind: "resource", policy: named(toRole, "resource") },
    };
    const { levels } = trace(compileLayers(layers), getObject(user));
    const rows = levels.flatMap(({ layer, policies }) =>
      policies.flatMap(({ statements = [] }) =>
        statements.map(({ applies, failedAt, decided }) => [layer, applies, failedAt, decided]),
      ),
    );
    expect(rows).toEqual([
      ["guardrail", true, undefined, false],
      ["resource", false, "principal", false],
      ["identity", false, "action", false],
      ["identity", false, "resource", false],
      ["identity", false, "condition", false],
      ["identity", true, undefined, true],
      ["boundary", true, undefined, false],
    ]);
    expect(levels[2]?.policies[0]?.statements?.[2]).toMatchObject({
      sid: "Tls",
      conditions: [
        { operator: "Bool", key: "aws:SecureTransport", expected: ["false"], actual: ["true"], holds: false },
      ],
    });
  });
});
