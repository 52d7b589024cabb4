/** Whoever the engine lets in is listed by who can, or is one of a group that is: held over policies that tell callers apart in many ways. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../engine/decide.ts";
import { isAllowed } from "../engine/ruling.ts";
import { principalContext, type PrincipalFacts } from "../model/principal-context.ts";
import type { Principal } from "../model/request.ts";
import { parsePolicy } from "../parse/parse.ts";
import { accountPrincipals } from "./account-principals.ts";
import { layersOf } from "./access-of.ts";
import { bucketLayers } from "./bucket-layers.ts";
import { layerFor } from "./outsiders.ts";
import { allowedAll, type PrincipalPolicies, roleSession } from "./principal-policies.ts";
import { arnOf, outsidersWhoCan, whetherCan } from "./who-can.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 40);
const home = "123456789012";
const abroad = ["210987654321", "333344445555"] as const;
const now = new Date("2026-11-30T12:00:00Z");
const provider = `arn:aws:iam::${home}:oidc-provider/id.example.com`;
const organization = { id: "o-1234567890", path: "o-1234567890/r-1/" };
const asked = { action: "s3:GetObject", resource: "arn:aws:s3:::data/a" };
const text = (Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

const arns = [
  ...[home, abroad[0]].flatMap((id) => [id, `arn:aws:iam::${id}:user/ann`, `arn:aws:iam::${id}:role/tagged`]),
  ...[home, abroad[0]].map((id) => `arn:aws:sts::${id}:assumed-role/tagged/nightly`),
  `arn:aws:sts::${home}:federated-user/carl`,
];
const named = fc.oneof(
  fc.constantFrom<unknown>("*", { Federated: provider }),
  fc.uniqueArray(fc.constantFrom(...arns), { minLength: 1, maxLength: 3 }).map((AWS) => ({ AWS })),
);
const conditions = fc.constantFrom<object>(
  {},
  { StringEquals: { "aws:PrincipalAccount": abroad[0] } },
  { StringNotEquals: { "aws:PrincipalAccount": home } },
  { StringEquals: { "aws:PrincipalOrgID": organization.id } },
  { StringNotEqualsIfExists: { "aws:PrincipalOrgID": organization.id } },
  { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": `${organization.id}/*` } },
  { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${abroad[0]}:*` } },
  { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/*" } },
  { StringLike: { "aws:userid": "AROATAGGED:n*" } },
  { StringEquals: { "aws:PrincipalTag/team": "red" } },
  { StringNotEquals: { "aws:PrincipalTag/team": "red" } },
  { StringEquals: { "aws:PrincipalType": "AssumedRole" } },
  { Null: { "aws:TokenIssueTime": "true" } },
  { StringEquals: { "aws:username": "ann" } },
  { StringEquals: { "aws:FederatedProvider": provider } },
);
const statement = fc
  .record({
    effect: fc.constantFrom("Allow", "Allow", "Deny"),
    except: fc.integer({ max: 4, min: 0 }),
    named,
    conditions,
  })
  .map(({ effect, except, named: who, conditions: Condition }) => ({
    Effect: effect,
    [except === 0 ? "NotPrincipal" : "Principal"]: who,
    Action: asked.action,
    Resource: "arn:aws:s3:::data/*",
    Condition,
  }));
const ownPolicies = fc.constantFrom<readonly object[]>(
  [],
  [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
  [{ Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { StringEquals: { "aws:PrincipalTag/team": "red" } } }],
);

interface Acting {
  /** Rows that may stand for it. */
  readonly rows: readonly string[];
  readonly caller: PrincipalPolicies;
  readonly facts: PrincipalFacts;
}

/** Callers of the account, as the rows that they have. */
function insiders(all: readonly PrincipalPolicies[]): readonly Acting[] {
  return all.flatMap((caller): readonly Acting[] => {
    const { principal, tags } = caller;
    const rows = [arnOf(principal)];
    if (principal.kind !== "role-session") return [{ rows, caller, facts: { tags } }];
    return ["nightly", "other"].flatMap((name) =>
      [tags, new Map([["team", "red"]])].map((team) => {
        const session = { ...roleSession(principal, name), ...(principal.roleName === "web" ? { provider } : {}) };
        const facts = { tags: principal.roleName === "tagged" ? team : tags, issuedAt: now.getTime() };
        return { rows, caller: { ...caller, principal: session as Principal }, facts };
      }),
    );
  });
}

const outsiders = abroad.flatMap((accountId): readonly Acting[] => {
  const { identity, boundary } = allowedAll();
  const iam = `arn:aws:iam::${accountId}`;
  const role = { roleArn: `${iam}:role/tagged`, roleName: "tagged", roleId: "AROAABROAD" };
  const everyone: readonly Principal[] = [
    { kind: "user", accountId, arn: `${iam}:user/ann`, userId: "AIDAABROAD", userName: "ann" },
    { kind: "root", accountId, arn: `${iam}:root` },
    roleSession(role, "nightly"),
    roleSession(role, "other"),
  ];
  const groups = [
    "everyone, including anonymous callers",
    "anybody with an account whose policies allow it",
    `anybody of the account ${accountId} whose policies allow it`,
  ];
  return everyone.flatMap((principal) =>
    [[], [["team", "red"] as const]].map((tags) => ({
      rows: [
        ...groups,
        ...["arn", "roleArn"].map(
          (name) => `${String(Reflect.get(principal, name))}, whose own policies have to allow it`,
        ),
      ],
      caller: { principal, layers: { identity, boundary, sessions: [identity] }, tags: new Map() },
      facts: { tags, ...(principal.kind === "role-session" ? { issuedAt: now.getTime() } : {}) },
    })),
  );
});

const role = (name: string, Principal: object, Action: readonly string[], PolicyDocument: string) => ({
  RoleName: name,
  RoleId: `AROA${name.toUpperCase()}`,
  Arn: `arn:aws:iam::${home}:role/${name}`,
  AssumeRolePolicyDocument: text([{ Effect: "Allow", Principal, Action }]),
  RolePolicyList: [{ PolicyName: "own", PolicyDocument }],
});

test("nobody whom the engine lets in is left out", () => {
  let letIn = 0;
  const drawn = fc.tuple(fc.array(statement, { minLength: 1, maxLength: 3 }), ownPolicies, ownPolicies);
  fc.assert(
    fc.property(drawn, ([statements, ofUser, ofRoles]) => {
      const principals = accountPrincipals({
        UserDetailList: [
          {
            UserName: "ann",
            UserId: "AIDAANN",
            Arn: `arn:aws:iam::${home}:user/ann`,
            Tags: [{ Key: "team", Value: "red" }],
            UserPolicyList: [{ PolicyName: "own", PolicyDocument: text(ofUser) }],
          },
        ],
        GroupDetailList: [],
        RoleDetailList: [
          role("tagged", { AWS: home }, ["sts:AssumeRole", "sts:TagSession"], text(ofRoles)),
          role("web", { Federated: provider }, ["sts:AssumeRoleWithWebIdentity"], text([])),
        ],
        Policies: [],
      });
      const policy = parsePolicy(text(statements), "resource").policy ?? "unreadable";
      const acl = { grants: [], place: undefined, ownerId: undefined };
      const layers = bucketLayers({ bucket: "data", policy, isRestricted: false })(acl);
      const question = { ...asked, account: home, now };
      const inside = principals.flatMap((caller) => whetherCan(caller, question, layers) ?? []);
      const listed = new Set([...inside, ...outsidersWhoCan(question, layers)].map(({ who }) => who));
      for (const { rows, caller, facts } of [...insiders(principals), ...outsiders])
        for (const more of [{}, { organization }]) {
          const { principal } = caller;
          const own = principalContext(principal, { ...facts, ...more });
          const request = {
            ...asked,
            principal,
            resourceAccount: home,
            context: (key: string) => own.get(key.toLowerCase()),
          };
          if (!isAllowed(decide(layersOf(caller, layerFor(principal, layers, home)), request))) continue;
          letIn += 1;
          expect([principal, rows.some((who) => listed.has(who))]).toEqual([principal, true]);
        }
    }),
    { seed: 20_261_130, numRuns },
  );
  expect(letIn).toBeGreaterThan(numRuns);
});
