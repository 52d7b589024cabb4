/** Comparisons held against the engine on every request over a small alphabet, and against what has to be true of any two policies. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileLayers } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import { isAllowed } from "../engine/ruling.ts";
import { principalContext } from "../model/principal-context.ts";
import type { AccessRequest, Principal } from "../model/request.ts";
import type { Policy, PolicyKind } from "../model/policy.ts";
import { parsePolicy } from "../parse/parse.ts";
import { policyDocument } from "../parse/print.ts";
import { ABROAD, getObject, HOME, noLayers, policyOf, principals } from "../test/scenario.ts";
import {
  namingPolicy,
  providerOfSessions,
  smallPolicy,
  type SmallOptions,
  someRequests,
} from "../test/small-policies.ts";
import { type Answer, replayDiffers } from "./answer.ts";
import { comparePolicies, isInside } from "./compare-policies.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 40);

/** In few runs one of the answers may be missing by luck. */
const isMany = numRuns >= 400;

const identity: SmallOptions = { kind: "identity", variables: false, askWho: false };

function ownKeys(principal: Principal): Record<string, string> {
  return Object.fromEntries(
    [...principalContext(principal)].flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}

function allowsOne(policy: Policy, request: AccessRequest): boolean {
  return isAllowed(decide(compileLayers({ ...noLayers, identity: [{ name: "p", policy }] }), request));
}

/** Requests that the first allows and the second does not. */
function counterexamples(left: Policy, right: Policy, requests: readonly AccessRequest[]): readonly AccessRequest[] {
  const [first, second] = [left, right].map((policy) =>
    compileLayers({ ...noLayers, identity: [{ name: "p", policy }] }),
  );
  if (first === undefined || second === undefined) return [];
  return requests.filter((one) => isAllowed(decide(first, one)) && !isAllowed(decide(second, one)));
}

/** An answer may be unknown because of what a policy asks, but not because the search and the engine are of two minds. */
function expectAgreement(answer: Answer): void {
  expect(answer.answer === "unknown" && answer.construct).not.toBe(replayDiffers);
}

function shown({ action, resource, context }: AccessRequest): string {
  const keys = [
    "s3:prefix",
    "s3:max-keys",
    "aws:SourceIp",
    "aws:SecureTransport",
    "aws:CurrentTime",
    "aws:TagKeys",
    "aws:SourceArn",
    "aws:username",
  ];
  return JSON.stringify({ action, resource, ...Object.fromEntries(keys.map((key) => [key, context(key) ?? null])) });
}

test.each([
  ["without variables", identity],
  ["with variables", { ...identity, variables: true }],
  ["that ask who calls", { ...identity, variables: true, askWho: true }],
])("no request is outside a policy that is inside, %s", (_, options) => {
  const { user } = principals;
  const counts = { yes: 0, no: 0, unknown: 0 };
  const requests = someRequests(user, undefined, { ...ownKeys(user), "aws:principaltag/team": "a" });
  fc.assert(
    fc.property(smallPolicy(options), smallPolicy(options), requests, (left, right, asked) => {
      const answer = isInside(left, right, { maxDifferences: 1 });
      counts[answer.answer] += 1;
      expectAgreement(answer);
      const outside = counterexamples(left, right, asked);
      // A witness was replayed by the engine before it was given; here it is that a "yes" has none.
      if (answer.answer === "yes") expect(outside.slice(0, 1).map(shown)).toEqual([]);
    }),
    { numRuns },
  );
  if (!isMany) return;
  expect(counts.yes).toBeGreaterThan(numRuns / 50);
  expect(counts.no).toBeGreaterThan(numRuns / 10);
  expect(counts.unknown).toBeLessThanOrEqual(numRuns / 4);
});

/** That no policy names. */
const otherService: Principal = { kind: "service", service: "elasticloadbalancing.amazonaws.com" };

test("a policy of a resource that is inside another grants nobody more", () => {
  const options: SmallOptions = { kind: "resource", variables: false, askWho: true };
  const callers: readonly (readonly [Principal, string])[] = [
    [principals.anonymous, HOME],
    [principals.user, HOME],
    [principals.user, ABROAD],
    [principals.roleSession, HOME],
    [principals.roleSession, ABROAD],
    [{ ...principals.roleSession, provider: providerOfSessions }, HOME],
    [principals.userSession, HOME],
    [principals.sessionToken, HOME],
    [principals.federatedUser, HOME],
    [principals.service, HOME],
    [principals.sessionToken, ABROAD],
    [principals.federatedUser, ABROAD],
    [otherService, HOME],
  ];
  const all = policyOf({ Effect: "Allow", Action: "*", Resource: "*" }, "identity");
  const requests = fc
    .constantFrom(...callers)
    .chain(([principal, account]) => someRequests(principal, account, ownKeys(principal)));
  const counts = { yes: 0, no: 0, unknown: 0 };
  fc.assert(
    fc.property(smallPolicy(options), smallPolicy(options), requests, fc.boolean(), (left, right, asked, withOwn) => {
      const inside = isInside(left, right, { maxDifferences: 1 });
      const { answer } = inside;
      counts[answer] += 1;
      expectAgreement(inside);
      if (answer !== "yes") return;
      const [first, second] = [left, right].map((policy) =>
        compileLayers({
          ...noLayers,
          identity: withOwn ? [{ name: "all", policy: all }] : [],
          resource: { kind: "resource", policy: { name: "p", policy } },
        }),
      );
      if (first === undefined || second === undefined) return;
      // In the own account an identity policy grants by itself; then only a Deny of the resource's policy could refuse.
      const isOwn = withOwn && asked[0]?.resourceAccount === HOME && asked[0].principal.kind !== "anonymous";
      if (isOwn) return;
      const outside = asked.filter((one) => isAllowed(decide(first, one)) && !isAllowed(decide(second, one)));
      expect(outside.slice(0, 1).map(shown)).toEqual([]);
    }),
    { numRuns },
  );
  if (!isMany) return;
  expect(counts.yes).toBeGreaterThan(numRuns / 50);
  expect(counts.unknown).toBeLessThanOrEqual(numRuns / 10);
});

/** Each way of being named, together with each other: whom a statement with one name in it can be about. */
function everybody(): readonly Principal[] {
  const { user, userSession, sessionToken, federatedUser, roleSession, anonymous, service } = principals;
  const users = [user, { ...user, userId: "AIDAOTHER" }, { ...user, arn: `${user.arn}-2`, userName: "ann-2" }];
  const roles = [roleSession.roleArn, `arn:aws:iam::${HOME}:role/reader`, `arn:aws:iam::${HOME}:role/x/y/reader`];
  const sessions = roles.flatMap((roleArn) =>
    [roleSession.roleId, "AROAOTHER"].flatMap((roleId) =>
      [roleSession.sessionName, "friday"].map((sessionName) => {
        const arn = roleSession.arn.replace(/[^/]*$/, sessionName);
        return { ...roleSession, roleArn, roleId, sessionName, arn };
      }),
    ),
  );
  const all: readonly Principal[] = [
    ...users,
    ...users.map(({ arn, userId, userName }) => ({ ...userSession, arn, userId, userName })),
    ...users.map(({ arn, userId, userName }) => ({ ...sessionToken, arn, userId, userName })),
    ...users.flatMap(({ arn, userId }) =>
      ["fay", "kim"].map((name) => ({
        ...federatedUser,
        arn: federatedUser.arn.replace(/[^/]*$/, name),
        userId: `${HOME}:${name}`,
        issuer: { arn, userId },
      })),
    ),
    ...sessions,
    ...sessions.map((session) => ({ ...session, provider: providerOfSessions })),
  ];
  const elsewhere = all.map((one) => ("canonicalId" in one ? { ...one, canonicalId: "0".repeat(64) } : one));
  return [...all, ...elsewhere, anonymous, service];
}

test("who is allowed by a policy and not by another is found among all whom names tell apart", () => {
  const callers = everybody();
  const answers = new Set<string>();
  const allowedBy = (policy: Policy): readonly Principal[] => {
    const resource = { kind: "resource", policy: { name: "p", policy } } as const;
    const identity = [{ name: "all", policy: policyOf({ Effect: "Allow", Action: "*", Resource: "*" }, "identity") }];
    const layers = compileLayers({ ...noLayers, identity, resource });
    return callers.filter((principal) => isAllowed(decide(layers, getObject(principal, "888877776666"))));
  };
  fc.assert(
    fc.property(namingPolicy, namingPolicy, (left, right) => {
      const kept = new Set(allowedBy(right));
      const outside = allowedBy(left).filter((one) => !kept.has(one));
      const { answer } = isInside(left, right, { maxDifferences: 1, strengths: false });
      answers.add(answer);
      if (answer === "yes") expect(outside.slice(0, 1)).toEqual([]);
      else expect(answer).toBe("no");
    }),
    { numRuns: numRuns * 3 },
  );
  expect([...answers].toSorted()).toEqual(["no", "yes"]);
});

const joined = (policy: Policy, ...others: readonly Policy[]): Policy => ({
  ...policy,
  statements: [policy, ...others].flatMap(({ statements }) => statements),
});

test("what is true of any two policies", () => {
  const options: SmallOptions = { ...identity, variables: true };
  fc.assert(
    fc.property(smallPolicy(options), smallPolicy(options, 2), (left, right) => {
      const allows = { ...right, statements: right.statements.filter(({ effect }) => effect === "Allow") };
      const denies = { ...right, statements: right.statements.filter(({ effect }) => effect === "Deny") };
      const isNot = (answer: string, what: string): void => expect(answer, what).not.toBe("no");
      isNot(isInside(left, left).answer, "a policy is inside itself");
      isNot(isInside(left, joined(left, allows)).answer, "an Allow more only widens");
      isNot(isInside(joined(left, denies), left).answer, "a Deny more only narrows");
      const turned = { ...left, statements: left.statements.toReversed() };
      isNot(isInside(left, turned).answer, "the order does not matter");
      isNot(isInside(turned, left).answer, "the order does not matter");
      const named = { ...left, statements: left.statements.map((one, index) => ({ ...one, sid: `S${index}` })) };
      const [before, after] = [isInside(left, right), isInside(named, right)];
      expect(after.answer, "names do not matter").toBe(before.answer);
    }),
    { numRuns },
  );
});

/** The document with other names in it. Policies over the small alphabet name the buckets b and c, and the user ann. */
function renamed(policy: Policy, kind: PolicyKind, names: readonly (readonly [RegExp, string])[]): Policy {
  const text = names.reduce(
    (written, [name, other]) => written.replaceAll(name, other),
    JSON.stringify(policyDocument(policy)),
  );
  const { policy: made, diagnostics } = parsePolicy(text, kind);
  if (made === undefined) throw new Error(JSON.stringify(diagnostics));
  return made;
}

const shortBuckets = [
  [/:::b/g, ":::q"],
  [/:::c/g, ":::w"],
] as const;
const longBuckets = [
  [/:::b/g, ":::my-bucket.2026"],
  [/:::c/g, ":::c-of-another-team"],
] as const;
/** `a*` means the user before and after. */
const users = [
  [/user\/ann\b/g, "user/another.name"],
  [/"ann"/g, '"another.name"'],
] as const;

test.each<[PolicyKind, string, readonly (readonly [RegExp, string])[]]>([
  ["identity", "buckets", shortBuckets],
  ["identity", "buckets, by longer names", longBuckets],
  ["identity", "users", users],
  ["resource", "buckets and users", [...shortBuckets, ...users]],
])("policies with other names have the same answer: %s, %s", (kind, _, names) => {
  const options: SmallOptions = { kind, variables: false, askWho: names.includes(users[0]) };
  const answers = new Set<string>();
  fc.assert(
    fc.property(smallPolicy(options), smallPolicy(options), (left, right) => {
      const written = JSON.stringify([left, right].map(policyDocument));
      // A `?` means one letter, and no longer name.
      fc.pre(names !== longBuckets || !written.includes(":::?"));
      fc.pre(names.some(([name]) => written.search(name) >= 0));
      const before = comparePolicies(left, right).relation;
      const [first, second] = [left, right].map((policy) => renamed(policy, kind, names));
      if (first === undefined || second === undefined) return;
      expect(comparePolicies(first, second).relation, written).toBe(before);
      answers.add(before);
    }),
    { numRuns: Math.min(Math.ceil(numRuns / 2), 2000) },
  );
  if (isMany) expect(answers.size).toBeGreaterThan(1);
});

test("both directions and the relation agree, and each witness shows what it is for", () => {
  fc.assert(
    fc.property(smallPolicy(identity), smallPolicy(identity), (left, right) => {
      const there = comparePolicies(left, right);
      const back = comparePolicies(right, left);
      const mirrored = { narrower: "wider", wider: "narrower" } as const;
      expect(back.relation).toBe(
        there.relation === "narrower" || there.relation === "wider" ? mirrored[there.relation] : there.relation,
      );
      if (there.inside.answer !== "no") return;
      for (const { witness } of there.inside.differences) {
        const asked = { ...witness, context: (key: string) => witness.context[key.toLowerCase()] };
        expect(allowsOne(left, asked)).toBe(true);
        expect(allowsOne(right, asked)).toBe(false);
      }
    }),
    { numRuns },
  );
});
