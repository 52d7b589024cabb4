import { statSync } from "node:fs";
import { join } from "node:path";
import {
  CreateAccountAliasCommand,
  CreateUserCommand,
  DeleteAccountAliasCommand,
  GetRoleCommand,
  IAMClient,
  ListAccountAliasesCommand,
} from "@aws-sdk/client-iam";
import * as org from "@aws-sdk/client-organizations";
import type { SigningKeys } from "@s3-credentials/protocol";
import { AccountClient, GetAccountInformationCommand, PutAccountNameCommand } from "@aws-sdk/client-account";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { rootKeysOf } from "./organization-accounts.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function client(keys: SigningKeys = gateway.admin): org.OrganizationsClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const made = new org.OrganizationsClient({ endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1 });
  onTestFinished(() => made.destroy());
  return made;
}

let organization: org.Organization = {};
let root = "";
let made = 0;
beforeAll(async () => {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const admin = new org.OrganizationsClient({ endpoint, region: "us-east-1", credentials: gateway.admin });
  organization = (await admin.send(new org.DescribeOrganizationCommand())).Organization ?? {};
  root = (await admin.send(new org.ListRootsCommand())).Roots?.[0]?.Id ?? "";
  admin.destroy();
});

async function member(name = `member ${(made += 1)}`): Promise<string> {
  const command = new org.CreateAccountCommand({ AccountName: name, Email: `member${(made += 1)}@example.com` });
  return (await client().send(command)).CreateAccountStatus?.AccountId ?? "";
}

const rootKeys = (accountId: string): SigningKeys => rootKeysOf(gateway.dataDir, accountId);

const scp = (Action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Action, Resource: "*" }] });
const rcp = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: "*" }],
});

async function policy(Content = scp("s3:DeleteBucket"), Type: org.PolicyType = "SERVICE_CONTROL_POLICY") {
  const command = new org.CreatePolicyCommand({ Name: `policy ${(made += 1)}`, Description: "", Content, Type });
  const summary = (await client().send(command)).Policy?.PolicySummary;
  return { Id: summary?.Id ?? "", Arn: summary?.Arn, Name: summary?.Name };
}

/** For calls of which only the refusal matters. */
const send = (command: unknown, keys?: SigningKeys): Promise<unknown> =>
  client(keys).send(command as org.ListAccountsCommand);
const refusedAs = (name: string, Reason?: string) => ({ name, ...(Reason === undefined ? {} : { Reason }) });

describe("accounts", () => {
  test("the first one is the management account, and is in the organization", async () => {
    const { Accounts } = await client().send(new org.ListAccountsCommand());
    expect(Accounts?.find(({ Id }) => Id === gateway.accountId)).toMatchObject({
      Arn: `arn:aws:organizations::${gateway.accountId}:account/${organization.Id}/${gateway.accountId}`,
      Status: "ACTIVE",
      State: "ACTIVE",
    });
  });

  test("a new one is there at once, with its role and its root keys in a file for its owner alone", async () => {
    const email = "team@example.com";
    const { CreateAccountStatus: status } = await client().send(
      new org.CreateAccountCommand({ AccountName: "team", Email: email, RoleName: "Admins" }),
    );
    expect(status).toMatchObject({
      AccountName: "team",
      State: "SUCCEEDED",
      AccountId: expect.stringMatching(/^\d{12}$/),
    });
    const id = status?.AccountId ?? "";
    const { Account } = await client().send(new org.DescribeAccountCommand({ AccountId: id }));
    expect(Account).toMatchObject({ Id: id, Name: "team", Email: email, JoinedMethod: "CREATED", Status: "ACTIVE" });
    const again = await client().send(
      new org.DescribeCreateAccountStatusCommand({ CreateAccountRequestId: status?.Id ?? "" }),
    );
    expect(again.CreateAccountStatus).toEqual(status);

    const file = join(gateway.dataDir, "accounts", id, "root-credentials");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.stringify([status, Account])).not.toContain(rootKeys(id).secretAccessKey);
    const iam = new IAMClient({
      endpoint: `http://127.0.0.1:${gateway.port}`,
      region: "us-east-1",
      credentials: rootKeys(id),
    });
    onTestFinished(() => iam.destroy());
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "Admins" }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toContain(
      `arn:aws:iam::${gateway.accountId}:root`,
    );
    expect((await iam.send(new CreateUserCommand({ UserName: "ann" }))).User?.Arn).toBe(`arn:aws:iam::${id}:user/ann`);
  });

  test("have no say over the keyring, which seals the sessions of all: not even their root", async () => {
    const keyring = async (action: string, keys: SigningKeys) => {
      const headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `S3Credentials.${action}Keyring`,
      };
      const call = { method: "POST", target: "/", body: "{}", headers, service: "s3-credentials", keys } as const;
      const { status, body } = await gateway.send(call);
      return { status, answer: JSON.parse(body) as object };
    };
    const before = await keyring("Describe", gateway.admin);
    expect(before).toMatchObject({ status: 200, answer: { Keys: [{ State: "Sealing" }] } });
    const keys = rootKeys(await member());
    for (const action of ["Describe", "Rotate"])
      expect(await keyring(action, keys)).toMatchObject({ status: 400, answer: { __type: "AccessDeniedException" } });
    expect(await keyring("Describe", gateway.admin)).toEqual(before);
  });

  test("an address has one account: the second request fails, and leaves nothing", async () => {
    const command = new org.CreateAccountCommand({ AccountName: "a", Email: "twice@example.com" });
    await client().send(command);
    const { CreateAccountStatus } = await client().send(command);
    expect(CreateAccountStatus).toMatchObject({ State: "FAILED", FailureReason: "EMAIL_ALREADY_EXISTS" });
    expect(CreateAccountStatus?.AccountId).toBeUndefined();
    const failed = await client().send(new org.ListCreateAccountStatusCommand({ States: ["FAILED"] }));
    expect(failed.CreateAccountStatuses?.map(({ Id }) => Id)).toContain(CreateAccountStatus?.Id);
  });

  test("are listed in pages", async () => {
    await member();
    await member();
    const ids: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page: org.ListAccountsCommandOutput = await client().send(
        new org.ListAccountsCommand({ MaxResults: 1, NextToken }),
      );
      ids.push(...(page.Accounts ?? []).map(({ Id }) => Id));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const whole = await client().send(new org.ListAccountsForParentCommand({ ParentId: root }));
    expect(ids).toEqual(whole.Accounts?.map(({ Id }) => Id));
    const children = await client().send(new org.ListChildrenCommand({ ParentId: root, ChildType: "ACCOUNT" }));
    expect(children.Children?.map(({ Id }) => Id)).toEqual(ids);
    for (const token of ["x", "AAAA", "../"])
      await expect(send(new org.ListAccountsCommand({ NextToken: token }))).rejects.toMatchObject(
        refusedAs("InvalidInputException", "INVALID_NEXT_TOKEN"),
      );
  });

  test("what is wrong with a request has the reason of the reference", async () => {
    const listed = (more: object) => send(new org.ListAccountsCommand(more));
    const ofType = (Filter: string) => send(new org.ListPoliciesCommand({ Filter: Filter as org.PolicyType }));
    const attached = (TargetId: string) => send(new org.AttachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId }));
    const statuses = { States: ["GONE" as org.CreateAccountState] };
    const requests: Readonly<Record<string, () => Promise<unknown>>> = {
      INPUT_REQUIRED: () => send(new org.DescribeAccountCommand({ AccountId: undefined })),
      INVALID_PATTERN: () => send(new org.DescribeAccountCommand({ AccountId: "one" })),
      INVALID_PATTERN_TARGET_ID: () => attached("one"),
      MAX_LENGTH_EXCEEDED: () =>
        send(new org.CreateAccountCommand({ AccountName: "n".repeat(51), Email: "a@example.com" })),
      MIN_LENGTH_EXCEEDED: () => send(new org.CreateAccountCommand({ AccountName: "", Email: "a@example.com" })),
      MAX_VALUE_EXCEEDED: () => listed({ MaxResults: 21 }),
      MIN_VALUE_EXCEEDED: () => listed({ MaxResults: 0 }),
      INVALID_ENUM_POLICY_TYPE: () => ofType("NO_POLICY"),
      INVALID_LIST_MEMBER: () => send(new org.ListCreateAccountStatusCommand(statuses)),
    };
    for (const [reason, request] of Object.entries(requests))
      await expect(request()).rejects.toMatchObject(refusedAs("InvalidInputException", reason));
  });

  test("are under the one root, where they stay", async () => {
    const id = await member();
    const parents = await client().send(new org.ListParentsCommand({ ChildId: id }));
    expect(parents.Parents).toEqual([{ Id: root, Type: "ROOT" }]);
    const units = await client().send(new org.ListOrganizationalUnitsForParentCommand({ ParentId: root }));
    expect(units.OrganizationalUnits).toEqual([]);
    const move = { AccountId: id, SourceParentId: root, DestinationParentId: root };
    await expect(send(new org.MoveAccountCommand(move))).rejects.toMatchObject(refusedAs("DuplicateAccountException"));
    const elsewhere = "ou-abcd-12345678";
    await expect(send(new org.MoveAccountCommand({ ...move, DestinationParentId: elsewhere }))).rejects.toMatchObject(
      refusedAs("DestinationParentNotFoundException"),
    );
    await expect(send(new org.MoveAccountCommand({ ...move, SourceParentId: elsewhere }))).rejects.toMatchObject(
      refusedAs("SourceParentNotFoundException"),
    );
  });

  test("that are not there, and requests that are not, are missing by name", async () => {
    const AccountId = "000000000000";
    for (const [command, name] of [
      [new org.DescribeAccountCommand({ AccountId }), "AccountNotFoundException"],
      [new org.CloseAccountCommand({ AccountId }), "AccountNotFoundException"],
      [new org.ListParentsCommand({ ChildId: AccountId }), "ChildNotFoundException"],
      [new org.ListChildrenCommand({ ParentId: "r-zzzz", ChildType: "ACCOUNT" }), "ParentNotFoundException"],
      [new org.ListAccountsForParentCommand({ ParentId: "r-zzzz" }), "ParentNotFoundException"],
      [
        new org.DescribeCreateAccountStatusCommand({ CreateAccountRequestId: "car-12345678" }),
        "CreateAccountStatusNotFoundException",
      ],
    ] as const)
      await expect(send(command)).rejects.toMatchObject(refusedAs(name));
  });

  test.each([
    { AccountName: "", Email: "a@b.cd" },
    { AccountName: "x".repeat(51), Email: "a@b.cd" },
    { AccountName: "é", Email: "a@b.cd" },
    { AccountName: "a", Email: "no address" },
    { AccountName: "a", Email: `${"x".repeat(60)}@b.cd` },
    { AccountName: "a", Email: "a@b.cd", RoleName: "no role" },
  ])("CreateAccount refuses %o", async (input) => {
    await expect(send(new org.CreateAccountCommand(input))).rejects.toMatchObject(refusedAs("InvalidInputException"));
  });
});

describe("only the management account manages the organization", () => {
  test("a member's root learns what the organization is, and nothing more", async () => {
    const id = await member();
    const keys = rootKeys(id);
    const answer = await client(keys).send(new org.DescribeOrganizationCommand());
    expect(answer.Organization?.MasterAccountId).toBe(gateway.accountId);
    const { Id } = await policy();
    for (const command of [
      new org.ListAccountsCommand(),
      new org.DescribeAccountCommand({ AccountId: id }),
      new org.CreateAccountCommand({ AccountName: "a", Email: "b@example.com" }),
      new org.CloseAccountCommand({ AccountId: id }),
      new org.ListPoliciesCommand({ Filter: "SERVICE_CONTROL_POLICY" }),
      new org.DescribePolicyCommand({ PolicyId: Id }),
      new org.DescribePolicyCommand({ PolicyId: "p-FullAWSAccess" }),
      new org.CreatePolicyCommand({ Name: "x", Description: "", Content: scp("*"), Type: "SERVICE_CONTROL_POLICY" }),
      new org.DetachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId: id }),
      new org.DisablePolicyTypeCommand({ RootId: root, PolicyType: "SERVICE_CONTROL_POLICY" }),
      new org.ListRootsCommand(),
      new org.ListTargetsForPolicyCommand({ PolicyId: Id }),
      new org.ListPoliciesForTargetCommand({ TargetId: id, Filter: "SERVICE_CONTROL_POLICY" }),
    ])
      await expect(send(command, keys)).rejects.toMatchObject(refusedAs("AccessDeniedException"));
  });

  test("a user of it needs the action, on the resource, for the type of policy", async () => {
    const id = await member();
    const { Id, Arn } = await policy();
    const attach = new org.AttachPolicyCommand({ PolicyId: Id, TargetId: id });
    const denied = refusedAs("AccessDeniedException");
    const account = `arn:aws:organizations::${gateway.accountId}:account/${organization.Id}/${id}`;
    const allow = { Effect: "Allow", Action: "organizations:AttachPolicy" };
    for (const [name, Resource, Condition] of [
      ["only-policy", Arn, undefined],
      ["only-account", account, undefined],
      ["other-type", [Arn, account], { StringEquals: { "organizations:PolicyType": "RESOURCE_CONTROL_POLICY" } }],
    ] as const) {
      const keys = await gateway.user(`org-${name}`, { ...allow, Resource, ...(Condition ? { Condition } : {}) });
      await expect(send(attach, keys)).rejects.toMatchObject(denied);
    }
    const Condition = { StringEquals: { "organizations:PolicyType": "SERVICE_CONTROL_POLICY" } };
    const keys = await gateway.user("org-right", { ...allow, Resource: [Arn, account], Condition });
    await send(attach, keys);
    await expect(send(new org.DetachPolicyCommand({ PolicyId: Id, TargetId: id }), keys)).rejects.toMatchObject(denied);
  });
});

describe("policies", () => {
  test("are made, read, changed, listed and deleted", async () => {
    const { Id, Arn, Name } = await policy();
    expect(Arn).toBe(
      `arn:aws:organizations::${gateway.accountId}:policy/${organization.Id}/service_control_policy/${Id}`,
    );
    const changed = await client().send(
      new org.UpdatePolicyCommand({ PolicyId: Id, Description: "new", Content: scp("s3:*") }),
    );
    expect(changed.Policy).toMatchObject({ Content: scp("s3:*"), PolicySummary: { Name, Description: "new" } });
    const read = await client().send(new org.DescribePolicyCommand({ PolicyId: Id }));
    expect(read.Policy).toEqual(changed.Policy);
    const listed = await client().send(new org.ListPoliciesCommand({ Filter: "SERVICE_CONTROL_POLICY" }));
    expect(listed.Policies?.map((one) => one.Id)).toEqual(expect.arrayContaining(["p-FullAWSAccess", Id]));
    await send(new org.DeletePolicyCommand({ PolicyId: Id }));
    await expect(send(new org.DescribePolicyCommand({ PolicyId: Id }))).rejects.toMatchObject(
      refusedAs("PolicyNotFoundException"),
    );
  });

  test("have no tags, as accounts and the root; what is not there has none to list", async () => {
    const tags = async (ResourceId: string) =>
      (await client().send(new org.ListTagsForResourceCommand({ ResourceId }))).Tags;
    const { Id } = await policy();
    expect([await tags(Id), await tags(await member()), await tags(root)]).toEqual([[], [], []]);
    for (const missing of ["p-00000000", "000000000000", "r-zzzz"])
      await expect(tags(missing)).rejects.toMatchObject({ name: "TargetNotFoundException" });
    const keys = rootKeys(await member());
    await expect(client(keys).send(new org.ListTagsForResourceCommand({ ResourceId: Id }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    const services = await client().send(new org.ListAWSServiceAccessForOrganizationCommand());
    expect(services.EnabledServicePrincipals).toEqual([]);
  });

  test("of AWS allow everything, are attached everywhere, and are nobody's to change", async () => {
    const PolicyId = "p-FullAWSAccess";
    const { Policy } = await client().send(new org.DescribePolicyCommand({ PolicyId }));
    expect(Policy?.PolicySummary).toMatchObject({
      Arn: `arn:aws:organizations::aws:policy/service_control_policy/${PolicyId}`,
      AwsManaged: true,
    });
    const id = await member();
    const { Targets } = await client().send(new org.ListTargetsForPolicyCommand({ PolicyId }));
    expect(Targets?.map(({ TargetId }) => TargetId)).toEqual(expect.arrayContaining([root, id, gateway.accountId]));
    const immutable = refusedAs("InvalidInputException", "IMMUTABLE_POLICY");
    await expect(send(new org.UpdatePolicyCommand({ PolicyId, Name: "a" }))).rejects.toMatchObject(immutable);
    await expect(send(new org.DeletePolicyCommand({ PolicyId }))).rejects.toMatchObject(immutable);
  });

  test("are attached and detached; the last service control policy of a target stays", async () => {
    const id = await member();
    const { Id } = await policy();
    const both = { PolicyId: Id, TargetId: id };
    await expect(send(new org.DetachPolicyCommand(both))).rejects.toMatchObject(
      refusedAs("PolicyNotAttachedException"),
    );
    await send(new org.AttachPolicyCommand(both));
    await expect(send(new org.AttachPolicyCommand(both))).rejects.toMatchObject(
      refusedAs("DuplicatePolicyAttachmentException"),
    );
    await expect(send(new org.DeletePolicyCommand({ PolicyId: Id }))).rejects.toMatchObject(
      refusedAs("PolicyInUseException"),
    );
    const filter = { TargetId: id, Filter: "SERVICE_CONTROL_POLICY" } as const;
    const listed = await client().send(new org.ListPoliciesForTargetCommand(filter));
    expect(listed.Policies?.map((one) => one.Id).toSorted()).toEqual(["p-FullAWSAccess", Id].toSorted());
    await send(new org.DetachPolicyCommand({ ...both, PolicyId: "p-FullAWSAccess" }));
    await expect(send(new org.DetachPolicyCommand(both))).rejects.toMatchObject(
      refusedAs("ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"),
    );
    for (let count = 1; count < 5; count += 1)
      await send(new org.AttachPolicyCommand({ TargetId: id, PolicyId: (await policy()).Id }));
    await expect(
      send(new org.AttachPolicyCommand({ TargetId: id, PolicyId: (await policy()).Id })),
    ).rejects.toMatchObject(refusedAs("ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"));
    for (const TargetId of ["000000000000", "r-zzzz"])
      await expect(send(new org.AttachPolicyCommand({ PolicyId: Id, TargetId }))).rejects.toMatchObject(
        refusedAs("TargetNotFoundException"),
      );
  });

  test("of a type are attached while the type is enabled", async () => {
    const id = await member();
    const RESOURCE = "RESOURCE_CONTROL_POLICY";
    const { Id } = await policy(rcp, RESOURCE);
    const attach = new org.AttachPolicyCommand({ PolicyId: Id, TargetId: id });
    const type = { RootId: root, PolicyType: RESOURCE } as const;
    await expect(send(attach)).rejects.toMatchObject(refusedAs("PolicyTypeNotEnabledException"));
    await expect(send(new org.DisablePolicyTypeCommand(type))).rejects.toMatchObject(
      refusedAs("PolicyTypeNotEnabledException"),
    );
    const enabled = await client().send(new org.EnablePolicyTypeCommand(type));
    expect(enabled.Root?.PolicyTypes?.map(({ Type }) => Type)).toContain(RESOURCE);
    await expect(send(new org.EnablePolicyTypeCommand(type))).rejects.toMatchObject(
      refusedAs("PolicyTypeAlreadyEnabledException"),
    );
    await send(attach);
    await expect(
      send(new org.DetachPolicyCommand({ PolicyId: "p-RCPFullAWSAccess", TargetId: id })),
    ).rejects.toMatchObject(refusedAs("InvalidInputException", "NON_DETACHABLE_POLICY"));
    await send(new org.DisablePolicyTypeCommand(type));
    const left = await client().send(new org.ListPoliciesForTargetCommand({ TargetId: id, Filter: RESOURCE }));
    expect(left.Policies).toEqual([]);
    await send(new org.DeletePolicyCommand({ PolicyId: Id }));
    const other = { ...type, PolicyType: "TAG_POLICY" as const };
    await expect(send(new org.EnablePolicyTypeCommand(other))).rejects.toMatchObject(
      refusedAs("PolicyTypeNotAvailableForOrganizationException"),
    );
    await expect(send(new org.EnablePolicyTypeCommand({ ...type, RootId: "r-zzzz" }))).rejects.toMatchObject(
      refusedAs("RootNotFoundException"),
    );
  });

  test.each([
    ["SERVICE_CONTROL_POLICY", "no JSON", "{"],
    ["SERVICE_CONTROL_POLICY", "a principal", rcp],
    ["SERVICE_CONTROL_POLICY", "no version", '{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'],
    [
      "SERVICE_CONTROL_POLICY",
      "another partition",
      scp("s3:*").replace('"Resource":"*"', '"Resource":"arn:aws-cn:s3:::*"'),
    ],
    [
      "SERVICE_CONTROL_POLICY",
      "a region where S3 has none",
      scp("s3:*").replace('"Resource":"*"', '"Resource":"arn:aws:s3:us-east-1::b"'),
    ],
    ["RESOURCE_CONTROL_POLICY", "no principal", scp("s3:*")],
    [
      "RESOURCE_CONTROL_POLICY",
      "an account where S3 has none",
      rcp.replace('"Resource":"*"', '"Resource":"arn:aws:s3::111122223333:b/*"'),
    ],
    ["RESOURCE_CONTROL_POLICY", "Allow", rcp.replace("Deny", "Allow")],
    ["RESOURCE_CONTROL_POLICY", "NotAction", rcp.replace("Action", "NotAction")],
    ["RESOURCE_CONTROL_POLICY", "an action of every service", rcp.replace("s3:PutObject", "*")],
    ["RESOURCE_CONTROL_POLICY", "a principal of its own", rcp.replace('"*"', '{"AWS":"111122223333"}')],
  ] as const)("%s with %s is malformed", async (Type, _what, Content) => {
    const made = send(new org.CreatePolicyCommand({ Name: `bad ${Type}`, Description: "", Content, Type }));
    await expect(made).rejects.toMatchObject(refusedAs("MalformedPolicyDocumentException"));
  });

  test("have a name of their own, and at most 5,120 characters with their white space", async () => {
    const { Name } = await policy();
    const named = { Name: Name ?? "", Description: "", Type: "SERVICE_CONTROL_POLICY", Content: scp("*") } as const;
    await expect(send(new org.CreatePolicyCommand(named))).rejects.toMatchObject(refusedAs("DuplicatePolicyException"));
    await expect(send(new org.CreatePolicyCommand({ ...named, Name: "FullAWSAccess" }))).rejects.toMatchObject(
      refusedAs("DuplicatePolicyException"),
    );
    const long = { ...named, Name: "long", Content: scp("*").padEnd(5121, " ") };
    await expect(send(new org.CreatePolicyCommand(long))).rejects.toMatchObject(
      refusedAs("ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED"),
    );
    await send(new org.CreatePolicyCommand({ ...long, Content: scp("*").padEnd(5120, " ") }));
  });
});

test("an account is renamed by itself, and by the management account", async () => {
  const api = (keys: SigningKeys) => {
    const endpoint = `http://127.0.0.1:${gateway.port}`;
    const made = new AccountClient({ endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1 });
    onTestFinished(() => made.destroy());
    return made;
  };
  const AccountId = await member("before");
  const own = api(rootKeys(AccountId));
  const nameOf = async () => (await own.send(new GetAccountInformationCommand())).AccountName;
  expect(await nameOf()).toBe("before");
  await own.send(new PutAccountNameCommand({ AccountName: "own name" }));
  expect(await nameOf()).toBe("own name");
  await api(gateway.admin).send(new PutAccountNameCommand({ AccountName: "given name", AccountId }));
  expect(await nameOf()).toBe("given name");
  const other = await member();
  const denied = { name: "AccessDeniedException" };
  const rename = (id?: string) => new PutAccountNameCommand({ AccountName: "x", AccountId: id });
  await expect(own.send(rename(other))).rejects.toMatchObject(denied);
  await expect(own.send(rename(gateway.accountId))).rejects.toMatchObject(denied);
  await expect(api(gateway.admin).send(rename(gateway.accountId))).rejects.toMatchObject({
    name: "ValidationException",
  });
  await expect(api(gateway.admin).send(rename("000000000000"))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await expect(api(await gateway.user("renames-nothing")).send(rename())).rejects.toMatchObject(denied);
  const one = `arn:aws:account::${gateway.accountId}:account/${organization.Id}/${AccountId}`;
  const keys = await gateway.user("renames-one", { Effect: "Allow", Action: "account:PutAccountName", Resource: one });
  await api(keys).send(rename(AccountId));
  for (const id of [other, undefined]) await expect(api(keys).send(rename(id))).rejects.toMatchObject(denied);
  await expect(
    api(gateway.admin).send(new PutAccountNameCommand({ AccountName: "<b>", AccountId })),
  ).rejects.toMatchObject({ name: "ValidationException" });
});

test("an account has an alias of its own", async () => {
  const iam = (keys: SigningKeys) => {
    const endpoint = `http://127.0.0.1:${gateway.port}`;
    const api = new IAMClient({ endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1 });
    onTestFinished(() => api.destroy());
    return api;
  };
  const [mine, theirs] = [iam(gateway.admin), iam(rootKeys(await member()))];
  await mine.send(new CreateAccountAliasCommand({ AccountAlias: "headquarters" }));
  await expect(theirs.send(new CreateAccountAliasCommand({ AccountAlias: "headquarters" }))).rejects.toMatchObject({
    name: "EntityAlreadyExistsException",
  });
  expect((await mine.send(new ListAccountAliasesCommand())).AccountAliases).toEqual(["headquarters"]);
  expect((await theirs.send(new ListAccountAliasesCommand())).AccountAliases).toEqual([]);
  await expect(theirs.send(new DeleteAccountAliasCommand({ AccountAlias: "headquarters" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
  for (const AccountAlias of ["ab", "-ab", "a--b", "Ab1", "123456789012", "x".repeat(64)])
    await expect(mine.send(new CreateAccountAliasCommand({ AccountAlias }))).rejects.toMatchObject({
      name: "ValidationError",
    });
  await mine.send(new DeleteAccountAliasCommand({ AccountAlias: "headquarters" }));
  await theirs.send(new CreateAccountAliasCommand({ AccountAlias: "headquarters" }));
});
