/** LookupEvents as clients ask it, and the two calls of our own. */
import { join } from "node:path";
import { CreateUserCommand, IAMClient, ListUsersCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { openConnection } from "../src/stores/sqlite/connection.ts";
import type { RecordedEvent } from "./recorded-events.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

interface Listed {
  readonly EventId: string;
  readonly EventName: string;
  readonly Username?: string;
  readonly EventTime: number;
  readonly ReadOnly: string;
  readonly Resources: readonly { readonly ResourceType: string; readonly ResourceName: string }[];
  readonly CloudTrailEvent: string;
}

interface Answer {
  readonly __type?: string;
  readonly Message?: string;
  readonly Events?: readonly Listed[];
  readonly NextToken?: string;
  readonly CloudTrailEvent?: string;
  readonly PolicyDocuments?: Readonly<Record<string, string>>;
}

async function ask(operation: string, members: object, keys: SigningKeys = gateway.admin): Promise<Answer> {
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `CloudTrail_20131101.${operation}`,
  };
  const body = JSON.stringify(members);
  const { body: answer } = await gateway.send({
    method: "POST",
    target: "/",
    body,
    headers,
    service: "cloudtrail",
    keys,
  });
  return JSON.parse(answer) as Answer;
}

const lookup = (AttributeKey: string, AttributeValue: string, more: object = {}): Promise<Answer> =>
  ask("LookupEvents", { LookupAttributes: [{ AttributeKey, AttributeValue }], ...more });

function iam(keys: SigningKeys): IAMClient {
  const client = new IAMClient({
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: keys,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

/** All pages of two events each. */
async function pages(members: object): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  let NextToken: string | undefined;
  do {
    const answer: Answer = await ask("LookupEvents", { ...members, MaxResults: 2, NextToken });
    expect(answer.Events?.length).toBeLessThanOrEqual(2);
    found.push(...(answer.Events ?? []));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  return found;
}

let keys: SigningKeys;

beforeAll(async () => {
  keys = await gateway.user("looker", { Effect: "Allow", Action: "cloudtrail:LookupEvents", Resource: "*" });
  await gateway.user("second");
  await gateway.user("third");
});

test.each([
  ["EventName", "CreateUser", 3],
  ["EventSource", "iam.amazonaws.com", 7],
  ["ResourceName", "second", 2],
  ["ResourceType", "AWS::IAM::User", 7],
  ["Username", "nobody", 0],
  ["EventName", "createuser", 0],
])("by %s %s", async (key, value, count) => {
  const found = await pages({ LookupAttributes: [{ AttributeKey: key, AttributeValue: value }] });
  expect(found).toHaveLength(count);
  expect(new Set(found.map(({ EventId }) => EventId)).size).toBe(count);
});

test("an event has what the API documents, and the whole event as JSON", async () => {
  const { Events: [event] = [] } = await lookup("ResourceName", "third");
  expect(event).toMatchObject({
    EventName: "CreateAccessKey",
    Username: "admin",
    ReadOnly: "false",
    EventSource: "iam.amazonaws.com",
    AccessKeyId: gateway.admin.accessKeyId,
    Resources: [{ ResourceType: "AWS::IAM::User", ResourceName: "third" }],
  });
  const whole = JSON.parse(event?.CloudTrailEvent ?? "") as RecordedEvent;
  expect(whole).toMatchObject({ eventID: event?.EventId, requestParameters: { userName: "third" } });
  const { Events: byId } = await lookup("EventId", event?.EventId ?? "");
  expect(byId).toEqual([event]);
  await iam(gateway.admin).send(new ListUsersCommand());
  const { Events: [listing] = [] } = await lookup("EventName", "ListUsers");
  expect(listing?.Resources).toEqual([]);
});

test("the newest come first, within the time that is asked for", async () => {
  const all = await pages({});
  const times = all.map(({ EventTime }) => EventTime);
  expect(times).toEqual(times.toSorted((one, other) => other - one));
  const [newest = 0] = times;
  expect(await pages({ StartTime: newest + 60 })).toEqual([]);
  expect(await pages({ EndTime: 1 })).toEqual([]);
  for (const far of [
    { StartTime: 8.64e12, EndTime: 8.64e12 },
    { EndTime: -8.64e12, StartTime: -8.64e12 },
  ])
    expect((await ask("LookupEvents", far)).Events).toEqual([]);
  expect((await pages({ StartTime: 1, EndTime: newest + 60 })).length).toBeGreaterThanOrEqual(all.length);
});

test.each([
  [{ MaxResults: 51 }, "InvalidMaxResultsException"],
  [{ MaxResults: 0 }, "InvalidMaxResultsException"],
  [{ NextToken: "no" }, "InvalidNextTokenException"],
  [{ StartTime: 2, EndTime: 1 }, "InvalidTimeRangeException"],
  [{ EventCategory: "insight" }, "InvalidEventCategoryException"],
  [{ LookupAttributes: [{ AttributeKey: "Colour", AttributeValue: "x" }] }, "ValidationException"],
  [{ StartTime: "yesterday" }, "SerializationException"],
])("%j is %s", async (members, error) => {
  expect(await ask("LookupEvents", members)).toMatchObject({ __type: error });
});

test("only who may: the right to look up events is one right, that to data events another", async () => {
  expect((await ask("LookupEvents", {}, keys)).Events?.length).toBeGreaterThan(0);
  const denied = "not authorized to perform: cloudtrail:LookupDataEvents";
  expect((await ask("LookupDataEvents", {}, keys)).Message).toContain(denied);
  expect((await ask("GetDecision", { RequestId: "x" }, keys)).__type).toBe("AccessDeniedException");
  const nobody = await gateway.user("no-looker");
  expect((await ask("LookupEvents", {}, nobody)).__type).toBe("AccessDeniedException");
  const { Events: [event] = [] } = await lookup("Username", "no-looker");
  expect(JSON.parse(event?.CloudTrailEvent ?? "{}")).toMatchObject({ errorCode: "AccessDenied" });
});

test("a lookup is an event itself", async () => {
  await ask("LookupEvents", { MaxResults: 1 });
  expect((await lookup("EventName", "LookupEvents")).Events?.[0]).toMatchObject({ ReadOnly: "true" });
});

test("data events: denied calls by bucket and user, in pages that go on where the last one ended", async () => {
  const bucket = await gateway.bucket();
  const other = await gateway.bucket();
  const denied = await gateway.user("denied-reader");
  const client = gateway.clientOf(denied);
  for (const Key of ["a", "b", "c", "d", "e"])
    await client.send(new GetObjectCommand({ Bucket: bucket, Key })).catch(() => undefined);
  await client.send(new GetObjectCommand({ Bucket: other, Key: "x" })).catch(() => undefined);
  const listed: string[] = [];
  await expect.poll(async () => (await ask("LookupDataEvents", { BucketName: other })).Events?.length).toBe(1);
  let NextToken: string | undefined;
  do {
    const answer: Answer = await ask("LookupDataEvents", {
      BucketName: bucket,
      Username: "denied-reader",
      Denied: true,
      MaxResults: 2,
      NextToken,
    });
    for (const { CloudTrailEvent } of answer.Events ?? []) {
      const { requestParameters } = JSON.parse(CloudTrailEvent) as RecordedEvent;
      listed.push(String(requestParameters?.["key"]));
    }
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  expect(listed).toEqual(["e", "d", "c", "b", "a"]);
  expect((await ask("LookupDataEvents", { Username: "admin" })).Events).toEqual([]);
});

test("a token that lies far behind the end of a file gives what one at its end gives", async () => {
  const bucket = await gateway.bucket();
  const client = gateway.clientOf(await gateway.user("forger"));
  for (const Key of ["a", "b", "c"])
    await client.send(new GetObjectCommand({ Bucket: bucket, Key })).catch(() => undefined);
  const find = (NextToken?: string) => ask("LookupDataEvents", { BucketName: bucket, NextToken });
  await expect.poll(async () => (await find()).Events?.length).toBe(3);
  const { NextToken = "" } = await ask("LookupDataEvents", { BucketName: bucket, MaxResults: 1 });
  const { file } = JSON.parse(Buffer.from(NextToken, "base64url").toString()) as { readonly file: string };
  const forged = Buffer.from(JSON.stringify({ file, before: Number.MAX_SAFE_INTEGER })).toString("base64url");
  expect((await find(forged)).Events).toHaveLength(3);
  expect((await ask("GetDecision", { RequestId: "none", NextToken: forged })).__type).toBe("EventNotFoundException");
});

test("a decision comes with the policies as they were", async () => {
  const first = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "NotThat", Effect: "Deny", Action: "s3:GetObject", Resource: "*" }],
  });
  const changed = first.replace("NotThat", "Later");
  const bucket = await gateway.bucket();
  const user = await gateway.user("changing");
  const put = (PolicyDocument: string) =>
    iam(gateway.admin).send(new PutUserPolicyCommand({ UserName: "changing", PolicyName: "own", PolicyDocument }));
  await put(first);
  const refused = await gateway
    .clientOf(user)
    .send(new GetObjectCommand({ Bucket: bucket, Key: "a" }))
    .catch((error: unknown) => error);
  const requestId = (refused as { readonly $metadata: { readonly requestId?: string } }).$metadata.requestId ?? "";
  await put(changed);
  await expect.poll(async () => (await ask("GetDecision", { RequestId: requestId })).__type).toBe(undefined);
  const { CloudTrailEvent = "", PolicyDocuments = {} } = await ask("GetDecision", { RequestId: requestId });
  const { decision } = (JSON.parse(CloudTrailEvent) as RecordedEvent).additionalEventData;
  expect(decision).toMatchObject({
    allowed: false,
    layer: "identity",
    statement: { policyName: "own", index: 0, sid: "NotThat" },
  });
  expect(PolicyDocuments[decision?.policies[0]?.sha256 ?? ""]).toBe(first);
  const made = await iam(gateway.admin).send(new CreateUserCommand({ UserName: "decided" }));
  const managed = await ask("GetDecision", { RequestId: made.$metadata.requestId });
  expect(JSON.parse(managed.CloudTrailEvent ?? "{}")).toMatchObject({ eventName: "CreateUser" });
  expect(await ask("GetDecision", { RequestId: "0000000000000000" })).toMatchObject({
    __type: "EventNotFoundException",
  });
});

/** As many events of the account, newer than all others, that no lookup here looks for. */
function addUnwanted(count: number): void {
  const connection = openConnection(join(gateway.dataDir, "record.db"));
  connection.exec("PRAGMA busy_timeout = 5000"); // the gateway may be writing at this moment
  connection.run(
    `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO events (seq, account_id, changed, keys, body)
     SELECT (SELECT max(seq) FROM events) + i, ?, 0, CAST('["EventId=none"]' AS BLOB), CAST('{}' AS BLOB) FROM n`,
    [count, gateway.accountId],
  );
  connection.close();
}

test("one call looks at 10,000 events, and its token leads to what is behind them", async () => {
  const { $metadata } = await iam(gateway.admin).send(new CreateUserCommand({ UserName: "long-ago" }));
  addUnwanted(10_100);
  const first = await lookup("ResourceName", "long-ago");
  expect(first).toEqual({ Events: [], NextToken: expect.any(String) });
  const second = await lookup("ResourceName", "long-ago", { NextToken: first.NextToken });
  expect(second).toMatchObject({ Events: [{ EventName: "CreateUser" }] });
  const RequestId = $metadata.requestId ?? "";
  const { NextToken, CloudTrailEvent } = await ask("GetDecision", { RequestId });
  expect(CloudTrailEvent).toBeUndefined();
  const decision = await ask("GetDecision", { RequestId, NextToken });
  expect(JSON.parse(decision.CloudTrailEvent ?? "{}")).toMatchObject({ eventName: "CreateUser", requestID: RequestId });
});
