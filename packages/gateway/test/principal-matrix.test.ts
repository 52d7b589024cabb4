import { CreatePolicyCommand, CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutRolePermissionsBoundaryCommand, PutUserPermissionsBoundaryCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  type Credentials,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import type { SigningKeys } from "@s3-credentials/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useOrganization } from "./organization-accounts.ts";
import { useS3Gateway } from "./s3-gateway.ts";

/**
 * Every kind of principal of two accounts reads an object of each: what the bucket's policy says, what the caller's own policies say,
 * what its boundary and its session policy say, each with each. The rule that says what is right is `expected`, from
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html and, across accounts,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */

const gateway = useS3Gateway();
const organization = useOrganization(gateway);

const kinds = ["root", "user", "own session", "session token", "federated user", "role session"] as const;
/** `bounded`: its policies allow, its boundary does not. */
const identities = ["allows", "says nothing", "bounded"] as const;
const sessions = ["none", "allows", "says nothing"] as const;

type Kind = (typeof kinds)[number];

interface Person {
  readonly kind: Kind | "anonymous";
  readonly account: string | undefined;
  readonly identity: (typeof identities)[number];
  readonly session: (typeof sessions)[number];
  readonly keys: SigningKeys | undefined;
}

/** Whom a bucket policy names; an ARN of each kind, of all accounts. */
const names = ["everyone", "accounts", "users", "roles", "role sessions", "federated users"] as const;
type Name = (typeof names)[number];

const wide = { Effect: "Allow", Action: ["sts:*", "s3:GetObject"], Resource: "*" };
const narrow = { Effect: "Allow", Action: "sts:*", Resource: "*" };
const text = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });

const policies: Readonly<Record<Person["session"], string | undefined>> = {
  none: undefined,
  allows: text(wide),
  "says nothing": text(narrow),
};

const people: Person[] = [{ kind: "anonymous", account: undefined, identity: "says nothing", session: "none", keys: undefined }]; // prettier-ignore
const arns: Record<Exclude<Name, "everyone">, string[]> = {
  accounts: [],
  users: [],
  roles: [],
  "role sessions": [],
  "federated users": [],
};
const open: STSClient[] = [];
afterAll(() => {
  for (const client of open) client.destroy();
});

function sts(credentials: SigningKeys): STSClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const client = new STSClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  open.push(client);
  return client;
}

function keysOf({ Credentials: made }: { readonly Credentials?: Credentials | undefined }): SigningKeys {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = made ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** The user with these policies, and everybody who comes from it. */
async function makeUser(account: string, root: SigningKeys, identity: Person["identity"], boundary: string) {
  const UserName = `user-${identity.replace(" ", "-")}`;
  const keys = await organization.user(root, UserName, identity === "says nothing" ? narrow : wide);
  if (identity === "bounded")
    await organization
      .iam(root)
      .send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: boundary }));
  arns.users.push(`arn:aws:iam::${account}:user/${UserName}`);
  const client = sts(keys);
  const add = (kind: Kind, session: Person["session"], own: SigningKeys) =>
    people.push({ kind, account, identity, session, keys: own });
  add("user", "none", keys);
  add("session token", "none", keysOf(await client.send(new GetSessionTokenCommand())));
  for (const session of sessions) {
    const Policy = policies[session];
    const Name = `${UserName}-${session.replace(" ", "-")}`.slice(0, 32);
    const federated = await client.send(new GetFederationTokenCommand({ Name, Policy }));
    arns["federated users"].push(federated.FederatedUser?.Arn ?? "");
    add("federated user", session, keysOf(federated));
    if (session === "none") continue; // the gateway's own kind of session: it always has a policy
    const own = { RoleArn: undefined, RoleSessionName: "own", Policy };
    add("own session", session, keysOf(await client.send(new AssumeRoleCommand(own))));
  }
  return keys;
}

async function makeRole(
  account: string,
  root: SigningKeys,
  identity: Person["identity"],
  boundary: string,
  caller: SigningKeys,
) {
  const iam = organization.iam(root);
  const RoleName = `role-${identity.replace(" ", "-")}`;
  const trust = text({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = text(identity === "says nothing" ? narrow : wide);
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument }));
  if (identity === "bounded")
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundary }));
  arns.roles.push(Role?.Arn ?? "");
  for (const session of sessions) {
    const RoleSessionName = session.replace(" ", "-");
    const input = { RoleArn: Role?.Arn, RoleSessionName, Policy: policies[session] };
    const made = await sts(caller).send(new AssumeRoleCommand(input));
    arns["role sessions"].push(made.AssumedRoleUser?.Arn ?? "");
    people.push({ kind: "role session", account, identity, session, keys: keysOf(made) });
  }
}

async function makePeople(account: string, root: SigningKeys): Promise<void> {
  people.push({ kind: "root", account, identity: "allows", session: "none", keys: root });
  arns.accounts.push(account);
  const bound = new CreatePolicyCommand({ PolicyName: "bound", PolicyDocument: text(narrow) });
  const boundary = (await organization.iam(root).send(bound)).Policy?.Arn ?? "";
  const callers: SigningKeys[] = [];
  for (const identity of identities) callers.push(await makeUser(account, root, identity, boundary));
  const [caller = root] = callers;
  for (const identity of identities) await makeRole(account, root, identity, boundary, caller);
}

type Owner = readonly [id: string, root: SigningKeys];
let owners: Readonly<Record<"management" | "member", Owner>>;
beforeAll(async () => {
  const member = await organization.member();
  owners = { management: [gateway.accountId, gateway.root], member: [member.id, member.root] };
  for (const [id, root] of Object.values(owners)) await makePeople(id, root);
}, 60_000);

let made = 0;
/** A bucket of the account with an object, and with the policy. */
async function bucketOf(keys: SigningKeys, statements: readonly object[]): Promise<string> {
  const bucket = `matrix-${(made += 1)}`;
  const Resource = `arn:aws:s3:::${bucket}/*`;
  const policy = {
    Version: "2012-10-17",
    Statement: statements.map((one) => ({ ...one, Action: "s3:GetObject", Resource })),
  };
  for (const [method, target, body] of [
    ["PUT", `/${bucket}`, ""],
    ["PUT", `/${bucket}/key`, "content"],
    ["DELETE", `/${bucket}?publicAccessBlock`, ""], // a new bucket refuses public policies
    ...(statements.length === 0 ? [] : [["PUT", `/${bucket}?policy`, JSON.stringify(policy)] as const]),
  ] as const) {
    const { status, body: answer } = await gateway.send({ method, target, body, keys });
    expect(status, answer).toBeLessThan(300);
  }
  return bucket;
}

function principalOf(name: Name): object {
  return { Principal: name === "everyone" ? "*" : { AWS: arns[name] } };
}

/**
 * What it is worth to a caller that a policy names it so. `direct`: "grants permissions directly"; no implicit deny limits it.
 * `limited`: boundary and session policy limit it. `account`: the account's own policies must allow.
 */
function worthOf(name: Name, kind: Person["kind"]): "direct" | "limited" | "account" | undefined {
  if (name === "everyone") return "limited";
  if (kind === "anonymous") return undefined;
  if (name === "accounts") return "account";
  if (name === "users") {
    if (kind === "user" || kind === "session token") return "direct";
    // "If a resource-based policy grants permission to the ARN of the IAM user who federated", boundary and session policy limit it.
    return kind === "federated user" || kind === "own session" ? "limited" : undefined;
  }
  if (name === "federated users") return kind === "federated user" ? "direct" : undefined;
  if (kind !== "role session") return undefined;
  return name === "roles" ? "limited" : "direct";
}

function expected(owner: string, person: Person, allowed: Name | undefined, denied: Name | undefined): boolean {
  const { kind, account, identity, session } = person;
  if (denied !== undefined && worthOf(denied, kind) !== undefined) return false;
  const worth = allowed === undefined ? undefined : worthOf(allowed, kind);
  if (kind === "anonymous") return worth !== undefined;
  // A federated user without a session policy has nothing that is not given to its own ARN.
  const inSession = session === "allows" || (session === "none" && kind !== "federated user");
  const inside = identity !== "bounded" && inSession;
  const own = identity !== "says nothing" && inside;
  if (account !== owner) return own && worth !== undefined;
  return worth === "direct" || (worth === "limited" && inside) || own;
}

type Case = readonly [allowed: Name | undefined, denied: Name | undefined];
const cases: readonly Case[] = [
  [undefined, undefined],
  ...names.map((name): Case => [name, undefined]),
  ...names.map((name): Case => ["everyone", name]),
];

// Whose bucket it is makes no difference to a Deny.
const owned = (["management", "member"] as const).flatMap((owner) =>
  cases
    .filter(([, denied]) => owner === "management" || denied === undefined)
    .map(([allowed, denied]) => [owner, allowed ?? "nobody", denied ?? "nobody", allowed, denied] as const),
);

test.each(owned)("a bucket of the %s account allows %s and denies %s", async (which, _, __, allowed, denied) => {
  const [owner, root] = owners[which];
  const bucket = await bucketOf(root, [
    ...(allowed === undefined ? [] : [{ Effect: "Allow", ...principalOf(allowed) }]),
    ...(denied === undefined ? [] : [{ Effect: "Deny", ...principalOf(denied) }]),
  ]);
  const wrong: unknown[] = [];
  for (const person of people) {
    const { keys, ...who } = person;
    const target = `/${bucket}/key`;
    const { status, code } = await (keys === undefined
      ? gateway.sendUnsigned({ target })
      : gateway.send({ target, keys }));
    const found = status === 200 ? "allowed" : code;
    const want = expected(owner, person, allowed, denied) ? "allowed" : "AccessDenied";
    if (found !== want) wrong.push({ ...who, account: who.account === owner ? "same" : "other", found, want });
  }
  expect(people).toHaveLength(63);
  expect(wrong).toEqual([]);
});
