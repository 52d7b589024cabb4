import { expect, test } from "vitest";
import { witnessText } from "../compare/witness.ts";
import { parsePolicy } from "../parse/parse.ts";
import { accountPrincipals } from "./account-principals.ts";
import { bucketLayers, type ResourceLayers } from "./bucket-layers.ts";
import { outsidersWhoCan, trustLayers, whetherCan, type WhoCan } from "./who-can.ts";

const account = "123456789012";
const other = "210987654321";
const arn = (name: string, of = account): string => `arn:aws:iam::${of}:${name}`;
const now = new Date("2026-11-30T12:00:00Z");
const text = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const objects = { Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" };
const allow = (Principal: unknown, Condition: object = {}) => ({ Effect: "Allow", Principal, ...objects, Condition });
const deny = (more: object) => ({ Effect: "Deny", ...objects, ...more });

const provider = arn("oidc-provider/id.example.com");
const role = (name: string, Action: string | readonly string[], Principal: object) => ({
  RoleName: name,
  RoleId: `AROA${name.toUpperCase()}`,
  Arn: arn(`role/${name}`),
  Tags: [{ Key: "team", Value: "red" }],
  AssumeRolePolicyDocument: text({ Effect: "Allow", Principal, Action }),
});
/** None of them has a policy of its own. */
const principals = accountPrincipals({
  UserDetailList: [{ UserName: "ann", UserId: "AIDAANN", Arn: arn("user/ann") }],
  GroupDetailList: [],
  RoleDetailList: [
    role("plain", "sts:AssumeRole", { AWS: account }),
    role("tagged", ["sts:AssumeRole", "sts:Tag*"], { AWS: account }),
    role("web", "sts:AssumeRoleWithWebIdentity", { Federated: provider }),
  ],
  Policies: [],
});

function ofBucket(...statements: readonly object[]): ResourceLayers {
  const policy = parsePolicy(text(...statements), "resource").policy ?? "unreadable";
  return bucketLayers({ bucket: "data", policy, isRestricted: false })({
    grants: [],
    place: undefined,
    ownerId: undefined,
  });
}

/** By who, what the answer depends on; an empty list: nothing. */
function whoCan(layers: ResourceLayers, asked = { action: "s3:GetObject", resource: "arn:aws:s3:::data/a" }) {
  const question = { ...asked, account, now };
  const inside = principals.flatMap((caller) => whetherCan(caller, question, layers) ?? []);
  const rows = [...inside, ...outsidersWhoCan(question, layers)];
  return Object.fromEntries(rows.map(({ who, access }) => [who, dependsOn(access)]));
}

function dependsOn(access: WhoCan["access"]): readonly string[] {
  if (access.answer === "unknown") return [`unknown: ${access.construct}`];
  return access.answer === "depends" ? access.on : [];
}

const [ann, plain, tagged, web] = [arn("user/ann"), arn("role/plain"), arn("role/tagged"), arn("role/web")];
const anybody = "anybody with an account whose policies allow it";
const anybodyOf = (of: string): string => `anybody of the account ${of} whose policies allow it`;
const equals = (key: string, value: string): object => ({ StringEquals: { [key]: value } });

test.each<[what: string, statements: readonly object[], expected: Readonly<Record<string, readonly string[]>>]>([
  [
    "one session of a role",
    [allow({ AWS: `arn:aws:sts::${account}:assumed-role/plain/nightly` })],
    { [plain]: ["aws:userid"] },
  ],
  [
    "one session of a role, by the name that it would be asked about",
    [allow({ AWS: `arn:aws:sts::${account}:assumed-role/plain/session` })],
    { [plain]: ["aws:userid"] },
  ],
  [
    "a session by its id",
    [
      allow({ AWS: account }, equals("aws:userid", "AROAPLAIN:nightly")),
      allow({ AWS: plain }, equals("aws:userid", "AROAPLAIN:nightly")),
    ],
    { [plain]: ["aws:userid"] },
  ],
  [
    "a session by its id, which does not say whose account its role is in",
    [allow("*", equals("aws:userid", "AROAPLAIN:nightly"))],
    { [plain]: ["aws:userid"], [anybody]: ["aws:userid"] },
  ],
  [
    "a tag that sessions of one of the roles can have",
    [allow({ AWS: [plain, tagged] }, equals("aws:PrincipalTag/team", "blue"))],
    { [tagged]: ["aws:principaltag/team"] },
  ],
  [
    "a tag of the roles, which sessions of one of them can have otherwise",
    [allow({ AWS: [plain, tagged] }, equals("aws:PrincipalTag/team", "red"))],
    { [plain]: [], [tagged]: ["aws:principaltag/team"] },
  ],
  ["sessions of an identity provider", [allow({ Federated: provider })], { [web]: ["aws:federatedprovider"] }],
  [
    "an organization",
    [allow("*", equals("aws:PrincipalOrgID", "o-a1b2c3d4e5"))],
    Object.fromEntries([ann, plain, tagged, web, anybody].map((who) => [who, ["aws:principalorgid"]])),
  ],
  ["an account, by a condition", [allow("*", equals("aws:PrincipalAccount", other))], { [anybodyOf(other)]: [] }],
  [
    "all but one account denied",
    [allow("*"), deny({ Principal: "*", Condition: { StringNotEquals: { "aws:PrincipalAccount": other } } })],
    { [anybodyOf(other)]: [] },
  ],
  [
    "all but one user denied",
    [allow("*"), deny({ NotPrincipal: { AWS: [arn("root", other), arn("user/bob", other)] } })],
    {
      [`${arn("user/bob", other)}, whose own policies have to allow it`]: [],
      [anybodyOf(other)]: ["aws:principaltype"],
    },
  ],
  [
    "some users of an account",
    [allow({ AWS: other }, { ArnLike: { "aws:PrincipalArn": arn("user/b*", other) } })],
    { [anybodyOf(other)]: ["aws:principalarn"] },
  ],
  [
    "a user of another account with a tag",
    [allow({ AWS: arn("user/bob", other) }, equals("aws:PrincipalTag/team", "red"))],
    { [`${arn("user/bob", other)}, whose own policies have to allow it`]: ["aws:principaltag/team"] },
  ],
  [
    "one statement for several",
    [allow({ AWS: [arn("user/bob", other), arn("user/eve", other), "555566667777"] })],
    {
      [anybodyOf("555566667777")]: [],
      [`${arn("user/bob", other)}, whose own policies have to allow it`]: [],
      [`${arn("user/eve", other)}, whose own policies have to allow it`]: [],
    },
  ],
  [
    "a federated user of the account",
    [allow({ AWS: `arn:aws:sts::${account}:federated-user/carl` })],
    { [`arn:aws:sts::${account}:federated-user/carl`]: [] },
  ],
  [
    "a service, for one account",
    [allow({ Service: "logging.s3.amazonaws.com" }, equals("aws:SourceAccount", account))],
    { "the service logging.s3.amazonaws.com": ["aws:sourceaccount"] },
  ],
  [
    "an identity provider, where only one session of the role is spared",
    [
      allow({ Federated: provider }),
      deny({ NotPrincipal: { AWS: [account, web, `arn:aws:sts::${account}:assumed-role/web/nightly`] } }),
    ],
    { [web]: ["aws:federatedprovider"] },
  ],
  [
    "an identity provider of another account, where only one of its roles is spared",
    [
      allow({ Federated: arn("oidc-provider/id.example.com", other) }),
      deny({
        NotPrincipal: { AWS: [other, arn("role/web", other), `arn:aws:sts::${other}:assumed-role/web/nightly`] },
      }),
    ],
    {
      [`arn:aws:sts::${other}:assumed-role/web/nightly, whose own policies have to allow it`]: [
        "aws:federatedprovider",
      ],
    },
  ],
])("who is let in by %s is listed", (_what, statements, expected) => {
  expect(whoCan(ofBucket(...statements))).toEqual(expected);
});

test("what is known of callers with an account is not said of those without", () => {
  const layers = ofBucket(allow("*", equals("aws:PrincipalOrgID", "o-a1b2c3d4e5")));
  const context = { "aws:principalorgid": "o-a1b2c3d4e5" };
  const question = { action: "s3:GetObject", resource: "arn:aws:s3:::data/a", account, now, context };
  expect([...outsidersWhoCan(question, layers)].map(({ who, access }) => [who, access.answer])).toEqual([
    [anybody, "always"],
  ]);
});

test("the requests of an answer show the keys that it depends on, of the caller too", () => {
  const layers = ofBucket(allow({ AWS: `arn:aws:sts::${account}:assumed-role/plain/nightly` }));
  const question = { action: "s3:GetObject", resource: "arn:aws:s3:::data/a", account, now };
  const [row] = principals.flatMap((caller) => whetherCan(caller, question, layers) ?? []);
  if (row?.access.answer !== "depends") throw new Error("one session may, the others may not");
  const { on, allowed, refused } = row.access;
  expect(witnessText(allowed, on)).toContain('with aws:userid "AROAPLAIN:nightly"');
  expect(witnessText(refused, on)).toMatch(/ aws:userid "AROAPLAIN:(?!nightly")/);
});

test("who signs in through an identity provider may take the role that trusts it", () => {
  const { AssumeRolePolicyDocument } = role("web", "sts:AssumeRoleWithWebIdentity", { Federated: provider });
  const layers = trustLayers(web, AssumeRolePolicyDocument);
  const asked = (action: string) => whoCan(layers, { action, resource: web });
  expect(asked("sts:AssumeRoleWithWebIdentity")).toEqual({ [`whoever signs in through ${provider}`]: [] });
  expect(asked("sts:AssumeRole")).toEqual({});
  // Whoever signs requests asks by another action.
  const forAll = trustLayers(web, text({ Effect: "Allow", Principal: "*", Action: "sts:*" }));
  expect(whoCan(forAll, { action: "sts:AssumeRoleWithWebIdentity", resource: web })).toEqual({});
  expect(whoCan(forAll, { action: "sts:AssumeRole", resource: web })).toMatchObject({ [ann]: [], [plain]: [] });
});
