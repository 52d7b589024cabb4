/** A call that concerns two accounts is an event of each, and no event shows one account what is the other's. */
import { EnablePolicyTypeCommand, ListRootsCommand } from "@aws-sdk/client-organizations";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { useOrganization } from "./organization-accounts.ts";
import { dataEvents, managementEvents, type RecordedDecision, type RecordedEvent } from "./recorded-events.ts";
import { useS3Gateway } from "./s3-gateway.ts";

// With so little room, the denied calls of outsiders have 64 KiB a day.
const gateway = useS3Gateway("--data-events", "--event-size", "1MiB");
const organization = useOrganization(gateway);

let member: { readonly id: string; readonly root: SigningKeys };
let visitor: SigningKeys;

const statement = {
  Sid: "SecretSidOfTheOwner",
  Effect: "Allow",
  Action: ["s3:GetObject", "s3:PutObject", "s3:GetBucketTagging"],
};

beforeAll(async () => {
  member = await organization.member();
  visitor = await organization.user(member.root, "visitor", {
    Sid: "SecretSidOfTheVisitor",
    Effect: "Allow",
    Action: "s3:*",
    Resource: "*",
  });
});

/** A bucket of the first account that the visitor's account may use. */
async function shared(): Promise<string> {
  const Bucket = await gateway.bucket();
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ ...statement, Principal: { AWS: member.id }, Resource }],
  });
  await gateway.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  return Bucket;
}

/** The event of each account; there are two, with one shared id. */
function sides(events: readonly RecordedEvent[]): { readonly ours: RecordedEvent; readonly owners: RecordedEvent } {
  expect(events).toHaveLength(2);
  const of = (id: string): RecordedEvent => {
    const event = events.find(({ recipientAccountId }) => recipientAccountId === id);
    if (event === undefined) throw new Error(`no event of ${id}`);
    return event;
  };
  const found = { ours: of(member.id), owners: of(gateway.accountId) };
  expect(found.ours.sharedEventID).toMatch(/^[0-9a-f-]{36}$/);
  expect(found.owners.sharedEventID).toBe(found.ours.sharedEventID);
  expect(found.owners.eventID).not.toBe(found.ours.eventID);
  return found;
}

function expectNothingOfTheOther({ ours, owners }: { readonly ours: RecordedEvent; readonly owners: RecordedEvent }) {
  const [visitors, resources] = [JSON.stringify(ours), JSON.stringify(owners)];
  expect(visitors).toContain("user/visitor");
  for (const theirs of ["user/visitor", "SecretSidOfTheVisitor", '"own"']) expect(resources).not.toContain(theirs);
  for (const theirs of [gateway.accountId, "SecretSidOfTheOwner"]) expect(visitors).not.toContain(theirs);
  expect(owners.userIdentity).toEqual({
    type: "AWSAccount",
    principalId: expect.stringMatching(/^AIDA/),
    accountId: member.id,
    accessKeyId: visitor.accessKeyId,
  });
  expect(ours.additionalEventData.decision?.policies.map(({ layer }) => layer)).toContain("identity");
  expect(owners.additionalEventData.decision?.policies.map(({ layer }) => layer)).toEqual(["resource"]);
}

test("a call on a bucket of another account", async () => {
  const Bucket = await shared();
  const got = await gateway.send({ target: `/${Bucket}?tagging`, keys: visitor });
  expect(got.code).toBe("NoSuchTagSet");
  const events = managementEvents(gateway.dataDir).filter(({ eventName }) => eventName === "GetBucketTagging");
  expectNothingOfTheOther(sides(events));
});

test("a call that the other account does not allow is an event of the caller's alone", async () => {
  const Bucket = await gateway.bucket();
  const sent = await gateway.clientOf(visitor).send(new DeleteBucketPolicyCommand({ Bucket })).catch(String);
  expect(sent).toContain("AccessDenied");
  const events = managementEvents(gateway.dataDir).filter(({ eventName }) => eventName === "DeleteBucketPolicy");
  expect(events.map(({ recipientAccountId }) => recipientAccountId)).toEqual([member.id]);
  expect(JSON.stringify(events)).not.toContain(gateway.accountId);
});

test("a copy between two accounts that is denied", async () => {
  const Bucket = await shared();
  await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "x" }));
  const denied = await gateway.bucket();
  const copy = new CopyObjectCommand({ Bucket: denied, Key: "b", CopySource: `${Bucket}/a` });
  expect(await gateway.clientOf(visitor).send(copy).catch(String)).toContain("AccessDenied");
  const events = await written(() => dataEvents(gateway.dataDir).filter(({ eventName }) => eventName === "CopyObject"));
  const found = sides(events);
  const ours = JSON.stringify(found.ours);
  expect(ours).not.toContain(gateway.accountId);
  expect(ours).not.toContain("SecretSidOfTheOwner");
  const owners = JSON.stringify(found.owners);
  expect(owners).not.toContain("user/visitor");
  expect(owners).not.toContain("SecretSidOfTheVisitor");
});

const nameOf = (event: RecordedEvent): unknown => event.requestParameters?.["bucketName"];

/** Data events of calls whose path has this bucket in it: how many there are is a part of what is shown. */
async function dataEventsOf(Bucket: string, eventName: string, count: number): Promise<readonly RecordedEvent[]> {
  return await written(
    () => dataEvents(gateway.dataDir).filter((event) => nameOf(event) === Bucket && event.eventName === eventName),
    count,
  );
}

test("a call on an object is an event of its caller's account and of the bucket's", async () => {
  const Bucket = await shared();
  await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "x" }));
  expect((await gateway.send({ target: `/${Bucket}/a`, keys: visitor })).status).toBe(200);
  const { ours, owners } = sides(await dataEventsOf(Bucket, "GetObject", 2));
  expectNothingOfTheOther({ ours, owners });
  const resources = (event: RecordedEvent) => event.resources?.map(({ ARN, accountId }) => [ARN, accountId]);
  const arns = [`arn:aws:s3:::${Bucket}/a`, `arn:aws:s3:::${Bucket}`];
  expect(resources(owners)).toEqual(arns.map((arn) => [arn, gateway.accountId]));
  expect(resources(ours)).toEqual(arns.map((arn) => [arn, undefined]));
});

test("a copy is an event of its caller's account and of the account of either bucket, once each", async () => {
  const third = await organization.member();
  const Source = await shared();
  await gateway.s3.send(new PutObjectCommand({ Bucket: Source, Key: "a", Body: "x" }));
  const Bucket = "bucket-of-the-third";
  const owner = gateway.clientOf(third.root);
  await owner.send(new CreateBucketCommand({ Bucket }));
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const Statement = [{ Effect: "Allow", Action: "s3:PutObject", Principal: { AWS: member.id }, Resource }];
  await owner.send(
    new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );
  await gateway.clientOf(visitor).send(new CopyObjectCommand({ Bucket, Key: "b", CopySource: `${Source}/a` }));
  const events = await dataEventsOf(Bucket, "CopyObject", 3);
  expect(new Set(events.map(({ sharedEventID }) => sharedEventID)).size).toBe(1);
  const accounts = [member.id, gateway.accountId, third.id];
  expect(events.map(({ recipientAccountId }) => recipientAccountId).toSorted()).toEqual(accounts.toSorted());
  for (const event of events) {
    expect(event.requestParameters).toMatchObject({ bucketName: Bucket, key: "b", "x-amz-copy-source": `${Source}/a` });
    const named = event.resources?.flatMap(({ accountId }) => accountId ?? []);
    expect(new Set(named)).toEqual(new Set(accounts.slice(1).filter((id) => id === event.recipientAccountId)));
    const whole = JSON.stringify(event);
    expect(whole.includes("SecretSidOfTheVisitor")).toBe(false);
    expect(whole.includes("user/visitor")).toBe(event.recipientAccountId === member.id);
  }
  const own = `own-${Bucket}`;
  await gateway.clientOf(member.root).send(new CreateBucketCommand({ Bucket: own }));
  await gateway
    .clientOf(visitor)
    .send(new CopyObjectCommand({ Bucket: own, Key: "b", CopySource: `${own}/a` }))
    .catch(String);
  expect(await dataEventsOf(own, "CopyObject", 1)).toMatchObject([{ recipientAccountId: member.id }]);
});

/** What an event and an answer say of a denial, without what differs from call to call. */
async function deniedGet(Bucket: string, keys: SigningKeys, recipient: string) {
  const { status, body } = await gateway.send({ target: `/${Bucket}/a`, keys });
  expect(status).toBe(403);
  const events = await dataEventsOf(Bucket, "GetObject", 2);
  const event = events.find(({ recipientAccountId }) => recipientAccountId === recipient);
  if (event?.additionalEventData.decision === undefined) throw new Error("an event without a decision");
  const {
    policies: _own,
    context: _context,
    resource: _resource,
    resourceAccount,
    ...decision
  } = event.additionalEventData.decision as RecordedDecision & { readonly context: unknown };
  return {
    body: body.replace(/<(RequestId|HostId|Resource)>.*?<\/\1>/g, ""),
    message: event.errorMessage,
    decision,
    resourceAccount,
  };
}

describe("a denial between two accounts does not say which policy denied, nor how", () => {
  test("to the caller's account: no policy of the bucket, its Deny, and a Deny of the bucket's organization", async () => {
    const plain = await gateway.bucket();
    const denying = await gateway.bucket();
    const Deny = { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${denying}/*` };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [Deny] });
    await gateway.s3.send(new PutBucketPolicyCommand({ Bucket: denying, Policy }));
    const third = await organization.member();
    const controlled = "bucket-with-control-policy";
    const owner = gateway.clientOf(third.root);
    await owner.send(new CreateBucketCommand({ Bucket: controlled }));
    const Principal = { AWS: member.id };
    const Allow = { ...Deny, Effect: "Allow", Principal, Resource: `arn:aws:s3:::${controlled}/*` };
    const Allowing = JSON.stringify({ Version: "2012-10-17", Statement: [Allow] });
    await owner.send(new PutBucketPolicyCommand({ Bucket: controlled, Policy: Allowing }));
    const { Roots } = await organization.client().send(new ListRootsCommand({}));
    const type = { RootId: Roots?.[0]?.Id, PolicyType: "RESOURCE_CONTROL_POLICY" } as const;
    await organization.client().send(new EnablePolicyTypeCommand(type));
    await organization.attach(third.id, type.PolicyType, {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "*",
    });
    const seen = await Promise.all([plain, denying, controlled].map((one) => deniedGet(one, visitor, member.id)));
    expect(seen[0]?.decision).toEqual({ allowed: false, action: "s3:GetObject" });
    expect(seen[0]?.resourceAccount).toBeUndefined();
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    // The bucket's own account sees the policy, and that it decided.
    const own = await gateway.send({ target: `/${controlled}/a`, keys: third.root });
    expect(own.body).toContain("with an explicit deny in a resource control policy");
    const events = await dataEventsOf(controlled, "GetObject", 3);
    const ours = events.find(({ userIdentity }) => userIdentity["type"] === "Root");
    expect(ours?.additionalEventData.decision).toMatchObject({
      reason: "explicit-deny",
      layer: "guardrail",
      statement: { index: 0 },
      policies: expect.arrayContaining([
        {
          layer: "guardrail",
          level: expect.any(Number),
          name: ours?.additionalEventData.decision?.statement?.policyName,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ]),
    });
  });

  test("to the bucket's account: a Deny of the caller's own, and no Allow", async () => {
    const [one, other] = [await shared(), await shared()];
    const Deny = { Effect: "Deny", Action: "s3:*", Resource: "*" };
    const without = await organization.user(member.root, "without-policy");
    const denied = await organization.user(member.root, "with-deny", Deny);
    const seen = [await deniedGet(one, without, gateway.accountId), await deniedGet(other, denied, gateway.accountId)];
    expect(seen[0]?.decision).toEqual({ allowed: false, action: "s3:GetObject" });
    expect(seen[1]).toEqual(seen[0]);
  });
});

test("of nobody's denials the owner of the bucket gets an event of data calls, and no row of record.db is written", async () => {
  const Bucket = await gateway.bucket();
  const before = managementEvents(gateway.dataDir).length;
  expect((await gateway.sendUnsigned({ target: `/${Bucket}/anonymous-key` })).status).toBe(403);
  expect((await gateway.sendUnsigned({ target: `/${Bucket}?policy` })).status).toBe(403);
  const ofBucket = (): readonly RecordedEvent[] =>
    dataEvents(gateway.dataDir).filter(({ requestParameters }) => requestParameters?.["bucketName"] === Bucket);
  const events = await written(ofBucket, 2);
  expect(events.map(({ eventName }) => eventName)).toEqual(["GetObject", "GetBucketPolicy"]);
  for (const event of events)
    expect(event).toMatchObject({
      errorCode: "AccessDenied",
      recipientAccountId: gateway.accountId,
      userIdentity: { type: "AWSAccount", principalId: "", accountId: "ANONYMOUS_PRINCIPAL" },
    });
  expect(managementEvents(gateway.dataDir)).toHaveLength(before);
});

test("denied calls of nobody and of other accounts do not fill the owner's record; the caller's account has its own", async () => {
  const Bucket = await gateway.bucket();
  const own = await gateway.user("own-flood");
  for (let at = 0; at < 60; at += 1) {
    const target = `/${Bucket}/${at}-${"k".repeat(900)}`;
    const answers = [
      await gateway.sendUnsigned({ target }),
      await gateway.send({ target, keys: visitor }),
      await gateway.send({ target, keys: own }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  }
  const counts = (): Readonly<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const { recipientAccountId, userIdentity, requestParameters } of dataEvents(gateway.dataDir)) {
      if (requestParameters?.["bucketName"] !== Bucket) continue;
      const side = recipientAccountId === gateway.accountId ? "owner" : "visitor";
      const name = `${String(userIdentity["type"])} for ${side}`;
      found[name] = (found[name] ?? 0) + 1;
    }
    return found;
  };
  await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ "IAMUser for visitor": 60, "IAMUser for owner": 60 });
  expect(counts()["AWSAccount for owner"]).toBeLessThan(40);
  const dropped = dataEvents(gateway.dataDir).filter(({ eventName }) => eventName === "DataEventsDropped");
  expect(dropped.map(({ recipientAccountId }) => recipientAccountId)).toEqual([gateway.accountId]);
});

/** Data events are written soon after the answer. */
async function written(read: () => readonly RecordedEvent[], count = 2): Promise<readonly RecordedEvent[]> {
  await expect.poll(() => read().length, { timeout: 20_000 }).toBe(count);
  return read();
}
