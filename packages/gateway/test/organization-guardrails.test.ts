import { CreateRoleCommand, CreateUserCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import * as org from "@aws-sdk/client-organizations";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { useOrganization } from "./organization-accounts.ts";
import type { Call } from "./pipeline-gateway.ts";
import { managementEvents } from "./recorded-events.ts";
import { useS3Gateway } from "./s3-gateway.ts";

// What policies of the organization limit, and what is left of an account that is closed.

const gateway = useS3Gateway();
const organization = useOrganization(gateway);
const RESOURCE = "RESOURCE_CONTROL_POLICY";
const SERVICE = "SERVICE_CONTROL_POLICY";

let root = "";
let organizationId = "";
beforeAll(async () => {
  const client = organization.client();
  root = (await client.send(new org.ListRootsCommand())).Roots?.[0]?.Id ?? "";
  organizationId = (await client.send(new org.DescribeOrganizationCommand())).Organization?.Id ?? "";
  await client.send(new org.EnablePolicyTypeCommand({ RootId: root, PolicyType: RESOURCE }));
});

let made = 0;

/** A bucket of its own for an account, with an object, and a policy if one is given. */
async function bucketOf(keys: SigningKeys, policy?: object): Promise<string> {
  const name = `guarded-${(made += 1)}`;
  for (const [target, body] of [
    [`/${name}`, ""],
    [`/${name}/key`, "content"],
  ] as const)
    expect((await gateway.send({ method: "PUT", target, body, keys })).status).toBe(200);
  if (policy !== undefined) await setPolicy(name, keys, policy);
  return name;
}

async function setPolicy(name: string, keys: SigningKeys, statement: object): Promise<void> {
  // A new bucket refuses public policies.
  expect((await gateway.send({ method: "DELETE", target: `/${name}?publicAccessBlock`, keys })).status).toBe(204);
  const body = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${name}/*`, ...statement }],
  });
  expect((await gateway.send({ method: "PUT", target: `/${name}?policy`, body, keys })).status).toBe(204);
}

const codeOf = async (call: Call): Promise<string> => {
  const { status, code } = await (call.keys === undefined ? gateway.sendUnsigned(call) : gateway.send(call));
  return status < 300 ? "ok" : (code ?? String(status));
};

describe("service control policies", () => {
  test("limit everyone of a member account, its root too, and nobody else", async () => {
    const { id, root: memberRoot } = await organization.member();
    const bucket = await bucketOf(memberRoot);
    const user = await organization.user(memberRoot, "ann", { Effect: "Allow", Action: "*", Resource: "*" });
    const get = { target: `/${bucket}/key` };
    for (const keys of [memberRoot, user]) expect(await codeOf({ ...get, keys })).toBe("ok");
    const denied = { Effect: "Deny", Action: "s3:GetObject", Resource: "*" };
    const PolicyId = await organization.attach(id, SERVICE, denied);
    const session = await organization.assume(gateway.admin, `arn:aws:iam::${id}:role/OrganizationAccountAccessRole`);
    for (const keys of [memberRoot, user, session]) {
      const { code, body } = await gateway.send({ ...get, keys });
      expect([code, body]).toEqual([
        "AccessDenied",
        expect.stringContaining("explicit deny in a service control policy"),
      ]);
    }
    await organization.client().send(new org.DetachPolicyCommand({ PolicyId, TargetId: id }));
    for (const keys of [memberRoot, user, session]) expect(await codeOf({ ...get, keys })).toBe("ok");
  });

  test("are part of a simulation of a principal", async () => {
    const { id, root: memberRoot } = await organization.member();
    await organization.user(memberRoot, "ann", { Effect: "Allow", Action: "*", Resource: "*" });
    await organization.attach(id, SERVICE, { Effect: "Deny", Action: "s3:GetObject", Resource: "*" });
    const answer = await gateway.send({
      method: "POST",
      target: "/",
      body: new URLSearchParams({
        Action: "SimulatePrincipalPolicy",
        Version: "2010-05-08",
        PolicySourceArn: `arn:aws:iam::${id}:user/ann`,
        "ActionNames.member.1": "s3:GetObject",
        "ActionNames.member.2": "s3:PutObject",
      }).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      service: "iam",
      keys: memberRoot,
    });
    const decided = answer.body.matchAll(
      /<EvalDecision>(\w+)<.*?<AllowedByOrganizations>(\w+)<\/AllowedByOrganizations><\/OrganizationsDecisionDetail>/g,
    );
    expect([...decided].map(([, ...found]) => found)).toEqual([
      ["explicitDeny", "false"],
      ["allowed", "true"],
    ]);
  });

  test("of the root limit every member account, and not the management account", async () => {
    const { root: memberRoot } = await organization.member();
    const mine = await gateway.bucket();
    const theirs = await bucketOf(memberRoot);
    const denied = { Effect: "Deny", Action: "s3:ListBucket", Resource: "*" };
    const PolicyId = await organization.attach(root, SERVICE, denied);
    expect(await codeOf({ target: `/${theirs}`, keys: memberRoot })).toBe("AccessDenied");
    expect(await codeOf({ target: `/${mine}`, keys: gateway.admin })).toBe("ok");
    await organization.client().send(new org.DetachPolicyCommand({ PolicyId, TargetId: root }));
    expect(await codeOf({ target: `/${theirs}`, keys: memberRoot })).toBe("ok");
  });

  test("without one that allows, nothing is allowed; what allows only some allows no more", async () => {
    const { id, root: memberRoot } = await organization.member();
    const bucket = await bucketOf(memberRoot);
    await organization.attach(id, SERVICE, { Effect: "Allow", Action: "s3:Get*", Resource: "*" });
    await organization.client().send(new org.DetachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId: id }));
    expect(await codeOf({ target: `/${bucket}/key`, keys: memberRoot })).toBe("ok");
    expect(await codeOf({ target: `/${bucket}`, keys: memberRoot })).toBe("AccessDenied");
    await expect(organization.iam(memberRoot).send(new CreateUserCommand({ UserName: "x" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
  });

  test("a member that reaches the management account's bucket is limited by its own", async () => {
    const { id, root: memberRoot } = await organization.member();
    const bucket = await bucketOf(gateway.admin, { Principal: { AWS: id } });
    const get = { target: `/${bucket}/key`, keys: memberRoot };
    expect(await codeOf(get)).toBe("ok");
    await organization.attach(id, SERVICE, { Effect: "Deny", Action: "s3:GetObject", Resource: "*" });
    expect(await codeOf(get)).toBe("AccessDenied");
  });
});

describe("resource control policies", () => {
  test("limit everyone who reaches what a member account has", async () => {
    const { id, root: memberRoot } = await organization.member();
    const bucket = await bucketOf(memberRoot, { Principal: "*" });
    const stranger = await organization.member();
    const user = await organization.user(stranger.root, "eve", { Effect: "Allow", Action: "s3:*", Resource: "*" });
    const target = `/${bucket}/key`;
    const everyone = [undefined, user, stranger.root, memberRoot, gateway.admin];
    const ask = () => Promise.all(everyone.map((keys) => codeOf({ target, ...(keys === undefined ? {} : { keys }) })));
    expect(await ask()).toEqual(["ok", "ok", "ok", "ok", "ok"]);
    const denied = { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: "*" };
    const PolicyId = await organization.attach(id, RESOURCE, denied);
    expect(await ask()).toEqual(Array(5).fill("AccessDenied"));
    const { body } = await gateway.send({ target, keys: memberRoot });
    expect(body).toContain("explicit deny in a resource control policy");
    expect(await codeOf({ target: `/${bucket}`, keys: memberRoot })).toBe("ok");
    await organization.client().send(new org.DetachPolicyCommand({ PolicyId, TargetId: id }));
    expect(await ask()).toEqual(["ok", "ok", "ok", "ok", "ok"]);
  });

  test("do not limit what the management account has, nor its members elsewhere", async () => {
    const { id } = await organization.member();
    const bucket = await bucketOf(gateway.admin, { Principal: "*" });
    await organization.attach(gateway.accountId, RESOURCE, {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: "*",
    });
    expect(await codeOf({ target: `/${bucket}/key` })).toBe("ok");
    expect(await codeOf({ target: `/${bucket}/key`, keys: gateway.admin })).toBe("ok");
    expect(id).not.toBe(gateway.accountId);
  });

  test("keep strangers to the organization out, by its id; the roles of an account too", async () => {
    const { id, root: memberRoot } = await organization.member();
    const bucket = await bucketOf(memberRoot, { Principal: "*" });
    const outside = { StringNotEqualsIfExists: { "aws:PrincipalOrgID": organizationId } };
    const deny = { Effect: "Deny", Principal: "*", Resource: "*" };
    await organization.attach(id, RESOURCE, { ...deny, Action: ["s3:*"], Condition: outside });
    expect(await codeOf({ target: `/${bucket}/key` })).toBe("AccessDenied");
    expect(await codeOf({ target: `/${bucket}/key`, keys: gateway.admin })).toBe("ok");
    const role = `arn:aws:iam::${id}:role/OrganizationAccountAccessRole`;
    await organization.assume(gateway.admin, role);
    await organization.attach(id, RESOURCE, { ...deny, Action: "sts:AssumeRole" });
    await expect(organization.assume(gateway.admin, role)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("condition keys", () => {
  test("say of which organization a caller and a resource are", async () => {
    const { id, root: memberRoot } = await organization.member();
    const paths = `${organizationId}/${root}/*`;
    for (const [Condition, expected] of [
      [{ StringEquals: { "aws:PrincipalOrgID": organizationId } }, "ok"],
      [{ StringEquals: { "aws:PrincipalOrgID": "o-another1234" } }, "AccessDenied"],
      [{ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": paths } }, "ok"],
      [{ StringEquals: { "aws:ResourceOrgID": organizationId } }, "ok"],
      [{ "ForAnyValue:StringLike": { "aws:ResourceOrgPaths": paths } }, "ok"],
      [{ StringEquals: { "aws:PrincipalAccount": id } }, "ok"],
      [{ StringEquals: { "aws:ResourceAccount": gateway.accountId } }, "ok"],
      [{ StringEquals: { "aws:ResourceAccount": id } }, "AccessDenied"],
      [{ Bool: { "aws:PrincipalIsAWSService": "false" } }, "ok"],
    ] as const) {
      const bucket = await bucketOf(gateway.admin, { Principal: { AWS: id }, Condition });
      expect([Condition, await codeOf({ target: `/${bucket}/key`, keys: memberRoot })]).toEqual([Condition, expected]);
    }
    const toCallers = { Principal: "*", Condition: { Bool: { "aws:PrincipalIsAWSService": "false" } } };
    const target = `/${await bucketOf(gateway.admin, toCallers)}/key`;
    // "Anonymous requests do not include this key".
    expect([await codeOf({ target, keys: gateway.admin }), await codeOf({ target })]).toEqual(["ok", "AccessDenied"]);
  });
});

describe("a closed account", () => {
  test("has no callers any more, and nobody reaches what it has", async () => {
    const { id, root: memberRoot } = await organization.member();
    const bucket = await bucketOf(memberRoot, { Principal: "*" });
    const user = await organization.user(memberRoot, "ann", { Effect: "Allow", Action: "*", Resource: "*" });
    const role = `arn:aws:iam::${id}:role/OrganizationAccountAccessRole`;
    const session = await organization.assume(gateway.admin, role);
    const target = `/${bucket}/key`;
    for (const keys of [memberRoot, user, session]) expect(await codeOf({ target, keys })).toBe("ok");
    const close = new org.CloseAccountCommand({ AccountId: id });
    await organization.client().send(close);

    for (const keys of [memberRoot, user, session]) expect(await codeOf({ target, keys })).toBe("InvalidAccessKeyId");
    await expect(organization.iam(user).send(new CreateUserCommand({ UserName: "x" }))).rejects.toMatchObject({
      name: "InvalidClientTokenId",
    });
    await expect(organization.assume(gateway.admin, role)).rejects.toMatchObject({ name: "AccessDenied" });
    expect(await codeOf({ target })).toBe("AllAccessDisabled");
    expect(await codeOf({ target, keys: gateway.admin })).toBe("AllAccessDisabled");
    expect(await codeOf({ method: "DELETE", target: `/${bucket}`, keys: gateway.admin })).toBe("AllAccessDisabled");
    const mine = await gateway.bucket();
    const copy = { method: "PUT", target: `/${mine}/copy`, headers: { "x-amz-copy-source": `${bucket}/key` } };
    expect(await codeOf({ ...copy, keys: gateway.admin })).toBe("AllAccessDisabled");

    const { Account } = await organization.client().send(new org.DescribeAccountCommand({ AccountId: id }));
    expect(Account).toMatchObject({ Status: "SUSPENDED", State: "CLOSED" });
    await expect(organization.client().send(close)).rejects.toMatchObject({ name: "AccountAlreadyClosedException" });
  });

  test("ends the sessions that its users and roles began in other accounts, and no others", async () => {
    const [first, between, last] = [
      await organization.member(),
      await organization.member(),
      await organization.member(),
    ];
    const everything = { Effect: "Allow", Action: "*", Resource: "*" };
    const roleIn = async ({ id, root }: typeof first, trusted: string) => {
      const RoleName = `for-${trusted}`;
      const trust = { Effect: "Allow", Principal: { AWS: trusted }, Action: "sts:AssumeRole" };
      const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const iam = organization.iam(root);
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: document(everything) }));
      return `arn:aws:iam::${id}:role/${RoleName}`;
    };
    const ann = await organization.user(first.root, "ann", everything);
    const bob = await organization.user(between.root, "bob", everything);
    const [toBetween, toLast] = [await roleIn(between, first.id), await roleIn(last, between.id)];
    const chained = await organization.assume(await organization.assume(ann, toBetween), toLast);
    const direct = await organization.assume(bob, toLast);
    const target = "/";
    const answers = async () => [await codeOf({ target, keys: chained }), await codeOf({ target, keys: direct })];
    expect(await answers()).toEqual(["ok", "ok"]);
    await organization.client().send(new org.CloseAccountCommand({ AccountId: first.id }));
    expect(await answers()).toEqual(["InvalidAccessKeyId", "ok"]);
    await organization.client().send(new org.CloseAccountCommand({ AccountId: between.id }));
    expect(await answers()).toEqual(["InvalidAccessKeyId", "InvalidAccessKeyId"]);
  });

  test("is never the management account", async () => {
    const close = new org.CloseAccountCommand({ AccountId: gateway.accountId });
    await expect(organization.client().send(close)).rejects.toMatchObject({
      name: "ConstraintViolationException",
      Reason: "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
    });
  });
});

test("what another account asks and is not allowed is in no event of ours, however it is refused", async () => {
  const [ours, theirs] = [await organization.member(), await organization.member()];
  const costly = { StringLike: { "aws:UserAgent": `*a?${"a".repeat(1200)}b*` } };
  const keys = await organization.user(theirs.root, "stranger", {
    Effect: "Allow",
    Action: ["sts:AssumeRole", "s3:*"],
    Resource: "*",
    Condition: costly,
  });
  const bucket = await bucketOf(ours.root);
  const headers = { "user-agent": "a".repeat(6000), "content-type": "application/x-www-form-urlencoded" };
  const form = { Action: "AssumeRole", Version: "2011-06-15", RoleSessionName: "one" };
  const body = String(new URLSearchParams({ ...form, RoleArn: `arn:aws:iam::${ours.id}:role/any` }));
  const assume = await gateway.send({ method: "POST", target: "/", service: "sts", keys, headers, body });
  expect(assume).toMatchObject({ status: 400, code: "ValidationError" });
  const read = await gateway.send({ target: `/${bucket}?versioning`, keys, headers });
  expect(read).toMatchObject({ status: 400, code: "InvalidRequest" });
  const recipients = (name: string) =>
    managementEvents(gateway.dataDir)
      .filter(({ eventName, userIdentity }) => eventName === name && userIdentity["accountId"] === theirs.id)
      .map(({ recipientAccountId }) => recipientAccountId);
  expect([recipients("AssumeRole"), recipients("GetBucketVersioning")]).toEqual([[theirs.id], [theirs.id]]);
});
