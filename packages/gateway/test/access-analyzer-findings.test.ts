import * as aa from "@aws-sdk/client-accessanalyzer";
import { CreateRoleCommand, DeleteRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import * as org from "@aws-sdk/client-organizations";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyStatusCommand,
  ListBucketsCommand,
  PutBucketAclCommand,
  type PutBucketAclCommandInput,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { analyzerClient, document } from "./access-analyzer-client.ts";
import { rootKeysOf } from "./organization-accounts.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const client = (keys?: SigningKeys) => analyzerClient(gateway, keys);
const endpoint = () => `http://127.0.0.1:${gateway.port}`;

let other = "";
let arn = "";
beforeAll(async () => {
  const organizations = new org.OrganizationsClient({
    endpoint: endpoint(),
    region: "us-east-1",
    credentials: gateway.admin,
  });
  const made = await organizations.send(new org.CreateAccountCommand({ AccountName: "other", Email: "o@example.com" }));
  other = made.CreateAccountStatus?.AccountId ?? "";
  organizations.destroy();
  const keys = { endpoint: endpoint(), region: "us-east-1", credentials: gateway.admin };
  const analyzer = new aa.AccessAnalyzerClient(keys);
  arn = (await analyzer.send(new aa.CreateAnalyzerCommand({ analyzerName: "own", type: "ACCOUNT" }))).arn ?? "";
  analyzer.destroy();
});

function iam(): IAMClient {
  const made = new IAMClient({ endpoint: endpoint(), region: "us-east-1", credentials: gateway.admin, maxAttempts: 1 });
  onTestFinished(() => made.destroy());
  return made;
}

let count = 0;
async function bucket(): Promise<string> {
  const Bucket = `analyzed-${(count += 1)}`;
  await gateway.s3.send(new CreateBucketCommand({ Bucket }));
  await gateway.s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  return Bucket;
}

async function bucketWithAcls(): Promise<string> {
  const Bucket = await bucket();
  const Rules = [{ ObjectOwnership: "BucketOwnerPreferred" as const }];
  await gateway.s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }));
  return Bucket;
}

async function canonicalIdOf(keys: SigningKeys): Promise<string> {
  return (await gateway.clientOf(keys).send(new ListBucketsCommand({}))).Owner?.ID ?? "";
}

/** Sets or removes the public access block of the account. */
const blockOfAccount = (method: "PUT" | "DELETE", settings = "") =>
  gateway.send({
    method,
    target: "/v20180820/configuration/publicAccessBlock",
    headers: { "x-amz-account-id": gateway.accountId },
    ...(method === "PUT"
      ? { body: `<PublicAccessBlockConfiguration>${settings}</PublicAccessBlockConfiguration>` }
      : {}),
  });

const statement = (Bucket: string, more: object = {}) => ({
  Effect: "Allow",
  Principal: "*",
  Action: "s3:GetObject",
  Resource: `arn:aws:s3:::${Bucket}/*`,
  ...more,
});

const allow = (Bucket: string, ...statements: readonly object[]) =>
  gateway.s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: document(...(statements.length === 0 ? [{}] : statements).map((more) => statement(Bucket, more))),
    }),
  );

async function findings(resource: string, more: Partial<aa.ListFindingsCommandInput> = {}) {
  const filter = { resource: { eq: [resource] }, ...more.filter };
  const sort = { attributeName: "createdAt", orderBy: "ASC" } as const;
  const listed = await client().send(new aa.ListFindingsCommand({ analyzerArn: arn, sort, ...more, filter }));
  return listed.findings ?? [];
}

const of = (Bucket: string, more?: Partial<aa.ListFindingsCommandInput>) => findings(`arn:aws:s3:::${Bucket}`, more);
const statuses = async (Bucket: string) => (await of(Bucket)).map(({ status }) => status);

describe("findings follow every change", () => {
  test("of a bucket policy, as AWS shapes them", async () => {
    const name = await bucket();
    expect(await of(name)).toEqual([]);
    await allow(name, {
      Action: ["s3:GetObject", "s3:PutObject"],
      Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
    });
    const [found, ...more] = await of(name);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      principal: { AWS: "*" },
      action: ["s3:GetObject", "s3:PutObject"],
      condition: { "aws:SourceIp": "203.0.113.0/24" },
      resource: `arn:aws:s3:::${name}`,
      resourceType: "AWS::S3::Bucket",
      resourceOwnerAccount: gateway.accountId,
      isPublic: false,
      status: "ACTIVE",
      sources: [{ type: "POLICY" }],
      createdAt: expect.any(Date),
      analyzedAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    const one = { analyzerArn: arn, id: found?.id ?? "" };
    expect((await client().send(new aa.GetFindingCommand(one))).finding).toEqual(found);
    const { findingDetails, findingType, status } = await client().send(new aa.GetFindingV2Command(one));
    expect([findingType, status]).toEqual(["ExternalAccess", "ACTIVE"]);
    expect(findingDetails?.[0]?.externalAccessDetails).toMatchObject({ principal: { AWS: "*" }, isPublic: false });
    const v2 = await client().send(
      new aa.ListFindingsV2Command({ analyzerArn: arn, filter: { id: { eq: [one.id] } } }),
    );
    expect(v2.findings).toMatchObject([{ id: one.id, findingType: "ExternalAccess", resource: found?.resource }]);
  });

  test("one for each principal from outside, none for the account's own", async () => {
    const name = await bucket();
    await allow(name, { Principal: { AWS: [other, `arn:aws:iam::${gateway.accountId}:root`] } });
    expect(await of(name)).toMatchObject([{ principal: { AWS: other }, isPublic: false, condition: {} }]);
  });

  test("it is resolved when the access goes, and active when it comes back", async () => {
    const name = await bucket();
    await allow(name);
    const [first] = await of(name);
    expect(first).toMatchObject({ status: "ACTIVE", isPublic: true });
    await gateway.s3.send(new DeleteBucketPolicyCommand({ Bucket: name }));
    expect(await statuses(name)).toEqual(["RESOLVED"]);
    await allow(name, { Action: "s3:*", Resource: [`arn:aws:s3:::${name}/*`, `arn:aws:s3:::${name}`] });
    expect(await of(name)).toMatchObject([{ id: first?.id, status: "ACTIVE", action: ["s3:*"] }]);
    await gateway.s3.send(new DeleteBucketPolicyCommand({ Bucket: name }));
    await gateway.s3.send(new DeleteBucketCommand({ Bucket: name }));
    expect(await statuses(name)).toEqual(["RESOLVED"]);
    const gone = { analyzerArn: arn, resourceArn: `arn:aws:s3:::${name}` };
    await expect(client().send(new aa.GetAnalyzedResourceCommand(gone))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("a bucket that is deleted with its policy is resolved", async () => {
    const name = await bucket();
    await allow(name);
    await of(name);
    await gateway.s3.send(new DeleteBucketCommand({ Bucket: name }));
    expect(await statuses(name)).toEqual(["RESOLVED"]);
  });

  test("block public access resolves it, and without the block it is back", async () => {
    const name = await bucket();
    await allow(name);
    const block = (RestrictPublicBuckets: boolean) =>
      gateway.s3.send(
        new PutPublicAccessBlockCommand({ Bucket: name, PublicAccessBlockConfiguration: { RestrictPublicBuckets } }),
      );
    expect(await statuses(name)).toEqual(["ACTIVE"]);
    await block(true);
    expect(await statuses(name)).toEqual(["RESOLVED"]);
    await block(false);
    expect(await statuses(name)).toEqual(["ACTIVE"]);
  });

  test("the public access block of the account resolves those of all buckets, and without it they are back", async () => {
    const names = [await bucket(), await bucket()];
    for (const name of names) await allow(name);
    const all = async () => (await Promise.all(names.map(statuses))).flat();
    expect(await all()).toEqual(["ACTIVE", "ACTIVE"]);
    const restrict = (restricts: boolean) =>
      blockOfAccount("PUT", `<RestrictPublicBuckets>${restricts}</RestrictPublicBuckets>`);
    expect((await restrict(true)).status).toBe(200);
    expect(await all()).toEqual(["RESOLVED", "RESOLVED"]);
    await restrict(false);
    expect(await all()).toEqual(["ACTIVE", "ACTIVE"]);
    await restrict(true);
    expect(await all()).toEqual(["RESOLVED", "RESOLVED"]);
    expect((await blockOfAccount("DELETE")).status).toBe(204);
    expect(await all()).toEqual(["ACTIVE", "ACTIVE"]);
  });

  test("of an ACL, as AWS shapes them, until the grant goes", async () => {
    const name = await bucketWithAcls();
    const acl = (grants: Partial<PutBucketAclCommandInput>) =>
      gateway.s3.send(new PutBucketAclCommand({ Bucket: name, ...grants }));
    const list = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"];
    const active = async () => (await of(name)).filter(({ status }) => status === "ACTIVE");
    expect(await of(name)).toEqual([]);
    await acl({ ACL: "public-read" });
    const [everyone, ...more] = await of(name);
    expect(more).toEqual([]);
    expect(everyone).toMatchObject({ principal: { AWS: "*" }, action: list, condition: {}, isPublic: true });
    expect(everyone).toMatchObject({ sources: [{ type: "BUCKET_ACL" }], status: "ACTIVE" });
    const one = { analyzerArn: arn, id: everyone?.id ?? "" };
    const { findingDetails } = await client().send(new aa.GetFindingV2Command(one));
    expect(findingDetails?.[0]?.externalAccessDetails).toMatchObject({ sources: [{ type: "BUCKET_ACL" }] });
    const resource = { analyzerArn: arn, resourceArn: `arn:aws:s3:::${name}` };
    const { resource: analyzed } = await client().send(new aa.GetAnalyzedResourceCommand(resource));
    expect(analyzed).toMatchObject({ isPublic: true, actions: list.toSorted(), sharedVia: ["BUCKET_ACL"] });
    // The policy grants the same to the same: one finding says both. A Deny counts for both.
    await allow(name);
    expect(await active()).toMatchObject([
      { id: one.id, action: ["s3:GetObject", ...list], sources: [{ type: "POLICY" }, { type: "BUCKET_ACL" }] },
    ]);
    await allow(name, { Effect: "Deny", Action: "s3:List*", Resource: `arn:aws:s3:::${name}` });
    expect(await statuses(name)).toEqual(["RESOLVED"]);
    // The status is that of the policy alone.
    const { PolicyStatus } = await gateway.s3.send(new GetBucketPolicyStatusCommand({ Bucket: name }));
    expect(PolicyStatus?.IsPublic).toBe(false);
    await gateway.s3.send(new DeleteBucketPolicyCommand({ Bucket: name }));
    expect(await statuses(name)).toEqual(["ACTIVE"]);
    await acl({ ACL: "authenticated-read" });
    expect(await active()).toMatchObject([
      { principal: { AWS: "*" }, isPublic: true, condition: { "aws:PrincipalAccount": "Null: false" } },
    ]);
    const theirs = await canonicalIdOf(rootKeysOf(gateway.dataDir, other));
    await acl({ GrantWrite: `id="${theirs}"`, GrantReadACP: `id="${theirs}"` });
    expect(await active()).toMatchObject([
      {
        principal: { CanonicalUser: theirs },
        action: ["s3:GetBucketAcl", "s3:PutObject"],
        isPublic: false,
        sources: [{ type: "BUCKET_ACL" }],
      },
    ]);
    await acl({ ACL: "private" });
    expect(await active()).toEqual([]);
  });

  test("public ACLs that a block ignores are none; grants to an account still are", async () => {
    const name = await bucketWithAcls();
    const theirs = await canonicalIdOf(rootKeysOf(gateway.dataDir, other));
    const grants = { GrantRead: `uri="http://acs.amazonaws.com/groups/global/AllUsers", id="${theirs}"` };
    await gateway.s3.send(new PutBucketAclCommand({ Bucket: name, ...grants }));
    const active = async () =>
      (await of(name)).flatMap(({ status, principal }) => (status === "ACTIVE" ? Object.keys(principal ?? {}) : []));
    const block = (IgnorePublicAcls: boolean) =>
      gateway.s3.send(
        new PutPublicAccessBlockCommand({ Bucket: name, PublicAccessBlockConfiguration: { IgnorePublicAcls } }),
      );
    expect((await active()).toSorted()).toEqual(["AWS", "CanonicalUser"]);
    await block(true);
    expect(await active()).toEqual(["CanonicalUser"]);
    await block(false);
    expect((await active()).toSorted()).toEqual(["AWS", "CanonicalUser"]);
    await blockOfAccount("PUT", "<IgnorePublicAcls>true</IgnorePublicAcls>");
    expect(await active()).toEqual(["CanonicalUser"]);
    await blockOfAccount("DELETE");
    expect((await active()).toSorted()).toEqual(["AWS", "CanonicalUser"]);
    // A public policy that serves the account alone takes the ACL with it, as in decisions.
    await allow(name);
    await gateway.s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: name,
        PublicAccessBlockConfiguration: { RestrictPublicBuckets: true },
      }),
    );
    expect(await active()).toEqual([]);
  });

  test("of a trust policy, until the role is deleted", async () => {
    const trust = (AWS: string) => document({ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" });
    const RoleName = "analyzed-role";
    const role = `arn:aws:iam::${gateway.accountId}:role/team/${RoleName}`;
    const own = iam();
    const made = { RoleName, Path: "/team/", AssumeRolePolicyDocument: trust(other) };
    await own.send(new CreateRoleCommand(made));
    expect(await findings(role)).toMatchObject([
      { resourceType: "AWS::IAM::Role", principal: { AWS: other }, action: ["sts:AssumeRole"], status: "ACTIVE" },
    ]);
    await own.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust(gateway.accountId) }));
    expect((await findings(role)).map(({ status }) => status)).toEqual(["RESOLVED"]);
    await own.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust(other) }));
    expect((await findings(role)).map(({ status }) => status)).toEqual(["ACTIVE"]);
    await own.send(new DeleteRoleCommand({ RoleName }));
    expect((await findings(role)).map(({ status }) => status)).toEqual(["RESOLVED"]);
  });

  test("a policy that cannot be decided is a finding with an error, never nothing", async () => {
    const name = await bucket();
    const tags = ["a", "b", "c", "d"].map((key) => `\${aws:PrincipalTag/${key}}`).join("/");
    const Condition = { StringEquals: { "aws:PrincipalAccount": gateway.accountId } };
    await allow(name, { Resource: `arn:aws:s3:::${name}/${tags}`, Condition });
    expect(await of(name)).toMatchObject([{ error: "INTERNAL_ERROR", status: "ACTIVE", condition: {} }]);
    const resource = { analyzerArn: arn, resourceArn: `arn:aws:s3:::${name}` };
    const { resource: analyzed } = await client().send(new aa.GetAnalyzedResourceCommand(resource));
    expect(analyzed?.error).toBe("INTERNAL_ERROR");
  });
});

describe("archiving", () => {
  const update = (more: Partial<aa.UpdateFindingsCommandInput>) =>
    client().send(new aa.UpdateFindingsCommand({ analyzerArn: arn, status: "ARCHIVED", ...more }));

  test("by id and by resource, and back", async () => {
    const name = await bucket();
    await allow(name);
    const [found] = await of(name);
    await update({ ids: [found?.id ?? ""] });
    expect(await statuses(name)).toEqual(["ARCHIVED"]);
    // A change of the policy does not undo what somebody decided about the same access.
    await allow(name, { Action: ["s3:GetObject", "s3:GetObjectTagging"] });
    expect(await statuses(name)).toEqual(["ARCHIVED"]);
    await update({ resourceArn: `arn:aws:s3:::${name}`, status: "ACTIVE" });
    expect(await statuses(name)).toEqual(["ACTIVE"]);
    await expect(update({ ids: ["none"] })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(update({})).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("a rule archives what is new; applied, what is there", async () => {
    const [before, after] = [await bucket(), await bucket()];
    await allow(before);
    expect(await statuses(before)).toEqual(["ACTIVE"]);
    const rule = {
      analyzerName: "own",
      ruleName: "known",
      filter: { resource: { eq: [before, after].map((name) => `arn:aws:s3:::${name}`) }, isPublic: { eq: ["true"] } },
    };
    await client().send(new aa.CreateArchiveRuleCommand(rule));
    await allow(after, {}, { Principal: { AWS: other } });
    expect(await statuses(before)).toEqual(["ACTIVE"]);
    expect((await of(after)).map(({ status, isPublic }) => `${status} ${isPublic}`).toSorted()).toEqual([
      "ACTIVE false",
      "ARCHIVED true",
    ]);
    await client().send(new aa.ApplyArchiveRuleCommand({ analyzerArn: arn, ruleName: "known" }));
    expect(await statuses(before)).toEqual(["ARCHIVED"]);
  });

  test("rules are made, read, changed and deleted", async () => {
    const named = { analyzerName: "own", ruleName: "rule" };
    const filter = { "condition.aws:SourceIp": { contains: ["203.0.113."] }, error: { exists: false } };
    const made = { ...named, filter, clientToken: "a-token" };
    await client().send(new aa.CreateArchiveRuleCommand(made));
    await client().send(new aa.CreateArchiveRuleCommand(made)); // a request that is sent again
    const again = client().send(new aa.CreateArchiveRuleCommand({ ...named, filter }));
    await expect(again).rejects.toMatchObject({ name: "ConflictException", $metadata: { httpStatusCode: 409 } });
    const read = async () => (await client().send(new aa.GetArchiveRuleCommand(named))).archiveRule;
    expect(await read()).toMatchObject({ ruleName: "rule", filter, createdAt: expect.any(Date) });
    const changed = { status: { neq: ["RESOLVED"] } };
    await client().send(new aa.UpdateArchiveRuleCommand({ ...named, filter: changed }));
    expect((await read())?.filter).toEqual(changed);
    const { archiveRules = [] } = await client().send(new aa.ListArchiveRulesCommand({ analyzerName: "own" }));
    expect(archiveRules.map(({ ruleName }) => ruleName)).toContain("rule");
    await client().send(new aa.DeleteArchiveRuleCommand(named));
    for (const Command of [aa.GetArchiveRuleCommand, aa.DeleteArchiveRuleCommand])
      await expect(client().send(new Command(named) as never)).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    const unknown = client().send(new aa.CreateArchiveRuleCommand({ ...named, filter: { what: { eq: ["a"] } } }));
    await expect(unknown).rejects.toMatchObject({
      name: "ValidationException",
      message: "what is not a filter key of findings of external access.",
    });
    const twice = { "condition.aws:PrincipalTag/a": { eq: ["b"] }, "condition.AWS:PrincipalTag/A": { eq: ["b"] } };
    for (const empty of [{}, { status: {} }, twice])
      await expect(client().send(new aa.CreateArchiveRuleCommand({ ...named, filter: empty }))).rejects.toMatchObject({
        name: "ValidationException",
      });
  });
});

describe("lists", () => {
  test("findings in pages, sorted and filtered", async () => {
    const names: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      const name = await bucket();
      await allow(name, { Action: `s3:GetObject${["", "Acl", "Tagging"][at]}` });
      names.push(`arn:aws:s3:::${name}`);
    }
    const input = {
      analyzerArn: arn,
      filter: { resource: { eq: names }, status: { eq: ["ACTIVE"] } },
      sort: { attributeName: "resource", orderBy: "DESC" } as const,
      maxResults: 2,
    };
    const first = await client().send(new aa.ListFindingsCommand(input));
    const next = await client().send(new aa.ListFindingsCommand({ ...input, nextToken: first.nextToken }));
    expect([...(first.findings ?? []), ...(next.findings ?? [])].map(({ resource }) => resource)).toEqual(
      names.toReversed(),
    );
    expect(next.nextToken).toBeUndefined();
    const made = client().send(new aa.ListFindingsCommand({ ...input, nextToken: "bm8" }));
    await expect(made).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("resources that were analyzed, also those without a finding", async () => {
    const name = await bucket();
    const list = async (resourceType?: aa.ResourceType) => {
      const input = { analyzerArn: arn, maxResults: 1000, ...(resourceType === undefined ? {} : { resourceType }) };
      const { analyzedResources = [] } = await client().send(new aa.ListAnalyzedResourcesCommand(input));
      return analyzedResources.map((one) => one.resourceArn);
    };
    expect(await list("AWS::S3::Bucket")).toContain(`arn:aws:s3:::${name}`);
    expect(await list("AWS::IAM::Role")).not.toContain(`arn:aws:s3:::${name}`);
    const resource = { analyzerArn: arn, resourceArn: `arn:aws:s3:::${name}` };
    const get = async () => (await client().send(new aa.GetAnalyzedResourceCommand(resource))).resource;
    const before = await get();
    expect(before).toMatchObject({ isPublic: false, resourceOwnerAccount: gateway.accountId });
    await client().send(new aa.StartResourceScanCommand(resource));
    const after = await get();
    expect(after?.analyzedAt?.getTime()).toBeGreaterThan(before?.analyzedAt?.getTime() ?? Infinity);
    expect(after?.updatedAt).toEqual(before?.updatedAt);
    const absent = { analyzerArn: arn, resourceArn: "arn:aws:s3:::no-such-bucket" };
    await expect(client().send(new aa.StartResourceScanCommand(absent))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await expect(list("AWS::KMS::Key")).rejects.toMatchObject({ name: "NotImplemented" });
  });
});

describe("analyzers", () => {
  test("one of an account, with tags", async () => {
    const create = (more: Partial<aa.CreateAnalyzerCommandInput>) =>
      client().send(new aa.CreateAnalyzerCommand({ analyzerName: "own", type: "ACCOUNT", ...more }));
    await expect(create({})).rejects.toMatchObject({ name: "ConflictException" });
    await expect(create({ analyzerName: "second" })).rejects.toMatchObject({
      name: "ServiceQuotaExceededException",
      $metadata: { httpStatusCode: 402 },
    });
    await expect(create({ analyzerName: "second", type: "ORGANIZATION" })).rejects.toMatchObject({
      name: "NotImplemented",
      message: "The type ORGANIZATION is not implemented.",
    });
    await expect(create({ analyzerName: "1" })).rejects.toMatchObject({ name: "ValidationException" });
    await client().send(new aa.TagResourceCommand({ resourceArn: arn, tags: { team: "a", stage: "b", kind: "c" } }));
    await client().send(new aa.UntagResourceCommand({ resourceArn: arn, tagKeys: ["stage", "kind", "none"] }));
    const { tags } = await client().send(new aa.ListTagsForResourceCommand({ resourceArn: arn }));
    expect(tags).toEqual({ team: "a" });
    const { analyzer } = await client().send(new aa.GetAnalyzerCommand({ analyzerName: "own" }));
    expect(analyzer).toMatchObject({ arn, name: "own", type: "ACCOUNT", status: "ACTIVE", tags: { team: "a" } });
    const { analyzers } = await client().send(new aa.ListAnalyzersCommand({}));
    expect(analyzers).toMatchObject([{ arn }]);
    expect((await client().send(new aa.ListAnalyzersCommand({ type: "ORGANIZATION" }))).analyzers).toEqual([]);
    await client().send(new aa.UpdateAnalyzerCommand({ analyzerName: "own" }));
    await expect(client().send(new aa.GetAnalyzerCommand({ analyzerName: "none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      resourceId: expect.stringMatching(/analyzer\/none$/),
      resourceType: "AWS::AccessAnalyzer::Analyzer",
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("another account has its own and reaches no other", async () => {
    const root = rootKeysOf(gateway.dataDir, other);
    const rule = { ruleName: "all", filter: { status: { eq: ["ACTIVE"] } } };
    const input = {
      analyzerName: "own",
      type: "ACCOUNT",
      archiveRules: [rule],
      clientToken: "token",
    } satisfies aa.CreateAnalyzerCommandInput;
    const made = await client(root).send(new aa.CreateAnalyzerCommand(input));
    expect(made.arn).toBe(`arn:aws:access-analyzer:us-east-1:${other}:analyzer/own`);
    expect((await client(root).send(new aa.CreateAnalyzerCommand(input))).arn).toBe(made.arn); // sent again
    const { findings: own = [] } = await client(root).send(new aa.ListFindingsCommand({ analyzerArn: made.arn }));
    // The management account may assume its access role; the rule has archived that.
    expect(own).toMatchObject([
      {
        status: "ARCHIVED",
        principal: { AWS: gateway.accountId },
        resource: expect.stringMatching(/role\/OrganizationAccountAccessRole$/),
      },
    ]);
    const foreign: readonly unknown[] = [
      new aa.ListFindingsCommand({ analyzerArn: arn }),
      new aa.GetFindingCommand({ analyzerArn: arn, id: "x" }),
      new aa.UpdateFindingsCommand({ analyzerArn: arn, status: "ARCHIVED", resourceArn: "arn:aws:s3:::a" }),
      new aa.StartResourceScanCommand({ analyzerArn: arn, resourceArn: "arn:aws:s3:::a" }),
      new aa.ApplyArchiveRuleCommand({ analyzerArn: arn, ruleName: "known" }),
      new aa.TagResourceCommand({ resourceArn: arn, tags: { a: "b" } }),
    ];
    for (const command of foreign)
      await expect(client(root).send(command as aa.ListFindingsCommand)).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
    await client(root).send(new aa.DeleteAnalyzerCommand({ analyzerName: "own" }));
    const gone = client(root).send(new aa.ListFindingsCommand({ analyzerArn: made.arn }));
    await expect(gone).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("each operation needs its action on its resource", async () => {
    const rules = { Effect: "Allow", Action: "access-analyzer:*", Resource: `${arn}/archive-rule/mine-*` };
    const keys = await gateway.user("rule-maker", rules);
    const filter = { status: { eq: ["ACTIVE"] } };
    const create = (ruleName: string) =>
      client(keys).send(new aa.CreateArchiveRuleCommand({ analyzerName: "own", ruleName, filter }));
    await create("mine-1");
    await expect(create("others-1")).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("access-analyzer:CreateArchiveRule on resource: arn:aws:access-analyzer:"),
    });
    await client().send(new aa.DeleteArchiveRuleCommand({ analyzerName: "own", ruleName: "mine-1" }));
    const reader = await gateway.user("finding-reader", {
      Effect: "Allow",
      Action: "access-analyzer:ListFindings",
      Resource: "*",
      Condition: { StringEquals: { "aws:ResourceTag/team": "a" } },
    });
    await client().send(new aa.TagResourceCommand({ resourceArn: arn, tags: { team: "a" } }));
    await client(reader).send(new aa.ListFindingsV2Command({ analyzerArn: arn }));
    await expect(client(reader).send(new aa.GetFindingCommand({ analyzerArn: arn, id: "x" }))).rejects.toMatchObject({
      message: expect.stringContaining("not authorized to perform: access-analyzer:GetFinding"),
    });
    await client().send(new aa.UntagResourceCommand({ resourceArn: arn, tagKeys: ["team"] }));
    await expect(client(reader).send(new aa.ListFindingsCommand({ analyzerArn: arn }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });

  test("an analyzer of another region is not here", async () => {
    const away = arn.replace("us-east-1", "eu-west-1");
    await expect(client().send(new aa.ListFindingsCommand({ analyzerArn: away }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

test("no text of a request is a fault", async () => {
  const token = (text: string) => Buffer.from(text).toString("base64url");
  const [nul, half] = ["a\0", "a\ud800"];
  const one = { analyzerArn: arn };
  const odd: readonly unknown[] = [nul, half].flatMap((text) => [
    new aa.GetFindingCommand({ ...one, id: nul }),
    new aa.GetFindingV2Command({ ...one, id: nul }),
    new aa.UpdateFindingsCommand({ ...one, status: "ARCHIVED", ids: [text] }),
    new aa.UpdateFindingsCommand({ ...one, status: "ARCHIVED", resourceArn: text }),
    new aa.ListFindingsCommand({ ...one, nextToken: token(JSON.stringify([text, "x"])) }),
    new aa.ListFindingsV2Command({ ...one, nextToken: token(JSON.stringify([1, text])) }),
    new aa.ListAnalyzedResourcesCommand({ ...one, nextToken: token(text) }),
    new aa.ListAnalyzersCommand({ nextToken: token(text) }),
    new aa.ListArchiveRulesCommand({ analyzerName: "own", nextToken: token(text) }),
    new aa.GetAnalyzedResourceCommand({ ...one, resourceArn: `arn:aws:s3:::${nul}` }),
    new aa.StartResourceScanCommand({ ...one, resourceArn: `arn:aws:s3:::${text}` }),
    new aa.StartResourceScanCommand({ ...one, resourceArn: "arn:aws:s3:::a", resourceOwnerAccount: text }),
    new aa.ListFindingsCommand({ ...one, filter: { [`condition.${text}`]: { eq: [text] } } }),
    new aa.CreateArchiveRuleCommand({ analyzerName: "own", ruleName: text, filter: { id: { eq: [text] } } }),
    new aa.CreateArchiveRuleCommand({ analyzerName: nul, ruleName: "a", filter: { id: { eq: [text] } } }),
    new aa.CreateArchiveRuleCommand({
      analyzerName: "own",
      ruleName: "odd",
      filter: { [`condition.${text}`]: { contains: [text] } },
      clientToken: text,
    }),
    new aa.DeleteArchiveRuleCommand({ analyzerName: "own", ruleName: "odd" }),
    new aa.CreateAnalyzerCommand({ analyzerName: "second", type: "ACCOUNT", clientToken: text }),
    new aa.TagResourceCommand({ resourceArn: arn, tags: { [text]: text } }),
    new aa.ValidatePolicyCommand({ policyDocument: text, policyType: "IDENTITY_POLICY", nextToken: token(text) }),
    new aa.CheckAccessNotGrantedCommand({
      policyDocument: document({ Effect: "Allow", Action: "s3:*", Resource: "*", Sid: text }),
      policyType: "IDENTITY_POLICY",
      access: [{ actions: [text], resources: [text] }],
    }),
  ]);
  const faults: unknown[] = [];
  for (const command of odd)
    await client()
      .send(command as aa.ListAnalyzersCommand)
      .catch((error: aa.AccessAnalyzerServiceException) => {
        if ((error.$metadata?.httpStatusCode ?? 500) >= 500) faults.push([command?.constructor.name, error.message]);
      });
  expect(faults).toEqual([]);
});

test("a policy whose findings repeat its conditions too often has one that says so", async () => {
  const people = (many: number) =>
    Array.from({ length: many }, (_, at) => `arn:aws:sts::${other}:assumed-role/OrganizationAccountAccessRole/s${at}`);
  const name = await bucket();
  const Condition = { StringEquals: { "aws:Referer": "x".repeat(12_000) } };
  await allow(name, { Principal: { AWS: people(2) }, Condition });
  expect((await of(name)).map(({ error }) => error)).toEqual(Array.from({ length: 2 }, () => undefined));
  await allow(name, { Principal: { AWS: people(12) }, Condition });
  const active = await of(name, { filter: { status: { eq: ["ACTIVE"] }, resource: { eq: [`arn:aws:s3:::${name}`] } } });
  expect(active).toMatchObject([{ error: "INTERNAL_ERROR" }]);
});
