/** Effective access is inside every layer, but for the documented grants. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy, PolicyKind, Statement } from "../model/policy.ts";
import { decideBoth } from "../test/compare-evaluators.ts";
import type { AccessRequest, Decision, Principal } from "../model/request.ts";
import type { DocumentLayers } from "../test/oracle/evaluate.ts";
import { compileLayers } from "./compile-policy.ts";
import type { NamedPolicy } from "./program.ts";
import { trace } from "./trace.ts";
import { ABROAD, CANONICAL, contextOf, HOME, noLayers, policyOf, principals, type Written } from "../test/scenario.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 300);

const ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:PutBucketPolicy", "iam:CreateUser", "sts:AssumeRole"] as const;
const RESOURCES = [
  "arn:aws:s3:::b/home/ann/x",
  "arn:aws:s3:::b/k",
  "arn:aws:s3:::b",
  "arn:aws:iam::111122223333:user/ann",
  "*",
] as const;

const mostlyAllow = fc.constantFrom("Allow", "Allow", "Allow", "Deny");
const actionPattern = fc.constantFrom("*", "s3:*", "s3:Get*", "iam:*", "sts:AssumeRole", "s3:PutObject");
const resourcePattern = fc.constantFrom(
  "*",
  "arn:aws:s3:::b/*",
  "arn:aws:s3:::b",
  "arn:aws:s3:::b/home/${aws:username}/*",
  "arn:aws:iam::*:*",
);
const condition = fc.constantFrom<Written | undefined>(
  undefined,
  undefined,
  undefined,
  { Bool: { "aws:SecureTransport": "true" } },
  { StringNotEquals: { "aws:username": "ann" } },
  { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } },
  { "ForAnyValue:StringNotEquals": { "aws:TagKeys": ["a", "b"] } },
  { NumericLessThan: { "s3:max-keys": 10 } },
  { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:*" } },
);

const list = (pattern: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.array(pattern, { minLength: 1, maxLength: 2 });

/** Joins generated pieces of a statement; a condition is there or not. */
function joined(pieces: readonly (Written | undefined)[]): Written {
  return Object.fromEntries(pieces.flatMap((piece) => Object.entries(piece ?? {})));
}

const body = fc
  .tuple(
    fc.record({ Effect: mostlyAllow }),
    fc.oneof(fc.record({ Action: list(actionPattern) }), fc.record({ NotAction: list(actionPattern) })),
    fc.oneof(fc.record({ Resource: list(resourcePattern) }), fc.record({ NotResource: list(resourcePattern) })),
    condition.map((written) => (written === undefined ? undefined : { Condition: written })),
  )
  .map(joined);

const { user, federatedUser, roleSession, service } = principals;
const principalValue = fc.constantFrom<unknown>(
  "*",
  { AWS: HOME },
  { CanonicalUser: CANONICAL },
  { AWS: user.arn },
  { AWS: user.userId },
  { AWS: roleSession.roleArn },
  { AWS: roleSession.roleId },
  { AWS: roleSession.arn },
  { AWS: federatedUser.arn },
  { AWS: [user.arn, roleSession.arn, HOME] },
  { Service: service.service },
);
const named = (value: unknown, element: string): Written => ({ [value === "*" ? "Principal" : element]: value });
const resourceBody = fc
  .tuple(
    body,
    fc.tuple(principalValue, fc.constantFrom("Principal", "Principal", "NotPrincipal")).map((pair) => named(...pair)),
  )
  .map(joined);

function policies(statement: fc.Arbitrary<Written>, kind: PolicyKind, maxLength: number): fc.Arbitrary<NamedPolicy[]> {
  const policy = fc
    .array(statement, { minLength: 1, maxLength: 3 })
    .map((statements): NamedPolicy => ({ name: kind, policy: policyOf(statements, kind) }));
  return fc.array(policy, { minLength: 1, maxLength });
}

const layers: fc.Arbitrary<DocumentLayers> = fc.record({
  guardrails: fc.array(policies(body, "guardrail", 1), { maxLength: 1 }),
  identity: fc.oneof(fc.constant([]), policies(body, "identity", 2)),
  boundary: fc.oneof(
    fc.constant("none" as const),
    policies(body, "boundary", 1).map(([one]) => one ?? ("none" as const)),
  ),
  sessions: fc.array(policies(body, "session", 2), { maxLength: 2 }),
  resource: fc.oneof(
    fc.constant("none" as const),
    policies(resourceBody, "resource", 1).map(([policy]) =>
      policy === undefined ? ("none" as const) : ({ kind: "resource", policy } as const),
    ),
  ),
});

const tagKeys = fc.constantFrom<readonly string[] | undefined>(undefined, [], ["a"], ["a", "c"], ["c"]);
const request: fc.Arbitrary<AccessRequest> = fc
  .tuple(
    fc.constantFrom<Principal>(...Object.values(principals)),
    fc.constantFrom(...ACTIONS),
    fc.constantFrom(...RESOURCES),
    fc.constantFrom(HOME, ABROAD, undefined),
    tagKeys,
    fc.constantFrom("5", "50", "many"),
  )
  .map(([principal, action, resource, resourceAccount, keys, maxKeys]) => ({
    principal,
    action,
    resource,
    resourceAccount,
    context: contextOf({
      "aws:SecureTransport": "true",
      "s3:max-keys": maxKeys,
      ...("userName" in principal ? { "aws:username": principal.userName } : {}),
      ...("arn" in principal
        ? { "aws:PrincipalArn": principal.kind === "role-session" ? principal.roleArn : principal.arn }
        : {}),
      ...(keys === undefined ? {} : { "aws:TagKeys": keys }),
    }),
  }));

/** What these policies alone, as an identity's, say of the request. */
function alone(attached: readonly NamedPolicy[], asked: AccessRequest): Decision {
  return decideBoth({ ...noLayers, identity: attached }, { ...asked, principal: user, resourceAccount: HOME });
}

/** The ARNs and ids a caller is named by directly. A self-scoped session has none. */
function ownNames(principal: Principal): readonly string[] {
  const isUser = principal.kind === "user" || (principal.kind === "user-session" && principal.token === true);
  if (isUser) return [principal.arn, principal.userId];
  if (principal.kind === "role-session") return [principal.arn, `${principal.roleId}:${principal.sessionName}`];
  return principal.kind === "federated-user" ? [principal.arn] : [];
}

/** Read from the document as written: an Allow that names the caller itself, or everyone by `aws:PrincipalArn`. */
function isNamed({ resource }: DocumentLayers, { principal, resourceAccount }: AccessRequest): boolean {
  const sameAccount = resourceAccount === undefined || resourceAccount === HOME;
  if (resource === "none" || resource.policy.policy === "unreadable" || !sameAccount) return false;
  return resource.policy.policy.statements.some((statement) => {
    if (statement.effect === "Deny" || statement.principal === undefined || statement.principal.negated) return false;
    const { written } = statement.principal;
    const names = written === "*" ? [] : [written["AWS"] ?? []].flat();
    const byArn = written === "*" && statement.conditions.some(({ key }) => key === "aws:PrincipalArn");
    return ownNames(principal).length > 0 && (byArn || ownNames(principal).some((name) => names.includes(name)));
  });
}

const isOwnedRoot = ({ principal, resourceAccount }: AccessRequest): boolean =>
  principal.kind === "root" && (resourceAccount === undefined || resourceAccount === HOME);

describe("effective access", () => {
  test("is inside every layer, but for the documented grants", () => {
    let allowed = 0;
    fc.assert(
      fc.property(layers, request, (given, asked) => {
        if (!decideBoth(given, asked).allowed) return;
        allowed += 1;
        const guarded = asked.principal.kind !== "anonymous" && asked.principal.kind !== "service";
        if (guarded) expect(given.guardrails.every((level) => alone(level, asked).allowed)).toBe(true);
        const everywhere = [
          given.identity,
          ...(given.boundary === "none" ? [] : [[given.boundary]]),
          ...given.sessions,
        ];
        expect(everywhere.some((list) => alone(list, asked).reason === "explicit-deny")).toBe(false);
        if (!guarded || isNamed(given, asked)) return;
        if (given.boundary !== "none") expect(alone([given.boundary], asked).allowed).toBe(true);
        expect(given.sessions.every((list) => alone(list, asked).allowed)).toBe(true);
        // Somebody granted it: the caller's policies, the resource's, or being root.
        const granted = alone(given.identity, asked).allowed || isOwnedRoot(asked) || given.resource !== "none";
        expect(granted).toBe(true);
      }),
      { numRuns: numRuns * 3 },
    );
    expect(allowed).toBeGreaterThan(numRuns / 20);
  });

  test("of a self-scoped session is inside its session policies, always", () => {
    let allowed = 0;
    fc.assert(
      fc.property(layers, request, (given, asked) => {
        const self = { ...asked, principal: principals.userSession };
        if (!decideBoth(given, self).allowed) return;
        allowed += 1;
        expect(given.sessions.every((list) => alone(list, self).allowed)).toBe(true);
      }),
      { numRuns: numRuns * 3 },
    );
    expect(allowed).toBeGreaterThan(numRuns / 300);
  });

  test("of a self-scoped session is inside the user's own", () => {
    let allowed = 0;
    fc.assert(
      fc.property(layers, request, (given, asked) => {
        if (!decideBoth(given, { ...asked, principal: principals.userSession }).allowed) return;
        allowed += 1;
        expect(decideBoth({ ...given, sessions: [] }, { ...asked, principal: user }).allowed).toBe(true);
      }),
      { numRuns: numRuns * 3 },
    );
    expect(allowed).toBeGreaterThan(numRuns / 300);
  });

  test("in another account needs the resource's policy", () => {
    fc.assert(
      fc.property(layers, request, (given, asked) => {
        expect(decideBoth({ ...given, resource: "none" }, { ...asked, resourceAccount: ABROAD }).allowed).toBe(false);
      }),
      { numRuns },
    );
  });
});

type Change = (policy: Policy) => Policy;

/** The same layers with one policy changed. */
function changed(given: DocumentLayers, at: number, change: Change): DocumentLayers {
  let index = -1;
  const visit = (one: NamedPolicy): NamedPolicy => {
    index += 1;
    return index === at && one.policy !== "unreadable" ? { ...one, policy: change(one.policy) } : one;
  };
  return {
    guardrails: given.guardrails.map((level) => level.map(visit)),
    identity: given.identity.map(visit),
    boundary: given.boundary === "none" ? "none" : visit(given.boundary),
    sessions: given.sessions.map((list) => list.map(visit)),
    resource: given.resource === "none" ? "none" : { ...given.resource, policy: visit(given.resource.policy) },
  };
}

describe("a change to one policy", () => {
  const at = fc.nat({ max: 8 });
  const denying = fc.tuple(body, fc.constant<Written>({ Effect: "Deny" })).map(joined);

  test("that adds a Deny never allows more", () => {
    fc.assert(
      fc.property(layers, request, at, denying, fc.nat({ max: 3 }), (given, asked, which, statement, where) => {
        const [added] = policyOf({ ...statement, Principal: "*" }, "resource").statements;
        if (added === undefined) throw new Error("the parser lost the statement");
        const { principal, ...attached } = added;
        const add: Change = (policy) => {
          const fits: Statement = policy.statements.some((one) => one.principal !== undefined)
            ? { ...attached, ...(principal === undefined ? {} : { principal }) }
            : attached;
          return { ...policy, statements: policy.statements.toSpliced(where, 0, fits) };
        };
        if (decideBoth(changed(given, which, add), asked).allowed) expect(decideBoth(given, asked).allowed).toBe(true);
      }),
      { numRuns },
    );
  });

  test("that removes an Allow never allows more", () => {
    fc.assert(
      fc.property(layers, request, at, fc.nat({ max: 2 }), (given, asked, which, victim) => {
        const remove: Change = (policy) => ({
          ...policy,
          statements: policy.statements.filter((one, index) => index !== victim || one.effect === "Deny"),
        });
        if (decideBoth(changed(given, which, remove), asked).allowed)
          expect(decideBoth(given, asked).allowed).toBe(true);
      }),
      { numRuns },
    );
  });

  test("that damages it never allows more, and denies", () => {
    fc.assert(
      fc.property(layers, request, (given, asked) => {
        const unreadable: DocumentLayers = {
          ...given,
          identity: [...given.identity, { name: "broken", policy: "unreadable" }],
        };
        expect(decideBoth(unreadable, asked).allowed).toBe(false);
      }),
      { numRuns },
    );
  });
});

describe("any request", () => {
  test("is answered, with a trace, and agrees with itself", () => {
    const anyValue = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }),
      fc.constant(undefined),
    );
    const keys = fc.constantFrom(
      "aws:username",
      "aws:TagKeys",
      "s3:max-keys",
      "aws:SecureTransport",
      "aws:PrincipalArn",
    );
    const anyContext = fc.array(fc.tuple(keys, anyValue), { maxLength: 5 }).map((entries) => {
      const values = new Map(entries.map(([key, value]) => [key.toLowerCase(), value]));
      return (key: string) => values.get(key.toLowerCase());
    });
    fc.assert(
      fc.property(
        layers,
        request,
        anyContext,
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        fc.boolean(),
        (given, asked, context, action, resource, odd) => {
          const strange = odd ? { ...asked, context, action, resource } : { ...asked, context };
          const decision = decideBoth(given, strange);
          const traced = trace(compileLayers(given), strange);
          expect(traced.decision).toEqual(decision);
          const statements = traced.levels.flatMap(({ layer, policies }) =>
            policies.flatMap(({ name, statements: all = [] }) => all.map((one) => ({ layer, name, ...one }))),
          );
          expect(decision.allowed).toBe(decision.reason === "allow");
          expect(statements.every(({ applies, failedAt }) => applies === (failedAt === undefined))).toBe(true);
          const denies = statements.some(({ applies, effect: written }) => applies && written === "Deny");
          if (decision.allowed && decision.layer !== "root") expect(denies).toBe(false);
          if (decision.reason === "explicit-deny") expect(denies).toBe(true);
          const deciding = statements.filter(({ decided }) => decided);
          expect(deciding.map(({ name, index, sid }) => ({ policyName: name, index, sid }))).toEqual(
            decision.statement === undefined ? [] : [decision.statement],
          );
          expect(deciding.every(({ layer, applies }) => applies && layer === decision.layer)).toBe(true);
        },
      ),
      { numRuns },
    );
  });
});
