import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  GenerateCredentialReportCommand,
  GetAccessKeyLastUsedCommand,
  GetAccountAuthorizationDetailsCommand,
  GetCredentialReportCommand,
  GetRoleCommand,
  IAMClient,
  ListAccessKeysCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRequestLog } from "../src/server/request-log.ts";
import { type Gateway, startGateway } from "../src/server/main.ts";
import { parseConfig } from "../src/server/parse-config.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The time of the gateways, which a test moves: a report is kept for hours. */
const clock = { ahead: 0, now: () => Date.now() + clock.ahead, monotonic: () => performance.now() };

async function start(home: string): Promise<Gateway> {
  const parsed = parseConfig(["--port", "0", "--data", join(home, "data")], { HOME: home });
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  return startGateway(parsed.config, { clock, log: createRequestLog("info", { write: () => undefined }) });
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function keysIn(file: string): Keys {
  const text = readFileSync(file, "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  return { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
}

function client<T extends IAMClient | STSClient>(
  make: new (config: object) => T,
  { endpoint }: Gateway,
  credentials: Keys,
  region = "us-east-1",
): T {
  const systemClockOffset = clock.ahead;
  const made = new make({ endpoint, region, credentials, maxAttempts: 1, systemClockOffset });
  onTestFinished(() => made.destroy());
  return made;
}

const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const refused = (name: string) => expect.objectContaining({ name }) as unknown;

test("uses of keys and roles are known after a restart, and the credential report has them", async () => {
  const home = await temporaryFolder();
  let gateway = await start(home);
  const admin = keysIn(gateway.adminCredentialsFile);
  const { accountId } = gateway;
  const iam = () => client(IAMClient, gateway, admin);
  const keyOf = async (UserName: string): Promise<Keys> => {
    const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  };
  await iam().send(new CreateUserCommand({ UserName: "ann" }));
  const [used, unused] = [await keyOf("ann"), await keyOf("ann")];
  const RoleName = "reader";
  const AssumeRolePolicyDocument = document({
    Effect: "Allow",
    Principal: { AWS: accountId },
    Action: "sts:AssumeRole",
  });
  const { Role } = await iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam().send(new CreateRoleCommand({ RoleName: "idle", AssumeRolePolicyDocument }));
  await iam().send(new CreateLoginProfileCommand({ UserName: "ann", Password: "Correct-Horse-1" }));
  await iam().send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "phone" }));

  await client(STSClient, gateway, used, "eu-west-1").send(new GetCallerIdentityCommand({}));
  const { Credentials } = await client(STSClient, gateway, admin).send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "session" }),
  );
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  await client(STSClient, gateway, session, "eu-north-1").send(new GetCallerIdentityCommand({}));
  await gateway.close();
  gateway = await start(home);
  onTestFinished(() => gateway.close());

  const lastUsed = (AccessKeyId: string, keys = admin) =>
    client(IAMClient, gateway, keys).send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
  expect(await lastUsed(used.accessKeyId)).toMatchObject({
    UserName: "ann",
    AccessKeyLastUsed: { LastUsedDate: expect.any(Date) as Date, ServiceName: "sts", Region: "eu-west-1" },
  });
  const never = await lastUsed(unused.accessKeyId);
  expect(never.AccessKeyLastUsed).toEqual({ ServiceName: "N/A", Region: "N/A" });
  await expect(lastUsed("AKIANOBODYNOBODYNOBO")).rejects.toEqual(refused("NoSuchEntityException"));
  const roleUse = async (name: string) => (await iam().send(new GetRoleCommand({ RoleName: name }))).Role?.RoleLastUsed;
  expect(await roleUse(RoleName)).toEqual({ LastUsedDate: expect.any(Date) as Date, Region: "eu-north-1" });
  expect(await roleUse("idle")).toEqual({});
  const details = await iam().send(new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }));
  const inDetails = details.RoleDetailList?.map((role) => [role.RoleName, role.RoleLastUsed]) ?? [];
  expect(Object.fromEntries(inDetails)).toEqual({ [RoleName]: await roleUse(RoleName), idle: {} });
  const listed = await iam().send(new ListAccessKeysCommand({ UserName: "ann" }));
  expect(Object.keys(listed.AccessKeyMetadata?.[0] ?? {}).toSorted()).toEqual([
    "AccessKeyId",
    "CreateDate",
    "Status",
    "UserName",
  ]);

  // Who may ask for a key of one user gets the same words for others' keys and for keys that are not there.
  const own = { Effect: "Allow", Action: "iam:GetAccessKeyLastUsed", Resource: `arn:aws:iam::${accountId}:user/ann` };
  await iam().send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument: document(own) }));
  expect((await lastUsed(used.accessKeyId, used)).UserName).toBe("ann");
  const words = async (id: string) =>
    lastUsed(id, used).then(
      () => "allowed",
      (error: unknown) => (error as Error).message.replace(id, "KEY").replace(/ Encoded .*/, ""),
    );
  expect(await words(admin.accessKeyId)).toMatch(/iam:GetAccessKeyLastUsed on resource: access key KEY because/);
  expect(await words("AKIANOBODYNOBODYNOBO")).toBe(await words(admin.accessKeyId));

  const generate = async () => (await iam().send(new GenerateCredentialReportCommand({}))).State;
  const get = () => iam().send(new GetCredentialReportCommand({}));
  await expect(get()).rejects.toEqual(refused("CredentialReportNotPresentException"));
  expect(await generate()).toBe("STARTED");
  const finished = async () => {
    for (;;) if ((await generate()) === "COMPLETE") return get();
  };
  const report = await finished();
  expect(report.ReportFormat).toBe("text/csv");
  const [head = "", root, ...users] = Buffer.from(report.Content ?? [])
    .toString()
    .trimEnd()
    .split("\n");
  expect(root).toContain(`<root_account>,arn:aws:iam::${accountId}:root,`);
  const names = head.split(",");
  const ann = Object.fromEntries(
    (users.find((line) => line.startsWith("ann,")) ?? "").split(",").map((value, index) => [names[index], value]),
  );
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/) as unknown;
  expect(ann).toMatchObject({
    user: "ann",
    user_creation_time: time,
    password_enabled: "true",
    password_last_used: "no_information",
    password_last_changed: time,
    password_next_rotation: "N/A",
    mfa_active: "false",
    access_key_1_active: "true",
    access_key_1_last_rotated: time,
    access_key_2_active: "true",
    cert_1_active: "false",
  });
  const uses = [1, 2].map((n) => [ann[`access_key_${n}_last_used_region`], ann[`access_key_${n}_last_used_service`]]);
  expect(uses).toContainEqual(["eu-west-1", "sts"]);
  expect(uses).toContainEqual(["N/A", "N/A"]);

  // Four hours later it is made again.
  clock.ahead = 4 * 60 * 60 * 1000;
  await expect(get()).rejects.toEqual(refused("CredentialReportExpiredException"));
  expect(await generate()).toBe("STARTED");
  const again = await finished();
  expect(again.GeneratedTime?.getTime()).toBeGreaterThan(report.GeneratedTime?.getTime() ?? 0);
  await expect(client(IAMClient, gateway, used).send(new GetCredentialReportCommand({}))).rejects.toEqual(
    refused("AccessDenied"),
  );
  await expect(client(IAMClient, gateway, used).send(new GenerateCredentialReportCommand({}))).rejects.toEqual(
    refused("AccessDenied"),
  );
});
