/** A call that concerns two accounts is an event of each, and no event shows one account what is the other's. */
import {
  CopyObjectCommand,
  DeleteBucketPolicyCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, expect, test } from "vitest";
import { useOrganization } from "./organization-accounts.ts";
import { dataEvents, managementEvents, type RecordedEvent } from "./recorded-events.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
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

/** Data events are written soon after the answer. */
async function written(read: () => readonly RecordedEvent[], count = 2): Promise<readonly RecordedEvent[]> {
  await expect.poll(() => read().length, { timeout: 20_000 }).toBe(count);
  return read();
}
