import { CreateUserCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { aws, cliHere, iam, python, s3 } from "./clients.ts";
import { makeBucket, makeUser } from "./fixtures.ts";
import { cleanEnvironment, command, type Keys, readKeys, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

let gateway: RunningGateway;
let denied: Keys;

beforeAll(async () => {
  gateway = await startGatewayHere();
  await iam(gateway, gateway.admin).send(new CreateUserCommand({ UserName: "ann" }));
  await makeBucket(gateway, "watched", ["letter"]);
  denied = (await makeUser(gateway, "bob")).keys;
  await s3(gateway, denied)
    .send(new GetObjectCommand({ Bucket: "watched", Key: "letter" }))
    .catch(() => undefined);
});
afterAll(() => gateway.stop());

test("aws cloudtrail lookup-events finds a change by its name", async () => {
  const filter = ["--lookup-attributes", "AttributeKey=ResourceName,AttributeValue=ann"];
  const { stdout, stderr } = await aws(gateway, ["cloudtrail", "lookup-events", ...filter], { keys: gateway.admin });
  expect(stderr).toBe("");
  const { Events } = JSON.parse(stdout) as { readonly Events: readonly Record<string, unknown>[] };
  expect(Events).toMatchObject([{ EventName: "CreateUser", Username: "admin", ReadOnly: "false" }]);
  expect(JSON.parse(String(Events[0]?.["CloudTrailEvent"]))).toMatchObject({ requestParameters: { userName: "ann" } });
});

test("boto3 pages through events, and reads times as times", async () => {
  const program = `
import boto3, datetime
client = boto3.client("cloudtrail", endpoint_url="${gateway.endpoint}", region_name="us-east-1")
pages = list(client.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2},
    LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "iam.amazonaws.com"}],
    StartTime=datetime.datetime.utcnow() - datetime.timedelta(hours=1)))
events = [event for page in pages for event in page["Events"]]
print(len(pages) > 1, len(events), all(isinstance(event["EventTime"], datetime.datetime) for event in events))
`;
  const { stdout, stderr } = await python(gateway, program, { keys: gateway.admin });
  expect(stderr.replaceAll(/.*[Ww]arning.*\n(?: {2}.*\n)?/g, "")).toBe("");
  expect(stdout).toMatch(/^True \d+ True\n$/);
});

const show = (...args: readonly string[]) =>
  cliHere(gateway, ["events", "--endpoint-url", gateway.endpoint, ...args], { keys: gateway.admin });

test("events: one line each, the newest last, with who, what, on what and the error", async () => {
  const { stdout, stderr, code } = await show("--denied");
  expect([stderr, code]).toEqual(["", 0]);
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}bob +GetObject +watched\/letter {2}AccessDenied\n$/);
  const made = (await show("--user", "admin", "--event", "CreateUser")).stdout.trimEnd().split("\n");
  expect(made.map((line) => line.split(/ {2,}/).slice(1))).toEqual([
    ["admin", "CreateUser", "user/ann"],
    ["admin", "CreateUser", "user/bob"],
  ]);
});

test("events: filters of the service and of the command are one filter; --json is a line each", async () => {
  const lines = async (...args: readonly string[]) =>
    (await show("--json", ...args)).stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { readonly eventName: string }).eventName);
  expect(await lines("--bucket", "watched")).toEqual(["CreateBucket", "GetObject"]);
  expect(await lines("--bucket", "watched", "--data")).toEqual(["GetObject"]);
  expect(await lines("--bucket", "watched", "--management")).toEqual(["CreateBucket"]);
  expect(await lines("--bucket", "watched", "--user", "bob")).toEqual(["GetObject"]);
  expect(await lines("--limit", "1", "--bucket", "watched")).toEqual(["GetObject"]);
  expect(await lines("--since", "1h", "--event", "CreateAccessKey", "--denied")).toEqual([]);
  for (const since of ["2026-01-31", "2026-01-31 10:00", "2026-01-31T10:00:00+02:00", "1w"])
    expect(await lines("--limit", "1", "--bucket", "watched", "--since", since), since).toEqual(["GetObject"]);
});

test("events: a mistake is one line, and so is what the caller may not", async () => {
  const since = await show("--since", "soon");
  expect([since.code, since.stderr]).toEqual([
    2,
    'Error: invalid --since "soon": it is of the form 30m, 12h, 7d, 2w, 2026-01-31 or "2026-01-31 10:00"\n',
  ]);
  expect(await show("--since", "2999-01-01")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("in the future"),
  });
});

test.each([
  ["events", "cloudtrail:LookupEvents"],
  ["explain --request-id 0123456789ABCDEF", "cloudtrail:GetDecision"],
  ["account list", "organizations:ListAccounts"],
  ["sessions list --local", "s3-credentials:ListSessions"],
  ["keyring show --local", "s3-credentials:DescribeKeyring"],
])("%s without the right to it is one line that a person can read", async (line, action) => {
  const { accessKeyId, secretAccessKey } = denied;
  const keys = ["--access-key", accessKeyId, "--secret-key", secretAccessKey];
  const args = [...line.split(" "), "--endpoint-url", gateway.endpoint, ...keys];
  const { code, stdout, stderr } = await cliHere(gateway, args, { keys: denied });
  expect([code, stdout, stderr]).toEqual([
    1,
    "",
    `Error: User: arn:aws:iam::${gateway.accountId}:user/bob is not authorized to perform: ${action} because no identity-based policy allows the ${action} action (AccessDeniedException, HTTP 400); use credentials that may do this\n`,
  ]);
});

test("explain does not say that a call into another account would be allowed, when it was denied", async () => {
  const account = ["account", "create", "other", "--email", "other@example.com", "--endpoint-url", gateway.endpoint];
  const { AccountId } = JSON.parse((await cliHere(gateway, account, { keys: gateway.admin })).stdout) as {
    readonly AccountId: string;
  };
  const other = readKeys(join(gateway.dataDir, "accounts", AccountId, "root-credentials"));
  await s3(gateway, other).send(new CreateBucketCommand({ Bucket: "of-another-account" }));
  const refused = await s3(gateway, gateway.admin)
    .send(new GetObjectCommand({ Bucket: "of-another-account", Key: "a" }))
    .catch((error: unknown) => error as { readonly $metadata: { readonly requestId?: string } });
  const id = refused.$metadata.requestId ?? "";
  const args = ["explain", "--request-id", id, "--local", "--endpoint-url", gateway.endpoint];
  const explain = () => cliHere(gateway, args, { keys: gateway.admin });
  await expect.poll(async () => (await explain()).code, { timeout: 20_000 }).toBe(0);
  const { stdout } = await explain();
  expect(stdout).toMatch(
    /^DENIED by a policy of one of two accounts: neither account sees which\n.*What can be read does not deny it:\n/,
  );
  expect(stdout).not.toContain("ALLOWED");
});

test.each(["events", "account list"])("%s says that nobody listens at the endpoint", async (line) => {
  const args = [...line.split(" "), "--endpoint-url", "http://127.0.0.1:2"];
  const { code, stderr } = await cliHere(gateway, args, { keys: denied });
  expect([code, stderr]).toEqual([
    1,
    "Error: connect ECONNREFUSED 127.0.0.1:2 (ECONNREFUSED); check that the service runs at that endpoint\n",
  ]);
});

test("events --follow goes on with what happens", async () => {
  const args = [
    command,
    "events",
    "--follow",
    "--management",
    "--event",
    "CreateUser",
    "--endpoint-url",
    gateway.endpoint,
  ];
  const { accessKeyId, secretAccessKey } = gateway.admin;
  const env = {
    ...cleanEnvironment(gateway.home),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  const child = spawn(process.execPath, args, { env });
  const seen: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    seen.push(/(\S+)$/.exec(line)?.[1] ?? "");
    if (line.endsWith("user/bob")) await iam(gateway, gateway.admin).send(new CreateUserCommand({ UserName: "later" }));
    if (line.endsWith("user/later")) break;
  }
  child.kill("SIGINT");
  expect(seen).toEqual(["user/ann", "user/bob", "user/later"]);
});
