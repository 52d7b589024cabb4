/**
 * Delegated administration: who may make and change users and roles only within a boundary never makes anybody who can do more than the
 * boundary allows, by whatever sequence of calls.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
 */
import { type AccessRequest, decide, isAllowed, type Layers, type Principal } from "@s3-credentials/policy";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { IdentityReference } from "../src/ports/identity-records.ts";
import type { IamOperationName, StsOperationName } from "../src/ports/operation-name.ts";
import type { Caller } from "../src/ports/principal-directory.ts";
import { randomIds } from "../src/server/random-ids.ts";
import { type InProcessActions, inProcessActions, type Keys } from "./in-process-actions.ts";
import { reuseTestDirectories, type TestDirectory, testDirectory } from "./test-directory.ts";
import { testGrant } from "./test-grant.ts";
import { testProgram } from "./test-program.ts";

const grant = testGrant();
reuseTestDirectories();

/** Every run makes an account of its own and some dozens of calls. */
const runs = Math.ceil(Number(process.env["TEST_RUNS"] ?? 80) / 10);
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
});

/** The boundary B, which is its own permission to delegate: whoever is within it may make others within it, and nobody else. */
function limitStatements(limit: string) {
  const within = { StringEquals: { "iam:PermissionsBoundary": limit } };
  const ofTeam = (...kinds: readonly string[]) => kinds.map((kind) => `arn:aws:iam::*:${kind}/team/*`);
  return [
    { Effect: "Allow", Action: ["s3:Get*", "s3:List*", "iam:Get*", "iam:List*", "sts:Get*"], Resource: "*" },
    {
      Effect: "Allow",
      Action: [
        "CreateUser",
        "PutUserPolicy",
        "DeleteUserPolicy",
        "AttachUserPolicy",
        "DetachUserPolicy",
        "CreateRole",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "PutUserPermissionsBoundary",
        "PutRolePermissionsBoundary",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
        "UpdateRoleDescription",
        "DeleteRole",
      ].map((name) => `iam:${name}`),
      Resource: "*",
      Condition: within,
    },
    {
      Effect: "Allow",
      Action: ["iam:*AccessKey", "iam:UpdateUser", "iam:DeleteUser", "iam:Tag*", "iam:Untag*", "iam:*Policy*"],
      Resource: ofTeam("user", "policy"),
    },
    { Effect: "Allow", Action: ["iam:*Group", "iam:*GroupPolicy"], Resource: ofTeam("group") },
    { Effect: "Allow", Action: ["sts:AssumeRole", "sts:TagSession"], Resource: ofTeam("role") },
    // What a wildcard above would allow too much.
    {
      Effect: "Deny",
      Action: ["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"],
      Resource: "*",
    },
    { Effect: "Deny", Action: ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"], Resource: "*" },
    {
      Effect: "Deny",
      Action: ["iam:*UserPolicy", "iam:*RolePolicy"],
      Resource: "*",
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": limit } },
    },
  ];
}

/** An account with its strong administrators, somebody weak without a boundary, and the delegate. */
interface Account {
  readonly id: string;
  readonly limit: string;
  /** The delegate's, and those of a user within the boundary. */
  readonly keys: readonly Keys[];
  readonly strong: ReadonlySet<string>;
  /** The boundary as if it were the only policy of somebody. */
  readonly alone: Layers;
}

let made = 0;

async function makeAccount({ store, database }: TestDirectory, delegateIsBounded: boolean): Promise<Account> {
  made += 1;
  const id = String(600_000_000_000 + made);
  await database.write("createAccount", { id, canonicalId: id.padStart(64, "0"), createdAt: 1 });
  const limit = `arn:aws:iam::${id}:policy/limit`;
  const statements = limitStatements(limit);
  const policy = async (name: string, path: string, Statement: unknown) =>
    store.createPolicy(grant, {
      accountId: id,
      policyId: randomIds.uniqueId("ANPA"),
      name,
      path,
      description: undefined,
      document: JSON.stringify({ Version: "2012-10-17", Statement }),
      tags: new Map(),
      createdAt: 1,
    });
  await policy("limit", "/", statements);
  await policy("other", "/", { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" });
  const principal = async (name: string, path: string, boundary: string | undefined, trust?: string) => {
    const reference = { accountId: id, id: randomIds.uniqueId(trust === undefined ? "AIDA" : "AROA") };
    const role = trust === undefined ? undefined : { description: undefined, trust, maxSessionSeconds: 3600 };
    await store.createPrincipal(grant, { ...reference, name, path, createdAt: 1, boundary, tags: new Map(), role });
    return reference;
  };
  const group = async (name: string, path: string, document: string): Promise<IdentityReference> => {
    const reference = { accountId: id, id: randomIds.uniqueId("AGPA") };
    await store.createGroup(grant, { ...reference, name, path, createdAt: 1 });
    await store.putInlinePolicy(grant, reference, "own", document, 5120);
    return reference;
  };
  const admin = await principal("admin", "/", undefined);
  const strong = await principal("strong", "/", undefined, trustOf({ AWS: id }));
  for (const one of [admin, strong]) await store.attachPolicy(grant, one, administrator);
  const eve = await principal("eve", "/", undefined);
  await store.attachPolicy(grant, eve, `arn:aws:iam::${id}:policy/other`);
  await group("admins", "/", everything);
  await group("readers", "/team/", everything.replace('"*"', '"s3:Get*"'));
  const delegate = await principal("delegate", "/team/", delegateIsBounded ? limit : undefined);
  if (delegateIsBounded) await store.attachPolicy(grant, delegate, administrator);
  else
    await store.putInlinePolicy(
      grant,
      delegate,
      "own",
      JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      8000,
    );
  // Something to begin with: made by the delegate, as it were.
  const u1 = await principal("u1", "/team/", limit);
  await principal("r1", "/team/", limit, trustOf({ AWS: id }));
  await policy("p1", "/team/", { Effect: "Allow", Action: "*", Resource: "*" });
  const keys = [delegate, u1].map(({ id: ownerId }) => ({ ownerId, accessKeyId: randomIds.uniqueId("AKIA") }));
  for (const key of keys)
    await store.createAccessKey(grant, { accountId: id, ...key, secretAccessKey: "s".repeat(40), createdAt: 1 });
  return {
    id,
    limit,
    keys: keys.map(({ accessKeyId }) => ({ accessKeyId, sessionToken: undefined })),
    strong: new Set([admin.id, strong.id]),
    alone: {
      guardrails: [],
      identity: [testProgram("boundary", statements, "limit")],
      boundary: "none",
      sessions: [],
      resource: "none",
    },
  };
}

function trustOf(Principal: unknown): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal, Action: ["sts:AssumeRole", "sts:TagSession"] },
  });
}

const users = ["delegate", "u1", "u2", "eve", "admin"] as const;
const roles = ["r1", "r2", "strong"] as const;
const groups = ["g1", "readers", "admins"] as const;

/** What every call chooses from; each takes what its operation has. */
const choices = fc.record({
  user: fc.constantFrom("u1", "u2", ...users),
  newUser: fc.constantFrom(...users),
  role: fc.constantFrom("r1", ...roles),
  group: fc.constantFrom(...groups),
  path: fc.constantFrom("/team/", "/team/", "/team/", "/team/x/", "/"),
  policy: fc.constantFrom("team/p1", "team/p1", "team/p2", "limit", "other", "administrator", "administrator"),
  boundary: fc.constantFrom("limit", "limit", "limit", "none", "administrator", "team/p1"),
  document: fc.constantFrom("everything", "everything", "deny"),
  trust: fc.constantFrom("account", "user"),
  version: fc.constantFrom("v1", "v2"),
});
type Choices = typeof choices extends fc.Arbitrary<infer T> ? T : never;

function sample(): Choices {
  const [one] = fc.sample(choices, 1);
  if (one === undefined) throw new Error("nothing to choose from");
  return one;
}

type Fields = Readonly<Record<string, string>>;

/** The fields of a call. */
function fieldsOf(accountId: string, c: Choices): Readonly<Record<string, Fields>> {
  const arnOf = (name: string) =>
    name === "administrator" ? administrator : `arn:aws:iam::${accountId}:policy/${name}`;
  const user = { UserName: c.user };
  const role = { RoleName: c.role };
  const document = {
    PolicyDocument: c.document === "everything" ? everything : everything.replace("Allow", "Deny"),
  };
  const boundary = { PermissionsBoundary: arnOf(c.boundary) };
  const newBoundary: Fields = c.boundary === "none" ? {} : boundary;
  const trust = trustOf({ AWS: c.trust === "account" ? accountId : `arn:aws:iam::${accountId}:user/team/delegate` });
  const tags = { "Tags.member.1.Key": "team", "Tags.member.1.Value": "x" };
  return {
    CreateUser: { ...user, Path: c.path, ...newBoundary },
    UpdateUser: { ...user, NewUserName: c.newUser, NewPath: c.path },
    DeleteUser: user,
    TagUser: { ...user, ...tags },
    CreateAccessKey: user,
    PutUserPolicy: { ...user, PolicyName: "p", ...document },
    DeleteUserPolicy: { ...user, PolicyName: "p" },
    AttachUserPolicy: { ...user, PolicyArn: arnOf(c.policy) },
    DetachUserPolicy: { ...user, PolicyArn: arnOf(c.policy) },
    PutUserPermissionsBoundary: { ...user, ...boundary },
    DeleteUserPermissionsBoundary: user,
    CreateRole: { ...role, Path: c.path, ...newBoundary, AssumeRolePolicyDocument: trust },
    UpdateAssumeRolePolicy: { ...role, PolicyDocument: trust },
    UpdateRole: { ...role, Description: "d" },
    DeleteRole: role,
    TagRole: { ...role, ...tags },
    PutRolePolicy: { ...role, PolicyName: "p", ...document },
    DeleteRolePolicy: { ...role, PolicyName: "p" },
    AttachRolePolicy: { ...role, PolicyArn: arnOf(c.policy) },
    DetachRolePolicy: { ...role, PolicyArn: arnOf(c.policy) },
    PutRolePermissionsBoundary: { ...role, ...boundary },
    DeleteRolePermissionsBoundary: role,
    CreateGroup: { GroupName: c.group, Path: c.path },
    UpdateGroup: { GroupName: c.group, NewPath: c.path },
    DeleteGroup: { GroupName: c.group },
    AddUserToGroup: { GroupName: c.group, ...user },
    RemoveUserFromGroup: { GroupName: c.group, ...user },
    PutGroupPolicy: { GroupName: c.group, PolicyName: "p", ...document },
    AttachGroupPolicy: { GroupName: c.group, PolicyArn: arnOf(c.policy) },
    CreatePolicy: { PolicyName: c.policy.slice(-2), Path: c.path, ...document },
    CreatePolicyVersion: { PolicyArn: arnOf(c.policy), ...document, SetAsDefault: "true" },
    SetDefaultPolicyVersion: { PolicyArn: arnOf(c.policy), VersionId: c.version },
    DeletePolicyVersion: { PolicyArn: arnOf(c.policy), VersionId: c.version },
    DeletePolicy: { PolicyArn: arnOf(c.policy) },
    AssumeRole: {
      RoleArn: `arn:aws:iam::${accountId}:role${c.role === "strong" ? "/" : c.path}${c.role}`,
      RoleSessionName: "session",
    },
    GetFederationToken: { Name: "federated", Policy: everything },
    GetSessionToken: {},
  };
}

/** Those that lead on come more often. */
const operations = Object.keys(fieldsOf("", sample())).flatMap((name) =>
  /^(Attach|Put|CreateAccessKey|AssumeRole|AddUser|CreatePolicyVersion)/.test(name) ? [name, name, name] : [name],
);
const ofSts: readonly string[] = ["AssumeRole", "GetFederationToken", "GetSessionToken"] satisfies StsOperationName[];

/** What the boundary does not allow, and some of what it does. */
function probes(account: Account): readonly (readonly [action: string, resource: string, boundary?: string])[] {
  const iam = (rest: string) => `arn:aws:iam::${account.id}:${rest}`;
  return [
    ["s3:GetObject", "arn:aws:s3:::b/k"],
    ["s3:PutObject", "arn:aws:s3:::b/k"],
    ["s3:CreateBucket", "arn:aws:s3:::b"],
    ["iam:CreateUser", iam("user/team/x")],
    ["iam:CreateUser", iam("user/team/x"), account.limit],
    ["iam:CreateUser", iam("user/team/x"), administrator],
    ["iam:PutUserPolicy", iam("user/admin")],
    ["iam:PutUserPolicy", iam("user/team/delegate")],
    ["iam:AttachRolePolicy", iam("role/team/r1")],
    ["iam:AttachGroupPolicy", iam("group/team/g1")],
    ["iam:PutGroupPolicy", iam("group/admins")],
    ["iam:AddUserToGroup", iam("group/admins")],
    ["iam:DeleteUserPermissionsBoundary", iam("user/team/delegate"), account.limit],
    ["iam:DeleteRolePermissionsBoundary", iam("role/team/r1"), account.limit],
    ["iam:PutUserPermissionsBoundary", iam("user/team/delegate"), administrator],
    ["iam:CreatePolicyVersion", iam("policy/limit")],
    ["iam:SetDefaultPolicyVersion", iam("policy/limit")],
    ["iam:CreateAccessKey", iam("user/admin")],
    ["iam:UpdateAssumeRolePolicy", iam("role/strong")],
    ["iam:UpdateAccountPasswordPolicy", "*"],
    ["sts:AssumeRole", iam("role/strong")],
  ];
}

type Who = Pick<Caller, "principal" | "layers" | "context">;

/** The first probe that somebody may do and the boundary does not allow. */
function beyond(account: Account, { principal, layers, context }: Who): string | undefined {
  for (const [action, resource, boundary] of probes(account)) {
    const keys = new Map([...context].map(([key, value]) => [key.toLowerCase(), value]));
    if (boundary !== undefined) keys.set("iam:permissionsboundary", boundary);
    const request: AccessRequest = {
      principal,
      action,
      resource,
      resourceAccount: account.id,
      context: (key) => keys.get(key.toLowerCase()),
    };
    // What the boundary allows does not depend on the kind of caller.
    const ofBoundary = { ...request, principal: anyUser(account) };
    if (isAllowed(decide({ ...layers, resource: "none" }, request)) && !isAllowed(decide(account.alone, ofBoundary)))
      return `${nameOf(principal)}: ${action} on ${resource} (${boundary ?? "no boundary"})`;
  }
  return undefined;
}

function anyUser({ id: accountId }: Account): Principal {
  const arn = `arn:aws:iam::${accountId}:user/any`;
  return { kind: "user", accountId, canonicalId: "", arn, userId: "AIDAANY", userName: "any" };
}

function nameOf(principal: Principal): string {
  return "arn" in principal ? principal.arn : principal.kind;
}

interface Attacker {
  readonly account: Account;
  readonly directory: TestDirectory;
  readonly actions: InProcessActions;
  /** Whatever credentials were ever got. */
  readonly held: Keys[];
}

const noKeys: Keys = { accessKeyId: "", sessionToken: undefined };

/** Counts what was done, so that the property cannot pass because everything is refused. */
const done = new Map<string, number>();

class Attempt implements fc.AsyncCommand<object, Attacker> {
  readonly operation: string;
  readonly by: number;
  readonly with: Choices;
  constructor(operation: string, by: number, chosen: Choices) {
    this.operation = operation;
    this.by = by;
    this.with = chosen;
  }
  check(): boolean {
    return true;
  }
  async run(_model: object, { account, directory, actions, held }: Attacker): Promise<void> {
    const keys = held[this.by % held.length] ?? noKeys;
    const fields = fieldsOf(account.id, this.with)[this.operation] ?? {};
    const outcome = ofSts.includes(this.operation)
      ? await actions.sts(this.operation as StsOperationName, fields, keys)
      : await actions.iam(this.operation as IamOperationName, fields, keys);
    if (outcome.code !== undefined) return;
    done.set(this.operation, (done.get(this.operation) ?? 0) + 1);
    const accessKeyId = outcome.value("AccessKeyId");
    if (accessKeyId !== undefined) held.push({ accessKeyId, sessionToken: outcome.value("SessionToken") });
    await expectNobodyBeyond({ account, directory, actions, held });
  }
  toString(): string {
    return `${this.operation} by ${this.by}: ${JSON.stringify(this.with)}`;
  }
}

async function expectNobodyBeyond({ account, directory, actions, held }: Attacker): Promise<void> {
  const { store, principals } = directory;
  const all = { pathPrefix: "/", after: undefined, limit: 1000, turn: async () => {} };
  for (const kind of ["user", "role"] as const) {
    for (const record of (await store.listPrincipals(grant, kind, account.id, all)).items) {
      const who = account.strong.has(record.id) ? undefined : await principals.simulated(record);
      if (who !== undefined) expect(beyond(account, who)).toBeUndefined();
    }
  }
  for (const keys of held) {
    const caller = await actions.callerOf(keys);
    if (caller !== undefined) expect(beyond(account, caller)).toBeUndefined();
  }
}

/** As long as they may be, each as often. */
const commands = fc.noBias(
  fc.commands(
    [
      fc
        .tuple(fc.constantFrom(...operations), fc.nat(7), choices)
        .map(([operation, by, chosen]) => new Attempt(operation, by, chosen)),
    ],
    { maxCommands: 150, size: "max" },
  ),
);

test.each([
  ["bounded, with every right in its own policies", true],
  ["without a boundary, with the boundary's rights as its own policy", false],
])("a delegate %s: nobody ever gets beyond the boundary", { timeout: 3_600_000 }, async (_what, bounded) => {
  const directory = await testDirectory();
  const actions = inProcessActions(directory);
  done.clear();
  await fc.assert(
    fc.asyncProperty(commands, async (attempts) => {
      const account = await makeAccount(directory, bounded);
      const attacker = { account, directory, actions, held: [...account.keys] };
      await expectNobodyBeyond(attacker);
      await fc.asyncModelRun(() => ({ model: {}, real: attacker }), attempts);
    }),
    { numRuns: runs },
  );
  const total = [...done.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(runs);
});
