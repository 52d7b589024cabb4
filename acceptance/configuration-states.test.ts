/** Whatever the account was: once a folder is applied, the account is what the folder says; and what fails changes nothing. */
import * as fc from "fast-check";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { cliHere } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** Each is a dozen calls or more. */
const numRuns = Math.ceil(Number(process.env["TEST_RUNS"] ?? 400) / 100);

const users = ["ann", "Bob", "con", "a+b=c,d.e@f-g_h"];
const groups = ["readers", "writers"];
const roles = ["deploy", "audit"];
const policies = ["reading", "limit"];

const document = (Action: string, key: string) => ({
  Statement: [{ Action, Effect: "Allow", Resource: [`arn:aws:s3:::data/${key}*`] }],
  Version: "2012-10-17",
});
const documents = fc
  .tuple(fc.constantFrom("s3:GetObject", "s3:*", "s3:Put*"), fc.constantFrom("", "a/", "\u00e9"))
  .map(([action, key]) => document(action, key));
const inline = fc
  .uniqueArray(fc.constantFrom("one", "two"))
  .chain((names) =>
    fc.tuple(...names.map((PolicyName) => documents.map((PolicyDocument) => ({ PolicyDocument, PolicyName })))),
  );
const tags = fc
  .uniqueArray(fc.constantFrom("team", "Cost Center"))
  .chain((keys) => fc.tuple(...keys.map((Key) => fc.constantFrom("1", "", "\u00fc").map((Value) => ({ Key, Value })))));

const lifecycleRule = fc.record({
  AbortIncompleteMultipartUpload: fc.constantFrom(undefined, { DaysAfterInitiation: 7 }),
  Expiration: fc.constantFrom({ Days: 30 }, { Date: "2099-01-01T00:00:00Z" }),
  Filter: fc.constantFrom({ Prefix: "" }, { Prefix: "logs/" }, { Prefix: "\u00e9/" }),
  NoncurrentVersionExpiration: fc.constantFrom(undefined, { NewerNoncurrentVersions: 2, NoncurrentDays: 3 }),
  NoncurrentVersionTransitions: fc.constantFrom(undefined, [{ NoncurrentDays: 1, StorageClass: "GLACIER_IR" }]),
  Status: fc.constantFrom("Enabled", "Disabled"),
});
const inventory = fc.record({
  Destination: fc.constant({
    S3BucketDestination: { AccountId: "ID", Bucket: "arn:aws:s3:::sink", Format: "CSV", Prefix: "lists" },
  }),
  Id: fc.constantFrom("daily", "weekly", "Z"),
  IncludedObjectVersions: fc.constantFrom("All", "Current"),
  IsEnabled: fc.boolean(),
  OptionalFields: fc.constantFrom(undefined, ["Size", "ETag"]),
  Schedule: fc.constantFrom({ Frequency: "Daily" }, { Frequency: "Weekly" }),
});
const corsRule = fc.record({
  AllowedHeaders: fc.constantFrom(undefined, ["*"]),
  AllowedMethods: fc.constantFrom(["GET"], ["PUT", "GET"]),
  AllowedOrigins: fc.constant(["https://www.example.com"]),
  MaxAgeSeconds: fc.constantFrom(undefined, 0, 3000),
});
const websites = fc.constantFrom<object[]>(
  { IndexDocument: { Suffix: "index.html" } },
  { RedirectAllRequestsTo: { HostName: "www.example.com", Protocol: "https" } },
  {
    ErrorDocument: { Key: "error.html" },
    IndexDocument: { Suffix: "index.html" },
    RoutingRules: [{ Condition: { KeyPrefixEquals: "old/" }, Redirect: { ReplaceKeyPrefixWith: "new/" } }],
  },
);
const encryptions = fc.constantFrom<object[]>(
  { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false },
  {
    ApplyServerSideEncryptionByDefault: { KMSMasterKeyID: "alias/photos", SSEAlgorithm: "aws:kms" },
    BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] },
    BucketKeyEnabled: true,
  },
);
const notifications = (arn: "QueueArn" | "TopicArn") => ({
  [arn.replace("Arn", "Configurations")]: [
    {
      Events: ["s3:ObjectCreated:*"],
      Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "incoming/" }] } },
      Id: "told",
      [arn]: `arn:aws:${arn === "QueueArn" ? "sqs" : "sns"}:us-east-1:ID:events`,
    },
  ],
});
/** Each setting of a bucket, or what a new bucket has. */
const bucket = fc.record({
  Bucket: fc.constant("data"),
  CORSConfiguration: fc.option(
    corsRule.map((rule) => ({ CORSRules: [rule] })),
    { nil: undefined },
  ),
  InventoryConfigurationList: fc.uniqueArray(inventory, { selector: ({ Id }) => Id }),
  LifecycleConfiguration: fc.option(
    fc
      .tuple(lifecycleRule, lifecycleRule, fc.constantFrom(undefined, "varies_by_storage_class"))
      .map(([one, other, TransitionDefaultMinimumObjectSize]) => ({
        Rules: [one, other].map((rule, at) => ({ ...rule, ID: `r${at}` })),
        TransitionDefaultMinimumObjectSize,
      })),
    { nil: undefined },
  ),
  LoggingEnabled: fc.option(
    fc.constantFrom<object[]>(
      { TargetBucket: "sink", TargetPrefix: "" },
      {
        TargetBucket: "sink",
        TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: "EventTime" } },
        TargetPrefix: "logs/",
      },
    ),
    { nil: undefined },
  ),
  NotificationConfiguration: fc.option(fc.constantFrom("QueueArn", "TopicArn").map(notifications), { nil: undefined }),
  ObjectOwnership: fc.constantFrom("BucketOwnerEnforced", "ObjectWriter"),
  PublicAccessBlockConfiguration: fc.record({
    BlockPublicAcls: fc.boolean(),
    BlockPublicPolicy: fc.boolean(),
    IgnorePublicAcls: fc.boolean(),
    RestrictPublicBuckets: fc.boolean(),
  }),
  RequestPayer: fc.constantFrom("BucketOwner", "Requester"),
  ServerSideEncryptionConfiguration: fc.option(
    encryptions.map((rule) => ({ Rules: [rule] })),
    { nil: undefined },
  ),
  Tags: tags,
  // Once it was on, it is one of these.
  Versioning: fc.constantFrom("Enabled", "Suspended"),
  WebsiteConfiguration: fc.option(websites, { nil: undefined }),
});

type Files = Readonly<Record<string, object>>;

/** The files of a state of the account `ID`. */
const states = fc
  .record({
    users: fc.uniqueArray(fc.constantFrom(...users)),
    groups: fc.uniqueArray(fc.constantFrom(...groups)),
    roles: fc.uniqueArray(fc.constantFrom(...roles)),
    policies: fc.uniqueArray(fc.constantFrom(...policies)),
  })
  .chain((names): fc.Arbitrary<Files> => {
    const arns = names.policies.map((name) => `arn:aws:iam::ID:policy/${name}`);
    const managed = fc.subarray([...arns, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]);
    const boundary = fc.constantFrom(undefined, ...arns);
    const everybody = [...names.users.map((name) => `user/${name}`), ...names.roles.map((name) => `role/${name}`)];
    const principal = fc.constantFrom("ID", ...everybody.map((name) => `arn:aws:iam::ID:${name}`));
    const trust = principal.map((AWS) => ({
      Statement: { Action: "sts:AssumeRole", Effect: "Allow", Principal: { AWS } },
      Version: "2012-10-17",
    }));
    const common = { AttachedManagedPolicies: managed, PermissionsBoundary: boundary, Tags: tags };
    const files: Record<string, fc.Arbitrary<object>> = {};
    for (const UserName of names.users)
      files[`users/${UserName}`] = fc.record({ ...common, UserName: fc.constant(UserName), UserPolicyList: inline });
    for (const GroupName of names.groups)
      files[`groups/${GroupName}`] = fc.record({
        AttachedManagedPolicies: managed,
        GroupName: fc.constant(GroupName),
        GroupPolicyList: inline,
        Users: fc.subarray(names.users),
      });
    for (const RoleName of names.roles)
      files[`roles/${RoleName}`] = fc.record({
        ...common,
        AssumeRolePolicyDocument: trust,
        Description: fc.constantFrom("", "what for"),
        MaxSessionDuration: fc.constantFrom(3600, 7200),
        RoleName: fc.constant(RoleName),
        RolePolicyList: inline,
      });
    for (const PolicyName of names.policies)
      files[`policies/${PolicyName}`] = fc.record({
        PolicyDocument: documents,
        PolicyName: fc.constant(PolicyName),
        Tags: tags,
      });
    return fc.record({ ...files, "buckets/data": bucket });
  });

function fileOf(entity: string): string {
  return `${entity.replace("users/con", "users/%63on")}.json`;
}

function writeState(folder: string, state: Files, account: string): void {
  for (const [entity, members] of Object.entries(state)) {
    const file = join(folder, fileOf(entity));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(members).replaceAll(/ID(?!":)/g, account));
  }
}

function texts(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

test("applied with --prune, the account is what the folder says; a run that fails changes nothing", async () => {
  // The connections of every command stay open in this one process.
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-states-"));
  const targets = join(home, "targets.json");
  writeFileSync(targets, JSON.stringify({ targets: [{ name: "events", accounts: "all", file: "events.jsonl" }] }));
  const gateway = await startGatewayHere({
    args: ["--max-connections-per-address", "10000", "--notification-targets", targets],
  });
  const local = (...args: string[]) => cliHere(gateway, [...args, "--local"]);
  const exported = async (): Promise<Readonly<Record<string, string>>> => {
    const folder = mkdtempSync(join(home, "export-"));
    await local("export", folder);
    return texts(folder);
  };
  try {
    await makeBucket(gateway, "data");
    await makeBucket(gateway, "sink");
    const long = (letter: string) => ({ PolicyDocument: document("s3:*", letter.repeat(1500)), PolicyName: letter });
    await fc.assert(
      fc.asyncProperty(states, async (state) => {
        const before = await exported();
        const folder = mkdtempSync(join(home, "state-"));
        await local("export", folder);
        for (const name of Object.keys(texts(folder)))
          if (/^(users|groups|roles|policies|buckets)\//.test(name) && name !== "users/admin.json")
            rmSync(join(folder, name));
        writeState(folder, state, gateway.accountId);
        // The service takes so much of a user's policies together, which no file shows: the run fails in its middle.
        writeState(
          folder,
          { "users/zz": { UserName: "zz", UserPolicyList: [long("a"), long("b")] } },
          gateway.accountId,
        );
        const failed = await local("apply", "-f", folder, "--prune", "--yes");
        expect(failed.stderr).toContain("what this run had made was undone");
        expect(await exported()).toEqual(before);
        rmSync(join(folder, "users/zz.json"));
        const applied = await local("apply", "-f", folder, "--prune", "--yes");
        expect(applied.code, applied.stderr).toBe(0);
        const again = await local("apply", "-f", folder, "--prune", "--dry-run");
        expect(again).toEqual({ code: 0, stdout: "Nothing to change\n", stderr: "" });
        const after = await exported();
        await local("export", folder);
        expect(texts(folder)).toEqual(after);
        const named = Object.keys(after).filter((name) => /^(users|groups|roles|policies|buckets)\//.test(name));
        expect(named).toEqual([...Object.keys(state).map(fileOf), "users/admin.json"].toSorted());
      }),
      { numRuns },
    );
  } finally {
    await gateway.stop();
    rmSync(home, { recursive: true, force: true });
  }
});
