/** Every management call is an event in CloudTrail's record shape, and no event has a secret in it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
  type Tag,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { SigningKeys } from "@s3-credentials/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../src/server/main.ts";
import { parseConfig } from "../src/server/parse-config.ts";
import { createRequestLog } from "../src/server/request-log.ts";
import { keepRecordsUnder } from "./kept-records.ts";
import { call } from "./pipeline-gateway.ts";
import { quickPasswordHashes } from "./quick-password-hashes.ts";
import { dataEvents, managementEvents, outboxEvents, type RecordedEvent } from "./recorded-events.ts";

let home: string;
let gateway: Gateway;
let admin: SigningKeys;

const dataDir = (): string => join(home, "data");

async function start(...args: readonly string[]): Promise<Gateway> {
  const parsed = parseConfig(["--port", "0", "--data", dataDir(), ...args], { HOME: home });
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  return startGateway(parsed.config, { log: createRequestLog("error"), hashes: quickPasswordHashes() });
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "gateway-record-"));
  gateway = await start();
  const text = await readFile(gateway.adminCredentialsFile, "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  admin = { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
});
afterAll(async () => {
  await gateway.close();
  keepRecordsUnder(home);
  await rm(home, { recursive: true, force: true });
});

function client(keys: SigningKeys) {
  return { endpoint: gateway.endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1 };
}
const iam = (keys: SigningKeys = admin) => new IAMClient(client(keys));
const sts = (keys: SigningKeys = admin) => new STSClient(client(keys));
const s3 = (keys: SigningKeys = admin) => new S3Client({ ...client(keys), forcePathStyle: true });

const events = (name: string): readonly RecordedEvent[] =>
  managementEvents(dataDir()).filter(({ eventName }) => eventName === name);

function only(name: string, matches: (event: RecordedEvent) => boolean = () => true): RecordedEvent {
  const found = events(name).filter(matches);
  expect(found).toHaveLength(1);
  const [event] = found;
  if (event === undefined) throw new Error(`no event ${name}`);
  return event;
}

async function user(name: string, ...statements: readonly object[]): Promise<SigningKeys> {
  await iam().send(new CreateUserCommand({ UserName: name }));
  if (statements.length > 0)
    await iam().send(
      new PutUserPolicyCommand({
        UserName: name,
        PolicyName: "own",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      }),
    );
  const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

const errorName = (error: unknown): string => (error instanceof Error ? error.name : String(error));

describe("a change", () => {
  test("has who, what, on what, with which answer, and what decided", async () => {
    const tags: Tag[] = [{ Key: "team", Value: "blue" }];
    await iam().send(new CreateUserCommand({ UserName: "ann", Path: "/staff/", Tags: tags }));
    const event = only("CreateUser", ({ requestParameters }) => requestParameters?.["userName"] === "ann");
    expect(event).toMatchObject({
      eventVersion: "1.11",
      userIdentity: {
        type: "IAMUser",
        arn: `arn:aws:iam::${gateway.accountId}:user/admin`,
        accountId: gateway.accountId,
        accessKeyId: admin.accessKeyId,
        userName: "admin",
      },
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      eventSource: "iam.amazonaws.com",
      awsRegion: "us-east-1",
      sourceIPAddress: "127.0.0.1",
      userAgent: expect.stringContaining("aws-sdk-js"),
      requestParameters: { userName: "ann", path: "/staff/", tags: [{ key: "team", value: "blue" }] },
      responseElements: { user: { userName: "ann", path: "/staff/", userId: expect.stringMatching(/^AIDA/) } },
      requestID: expect.stringMatching(/^[0-9A-F]{16}$/),
      eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: gateway.accountId,
      eventCategory: "Management",
      resources: [
        {
          accountId: gateway.accountId,
          type: "AWS::IAM::User",
          ARN: `arn:aws:iam::${gateway.accountId}:user/staff/ann`,
        },
      ],
      additionalEventData: {
        decision: {
          allowed: true,
          layer: "identity",
          action: "iam:CreateUser",
          context: { "aws:username": "admin" },
          statement: { index: 0 },
          policies: [{ layer: "identity", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
        },
      },
    });
    expect(event.errorCode).toBeUndefined();
  });

  test("of a bucket has its policy as JSON", async () => {
    await s3().send(new CreateBucketCommand({ Bucket: "recorded-bucket" }));
    const policy = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::recorded-bucket/no/*" },
      ],
    };
    await s3().send(new PutBucketPolicyCommand({ Bucket: "recorded-bucket", Policy: JSON.stringify(policy) }));
    expect(only("CreateBucket")).toMatchObject({
      requestParameters: { bucketName: "recorded-bucket" },
      readOnly: false,
    });
    expect(only("PutBucketPolicy")).toMatchObject({
      eventSource: "s3.amazonaws.com",
      requestParameters: { bucketName: "recorded-bucket", bucketPolicy: policy },
      resources: [{ type: "AWS::S3::Bucket", ARN: "arn:aws:s3:::recorded-bucket" }],
      additionalEventData: { SignatureVersion: "SigV4", AuthenticationMethod: "AuthHeader" },
    });
  });

  test("that is refused by the store is a failed call, and leaves nothing in the outbox", async () => {
    await iam().send(new CreateUserCommand({ UserName: "twice" }));
    await expect(iam().send(new CreateUserCommand({ UserName: "twice" }))).rejects.toThrow();
    const [, second] = events("CreateUser").filter(
      ({ requestParameters }) => requestParameters?.["userName"] === "twice",
    );
    expect(second).toMatchObject({ errorCode: "EntityAlreadyExists", responseElements: null });
    expect(outboxEvents(dataDir()).some(({ eventID }) => eventID === second?.eventID)).toBe(false);
  });
});

test("a read, a denial and a mistake are events too; what a read answers is in none", async () => {
  const keys = await user("bob");
  await iam().send(new ListUsersCommand({}));
  expect(events("ListUsers").at(-1)).toMatchObject({ readOnly: true, responseElements: null });
  const refused = await iam(keys)
    .send(new DeleteUserCommand({ UserName: "ann" }))
    .catch(errorName);
  expect(refused).toBe("AccessDenied");
  expect(events("DeleteUser").at(-1)).toMatchObject({
    errorCode: "AccessDenied",
    errorMessage: expect.stringContaining("is not authorized to perform: iam:DeleteUser"),
    userIdentity: { userName: "bob" },
    additionalEventData: { decision: { allowed: false, reason: "implicit-deny", layer: "identity" } },
  });
  await iam()
    .send(new CreateUserCommand({ UserName: "not a name" }))
    .catch(errorName);
  expect(events("CreateUser").at(-1)).toMatchObject({ errorCode: "ValidationError" });
});

test("a form whose names are longer than any request's is an event without it, for the price of its length", async () => {
  const keys = await user("dotted");
  const body = new URLSearchParams({
    Action: "CreateUser",
    Version: "2010-05-08",
    UserName: "never",
    [`Tags.${"a.".repeat(200_000)}`]: "x",
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = await call(gateway, { method: "POST", target: "/", service: "iam", keys, headers, body: String(body) });
  expect(sent).toMatchObject({ status: 400, code: "ValidationError" });
  expect(only("CreateUser", ({ userIdentity }) => userIdentity["userName"] === "dotted")).toMatchObject({
    errorCode: "ValidationError",
    requestParameters: null,
  });
});

test("a session's event has its issuer, and the event that made it has its key id", async () => {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: ["sts:AssumeRole", "sts:SetSourceIdentity"] },
    ],
  };
  const { Role } = await iam().send(
    new CreateRoleCommand({ RoleName: "auditor", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const { Credentials } = await sts().send(
    new AssumeRoleCommand({
      RoleArn: Role?.Arn,
      RoleSessionName: "night",
      ExternalId: "confidential-7",
      SourceIdentity: "ann",
    }),
  );
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  expect(only("AssumeRole")).toMatchObject({
    readOnly: true,
    requestParameters: { roleSessionName: "night", externalId: "HIDDEN_DUE_TO_SECURITY_REASONS" },
    responseElements: {
      credentials: { accessKeyId: session.accessKeyId, secretAccessKey: "HIDDEN_DUE_TO_SECURITY_REASONS" },
    },
  });
  await sts(session).send(new GetCallerIdentityCommand({}));
  expect(events("GetCallerIdentity").at(-1)?.userIdentity).toEqual({
    type: "AssumedRole",
    principalId: `${Role?.RoleId}:night`,
    arn: `arn:aws:sts::${gateway.accountId}:assumed-role/auditor/night`,
    accountId: gateway.accountId,
    accessKeyId: session.accessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId: Role?.RoleId,
        arn: Role?.Arn,
        accountId: gateway.accountId,
        userName: "auditor",
      },
      attributes: { creationDate: expect.any(String), mfaAuthenticated: "false" },
      sourceIdentity: "ann",
    },
  });
});

test("no secret is in an event: not in what is asked, not in what is answered, not in a message", async () => {
  const keys = await user("carol");
  const password = "Sup3r-Secret-Passw0rd!";
  await iam().send(new CreateLoginProfileCommand({ UserName: "carol", Password: password }));
  const wrong = `bad\u0001${password}`;
  await iam()
    .send(new CreateLoginProfileCommand({ UserName: "ann", Password: wrong }))
    .catch(errorName);
  const text = JSON.stringify([...managementEvents(dataDir()), ...outboxEvents(dataDir()), ...dataEvents(dataDir())]);
  for (const secret of [keys.secretAccessKey, password, "confidential-7"]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/"sessionToken":"(?!HIDDEN)/);
  expect(only("CreateAccessKey", ({ requestParameters }) => requestParameters?.["userName"] === "carol")).toMatchObject(
    {
      responseElements: {
        accessKey: { accessKeyId: keys.accessKeyId, secretAccessKey: "HIDDEN_DUE_TO_SECURITY_REASONS" },
      },
    },
  );
  expect(events("CreateLoginProfile").at(-1)).toMatchObject({
    requestParameters: { password: "HIDDEN_DUE_TO_SECURITY_REASONS" },
  });
});

test("of calls on objects, a denial is an event; others only when that was asked for", async () => {
  const keys = await user("dave", { Effect: "Allow", Action: "s3:ListBucket", Resource: "*" });
  await s3().send(new CreateBucketCommand({ Bucket: "data-bucket" }));
  await s3().send(new PutObjectCommand({ Bucket: "data-bucket", Key: "a/b", Body: "x" }));
  await s3(keys).send(new ListObjectsV2Command({ Bucket: "data-bucket" }));
  await s3(keys)
    .send(new GetObjectCommand({ Bucket: "data-bucket", Key: "a/b" }))
    .catch(errorName);
  await gateway.close();
  expect(dataEvents(dataDir()).map(({ eventName }) => eventName)).toEqual(["GetObject"]);
  expect(dataEvents(dataDir())[0]).toMatchObject({
    errorCode: "AccessDenied",
    managementEvent: false,
    eventCategory: "Data",
    requestParameters: { bucketName: "data-bucket", key: "a/b" },
    resources: [
      { type: "AWS::S3::Object", ARN: "arn:aws:s3:::data-bucket/a/b" },
      { type: "AWS::S3::Bucket", ARN: "arn:aws:s3:::data-bucket", accountId: gateway.accountId },
    ],
    additionalEventData: { decision: { allowed: false, action: "s3:GetObject" } },
  });
  gateway = await start("--data-events");
  await s3(keys).send(new ListObjectsV2Command({ Bucket: "data-bucket" }));
  await s3().send(new GetObjectCommand({ Bucket: "data-bucket", Key: "a/b" }));
  await gateway.close();
  expect(dataEvents(dataDir()).map(({ eventName }) => eventName)).toEqual(["GetObject", "ListObjects", "GetObject"]);
  gateway = await start();
});

test("the outbox empties itself with the next changes, and at a start", async () => {
  for (const name of ["out-1", "out-2", "out-3"]) await iam().send(new CreateUserCommand({ UserName: name }));
  expect(outboxEvents(dataDir()).map(({ requestParameters }) => requestParameters?.["userName"])).toEqual(["out-3"]);
  const before = managementEvents(dataDir()).length;
  await gateway.close();
  gateway = await start();
  expect(outboxEvents(dataDir())).toEqual([]);
  expect(managementEvents(dataDir())).toHaveLength(before);
});

test("an event's policies are kept as they were", async () => {
  const arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  const keys = await user("erin", { Effect: "Allow", Action: "iam:ListUsers", Resource: "*" });
  await iam().send(new AttachUserPolicyCommand({ UserName: "erin", PolicyArn: arn }));
  await iam(keys).send(new ListUsersCommand({}));
  const { decision } = events("ListUsers").at(-1)?.additionalEventData ?? {};
  expect(decision?.policies.map(({ name }) => name)).toEqual(["own", arn]);
});
