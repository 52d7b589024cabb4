import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { EventEmitter, once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { s3Table } from "../src/operations/table.ts";
import { objectEventNames } from "../src/ports/notifications.ts";
import { formOf } from "./post-form.ts";
import {
  accountId,
  type EventRecord,
  type Message,
  messagesIn,
  otherAccountId,
  recordsOf,
  targetFolder,
  writeTargets,
} from "./notification-files.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const folder = targetFolder();
afterAll(() => rmSync(folder, { recursive: true }));
/** What a webhook got, and what waits for it. */
const posted: { readonly body: string; readonly signature: unknown }[] = [];
const posts = new EventEmitter();
const webhook = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    posted.push({ body: Buffer.concat(chunks).toString(), signature: request.headers["webhook-signature"] });
    response.end();
    posts.emit("post");
  });
});
await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
afterAll(() => new Promise((resolve) => webhook.close(resolve)));

const { port: webhookPort } = webhook.address() as AddressInfo;
const webhookSecret = "whsec_Jm2cvyYw0JvhuFhA7XrTqS9bXq2vQd1e";
const targets = [
  { name: "events", accounts: [accountId], file: "events.jsonl" },
  { name: "everybody", accounts: "all", file: "everybody.jsonl" },
  {
    name: "hook",
    accounts: [accountId],
    url: `http://127.0.0.1:${webhookPort}/s3`,
    allowPrivate: true,
    secret: webhookSecret,
  },
  { name: "not-yours", accounts: [otherAccountId], file: "not-yours.jsonl" },
];
const gateway = useS3Gateway("--account-id", accountId, "--notification-targets", writeTargets(folder, targets));
const { send } = gateway;

const queue = (name: string, account = accountId, region = "us-east-1") => `arn:aws:sqs:${region}:${account}:${name}`;
const topic = (name: string) => `arn:aws:sns:us-east-1:${accountId}:${name}`;

async function notify(Bucket: string, configuration: NotificationConfiguration, skip = true): Promise<void> {
  await gateway.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: configuration,
      SkipDestinationValidation: skip,
    }),
  );
}

const everything: NotificationConfiguration = {
  QueueConfigurations: [
    {
      Id: "everything",
      QueueArn: queue("events"),
      Events: [
        "s3:ObjectCreated:*",
        "s3:ObjectRemoved:*",
        "s3:LifecycleExpiration:*",
        "s3:ObjectTagging:*",
        "s3:ObjectAcl:Put",
        "s3:ObjectRetention:Put",
      ],
    },
  ],
};

/** The records of a bucket, once there are so many. */
async function records(bucket: string, count: number): Promise<readonly EventRecord[]> {
  const messages = await messagesIn(folder, "events.jsonl", (all) => recordsOf(all, bucket).length >= count);
  return recordsOf(messages, bucket);
}

/** What the rows say that operations publish. */
const eventTable = new Map(
  Object.entries(s3Table).flatMap(([name, row]) =>
    "events" in row && row.events !== undefined ? [[name, row.events] as const] : [],
  ),
);

test("every operation that changes an object or an upload says what it publishes", () => {
  const changing = Object.entries(s3Table).flatMap(([name, row]) => {
    if (!("route" in row) || row.route.method === "GET" || row.route.method === "HEAD") return [];
    const isAboutObjects = row.route.level === "object" || ["DeleteObjects", "PostObject"].includes(name);
    return isAboutObjects ? [name] : [];
  });
  expect(changing.toSorted()).toEqual([...eventTable.keys()].toSorted());
  const byLifecycles = objectEventNames.filter((name) => name.startsWith("Lifecycle"));
  const published = new Set([...eventTable.values()].flat());
  expect([...published, ...byLifecycles].toSorted()).toEqual([...objectEventNames].toSorted());
});

describe("what each operation publishes", () => {
  const versionId = expect.stringMatching(/^[\w.-]+$/);
  /** For each operation: what is done, with what the events have of the object, in their order. */
  const cases: Readonly<
    Record<string, (Bucket: string, base: string) => Promise<readonly (readonly [string, object])[]>>
  > = {
    PutObject: async (Bucket) => {
      await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "put", Body: "four" }));
      return [["ObjectCreated:Put", { key: "put", size: 4, eTag: "8cbad96aced40b3838dd9f07f6ef5772", versionId }]];
    },
    PostObject: async (Bucket) => {
      await gateway.sendUnsigned(formOf(Bucket, { keys: gateway.admin, fields: { key: "a form" }, file: "1" }));
      return [["ObjectCreated:Post", { key: "a+form", size: 1, versionId }]];
    },
    CopyObject: async (Bucket, base) => {
      await gateway.s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${base}` }));
      return [["ObjectCreated:Copy", { key: "copy", size: 4, versionId }]];
    },
    CreateMultipartUpload: async (Bucket) => {
      await gateway.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "begun" }));
      return [];
    },
    UploadPart: async (Bucket) => {
      const { UploadId } = await gateway.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "part" }));
      await gateway.s3.send(new UploadPartCommand({ Bucket, Key: "part", UploadId, PartNumber: 1, Body: "12" }));
      return [];
    },
    UploadPartCopy: async (Bucket, base) => {
      const { UploadId } = await gateway.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "part" }));
      const part = { Bucket, Key: "part", UploadId, PartNumber: 1, CopySource: `${Bucket}/${base}` };
      await gateway.s3.send(new UploadPartCopyCommand(part));
      return [];
    },
    CompleteMultipartUpload: async (Bucket) => {
      const upload = { Bucket, Key: "whole" };
      const { UploadId } = await gateway.s3.send(new CreateMultipartUploadCommand(upload));
      const { ETag } = await gateway.s3.send(
        new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: "123" }),
      );
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await gateway.s3.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
      const eTag = expect.stringMatching(/^[0-9a-f]{32}-1$/);
      return [["ObjectCreated:CompleteMultipartUpload", { key: "whole", size: 3, eTag, versionId }]];
    },
    AbortMultipartUpload: async (Bucket) => {
      const { UploadId } = await gateway.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "no" }));
      await gateway.s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "no", UploadId }));
      return [];
    },
    DeleteObject: async (Bucket, base) => {
      const { VersionId } = await gateway.s3.send(new DeleteObjectCommand({ Bucket, Key: base }));
      await gateway.s3.send(new DeleteObjectCommand({ Bucket, Key: base, VersionId }));
      return [
        ["ObjectRemoved:DeleteMarkerCreated", { key: base, versionId: VersionId }],
        ["ObjectRemoved:Delete", { key: base, versionId: VersionId }],
      ];
    },
    DeleteObjects: async (Bucket, base) => {
      const Delete = { Objects: [{ Key: base }, { Key: base, VersionId: "null" }] };
      await gateway.s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
      return [
        ["ObjectRemoved:Delete", { key: base, versionId: "null" }],
        ["ObjectRemoved:DeleteMarkerCreated", { key: base, versionId }],
      ];
    },
    PutObjectTagging: async (Bucket, Key) => {
      const Tagging = { TagSet: [{ Key: "a", Value: "b" }] };
      await gateway.s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }));
      return [["ObjectTagging:Put", { key: Key, size: 4, versionId }]];
    },
    DeleteObjectTagging: async (Bucket, Key) => {
      await gateway.s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
      return [["ObjectTagging:Delete", { key: Key, size: 4, versionId }]];
    },
    PutObjectAcl: async (Bucket, Key) => {
      const OwnershipControls = { Rules: [{ ObjectOwnership: "ObjectWriter" as const }] };
      await gateway.s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
      await gateway.s3.send(new PutObjectAclCommand({ Bucket, Key, ACL: "private" }));
      return [["ObjectAcl:Put", { key: Key, size: 4, versionId }]];
    },
    PutObjectRetention: async (Bucket, Key) => {
      const Retention = { Mode: "GOVERNANCE" as const, RetainUntilDate: new Date(Date.now() + 60_000) };
      await gateway.s3.send(new PutObjectRetentionCommand({ Bucket, Key, Retention }));
      return [["ObjectRetention:Put", { key: Key, size: 4, versionId }]];
    },
    PutObjectLegalHold: async (Bucket, Key) => {
      await gateway.s3.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status: "OFF" } }));
      return [];
    },
  };

  test.each(Object.entries(cases))("%s", async (name, act) => {
    const Bucket = `events-of-${name.toLowerCase()}`;
    const ObjectLockEnabledForBucket = name === "PutObjectRetention" || name === "PutObjectLegalHold";
    await gateway.s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket }));
    await gateway.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "base", Body: "base" }));
    await notify(Bucket, everything);
    const expected = await act(Bucket, "base");
    // One more, so that it shows when there were too many.
    await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "last", Body: "0" }));
    const found = await records(Bucket, expected.length + 1);
    const seen = found.map(({ eventName, s3: { object } }) => [eventName, object] as const);
    const last = ["ObjectCreated:Put", expect.objectContaining({ key: "last", size: 1 })];
    expect(seen.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(
      [...expected.map(([event, object]) => [event, expect.objectContaining(object)]), last].toSorted(([a], [b]) =>
        String(a) < String(b) ? -1 : 1,
      ),
    );
    const events = new Set(expected.map(([event]) => event));
    expect([...events].toSorted()).toEqual(eventTable.get(name)?.toSorted());
  });

  test("is what its row says, of each operation that says something", () => {
    expect(Object.keys(cases).toSorted()).toEqual([...eventTable.keys()].toSorted());
  });
});

test("a record has the structure that S3 documents, and sequencers order what is done to a key", async () => {
  const Bucket = await gateway.bucket();
  await notify(Bucket, everything);
  const Key = 'red flower/ü+%\n"}';
  const { $metadata } = await gateway.s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  await gateway.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  const [put, deleted] = await records(Bucket, 2);
  expect(put).toEqual({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "us-east-1",
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    eventName: "ObjectCreated:Put",
    userIdentity: { principalId: expect.stringMatching(/^AIDA/) },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: { "x-amz-request-id": $metadata.requestId, "x-amz-id-2": $metadata.extendedRequestId },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: "everything",
      bucket: { name: Bucket, ownerIdentity: { principalId: accountId }, arn: `arn:aws:s3:::${Bucket}` },
      object: {
        key: "red+flower/%C3%BC%2B%25%0A%22%7D",
        size: 1,
        eTag: "9dd4e461268c8034f5c8564e155c67a6",
        sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
      },
    },
  });
  expect(deleted?.s3.object).toEqual({ key: put?.s3.object.key, sequencer: expect.any(String) });
  expect((deleted?.s3.object.sequencer ?? "") > (put?.s3.object.sequencer ?? "")).toBe(true);
});

test("a configuration comes back as it was put, is tested, and goes when an empty one is put", async () => {
  const Bucket = await gateway.bucket();
  const configuration: NotificationConfiguration = {
    TopicConfigurations: [
      {
        Id: "t",
        TopicArn: topic("everybody"),
        Events: ["s3:ObjectTagging:Put"],
        Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "a b/" }] } },
      },
    ],
    QueueConfigurations: [
      {
        Id: "q",
        QueueArn: queue("everybody"),
        Events: ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"],
        Filter: {
          Key: {
            FilterRules: [
              { Name: "prefix", Value: "photos/" },
              { Name: "suffix", Value: ".jpg" },
            ],
          },
        },
      },
    ],
  };
  await notify(Bucket, configuration, false);
  const { $metadata: _, ...got } = await gateway.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(got).toEqual(configuration);
  const isTest = ({ Event, Bucket: name }: { readonly Event?: string; readonly Bucket?: string }): boolean =>
    Event === "s3:TestEvent" && name === Bucket;
  const tests = await messagesIn(folder, "everybody.jsonl", (all) => all.some(isTest));
  expect(tests.filter(isTest)).toEqual([
    expect.objectContaining({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket, RequestId: expect.any(String) }),
  ]);
  for (const Key of ["photos/1.jpg", "photos/1.png", "others/1.jpg"])
    await gateway.s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  await gateway.s3.send(new DeleteObjectCommand({ Bucket, Key: "photos/1.jpg" }));
  const all = await messagesIn(folder, "everybody.jsonl", (messages) => recordsOf(messages, Bucket).length === 2);
  expect(recordsOf(all, Bucket).map(({ eventName, s3 }) => [eventName, s3.configurationId, s3.object.key])).toEqual([
    ["ObjectCreated:Put", "q", "photos/1.jpg"],
    ["ObjectRemoved:Delete", "q", "photos/1.jpg"],
  ]);
  await notify(Bucket, {});
  const { $metadata: __, ...none } = await gateway.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(none).toEqual({});
});

test("a webhook gets each event, signed", async () => {
  const Bucket = await gateway.bucket();
  await notify(Bucket, { TopicConfigurations: [{ TopicArn: topic("hook"), Events: ["s3:ObjectCreated:Put"] }] });
  await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
  while (posted.length === 0) await once(posts, "post");
  expect(posted).toEqual([
    { body: expect.stringMatching(/^\{"Records":\[/), signature: expect.stringMatching(/^v1,/) },
  ]);
  expect(recordsOf([JSON.parse(posted[0]?.body ?? "") as Message], Bucket)).toHaveLength(1);
  const configuration = await send({ target: `/${Bucket}?notification` });
  for (const text of [...gateway.log(), posted[0]?.body, configuration.body])
    expect(text).not.toContain(webhookSecret.slice("whsec_".length));
});

describe("what is refused", () => {
  const rule = (more: object = {}) => ({ QueueArn: queue("events"), Events: ["s3:ObjectCreated:*" as Event], ...more });
  const prefixed = (Name: "prefix" | "suffix", Value: string) => ({
    Filter: { Key: { FilterRules: [{ Name, Value }] } },
  });
  const unable =
    /^Unable to validate the following destination configurations: .+\. Give arn:aws:(sqs|sns):us-east-1:ACCOUNT:TARGET /;
  const ambiguous = /^Configuration is ambiguously defined/;
  let made: Promise<string> | undefined;
  /** One bucket for all, whose configuration stays as it is. */
  const configured = (): Promise<string> =>
    (made ??= gateway.bucket().then(async (name) => {
      await notify(name, everything);
      return name;
    }));

  test.each<readonly [string, NotificationConfiguration, string, string | RegExp]>([
    [
      "a target that is not there",
      { QueueConfigurations: [rule({ QueueArn: queue("nowhere") })] },
      "InvalidArgument",
      unable,
    ],
    [
      "a target of others",
      { QueueConfigurations: [rule({ QueueArn: queue("not-yours") })] },
      "InvalidArgument",
      unable,
    ],
    [
      "a target by another account",
      { QueueConfigurations: [rule({ QueueArn: queue("not-yours", otherAccountId) })] },
      "InvalidArgument",
      unable,
    ],
    [
      "a target elsewhere",
      { QueueConfigurations: [rule({ QueueArn: queue("events", accountId, "eu-west-1") })] },
      "InvalidArgument",
      unable,
    ],
    ["a URL", { QueueConfigurations: [rule({ QueueArn: "http://169.254.169.254/" })] }, "InvalidArgument", unable],
    [
      "a name of the prototype",
      { QueueConfigurations: [rule({ QueueArn: queue("__proto__") })] },
      "InvalidArgument",
      unable,
    ],
    ["a topic as a queue", { QueueConfigurations: [rule({ QueueArn: topic("events") })] }, "InvalidArgument", unable],
    [
      "an event that never happens",
      { QueueConfigurations: [rule({ Events: ["s3:ObjectRestore:*"] })] },
      "NotImplemented",
      /^s3:ObjectRestore:\* is not implemented/,
    ],
    [
      "an event that is none",
      { QueueConfigurations: [rule({ Events: ["s3:Everything:*"] })] },
      "InvalidArgument",
      "The event is not supported for notifications",
    ],
    [
      "a function",
      {
        LambdaFunctionConfigurations: [
          { LambdaFunctionArn: `arn:aws:lambda:us-east-1:${accountId}:function:f`, Events: ["s3:ObjectCreated:*"] },
        ],
      },
      "NotImplemented",
      /is not implemented/,
    ],
    ["an event bus", { EventBridgeConfiguration: {} }, "NotImplemented", /is not implemented/],
    ["no events", { QueueConfigurations: [rule({ Events: [] })] }, "MalformedXML", /./],
    [
      "one event twice",
      { QueueConfigurations: [rule(), rule({ Events: ["s3:ObjectCreated:Put"] })] },
      "InvalidArgument",
      /^Configurations overlap/,
    ],
    [
      "overlapping prefixes",
      { QueueConfigurations: [rule(prefixed("prefix", "a")), rule(prefixed("prefix", "ab"))] },
      "InvalidArgument",
      ambiguous,
    ],
    [
      "a suffix beside a prefix",
      { QueueConfigurations: [rule(prefixed("prefix", "a")), rule(prefixed("suffix", "b"))] },
      "InvalidArgument",
      ambiguous,
    ],
    [
      "one id twice",
      {
        QueueConfigurations: [
          rule({ Id: "a", ...prefixed("prefix", "a") }),
          rule({ Id: "a", ...prefixed("prefix", "b") }),
        ],
      },
      "InvalidArgument",
      /IDs must be unique$/,
    ],
    [
      "a filter twice",
      {
        QueueConfigurations: [
          rule({
            Filter: {
              Key: {
                FilterRules: [
                  { Name: "prefix", Value: "a" },
                  { Name: "prefix", Value: "b" },
                ],
              },
            },
          }),
        ],
      },
      "InvalidArgument",
      /^Cannot specify more than one prefix rule/,
    ],
    [
      "a long filter",
      { QueueConfigurations: [rule(prefixed("prefix", "ü".repeat(513)))] },
      "InvalidArgument",
      /cannot exceed 1024 bytes/,
    ],
    ["a long id", { QueueConfigurations: [rule({ Id: "i".repeat(256) })] }, "InvalidArgument", /^ID length/],
    [
      "101 configurations",
      { QueueConfigurations: Array.from({ length: 101 }, (_, n) => rule(prefixed("prefix", `${n}/`))) },
      "InvalidArgument",
      /at most 100/,
    ],
  ])("%s", async (_what, configuration, code, message) => {
    const Bucket = await configured();
    const refused = await notify(Bucket, configuration).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: code, message: expect.stringMatching(message) });
    const kept = await gateway.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    expect(kept.QueueConfigurations).toEqual(everything.QueueConfigurations);
  });

  test("a target of others and none at all have one and the same answer", async () => {
    const bucket = await gateway.bucket();
    const put = (name: string) =>
      send({
        method: "PUT",
        target: `/${bucket}?notification`,
        body: `<NotificationConfiguration><QueueConfiguration><Queue>${queue(name)}</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>`,
      });
    const said = (body: string, name: string) =>
      body.replaceAll(name, "NAME").replaceAll(/<(RequestId|HostId)>[^<]*/g, "<$1>");
    const [none, others] = [await put("nowhere"), await put("not-yours")];
    expect(none.status).toBe(400);
    expect(said(others.body, "not-yours")).toBe(said(none.body, "nowhere"));
  });

  test("a hundred configurations are kept, and rules that share no event may share keys", async () => {
    const Bucket = await gateway.bucket();
    const QueueConfigurations = Array.from({ length: 98 }, (_, n) => rule(prefixed("prefix", `${n}/`)));
    const others = [rule({ Events: ["s3:ObjectRemoved:*"] }), rule({ Events: ["s3:ObjectTagging:*"] })];
    await notify(Bucket, { QueueConfigurations: [...QueueConfigurations, ...others] });
    const kept = await gateway.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    expect(kept.QueueConfigurations).toHaveLength(100);
  });

  test("nobody without the right to it sets or sees a configuration", async () => {
    const Bucket = await gateway.bucket();
    const reader = gateway.clientOf(
      await gateway.user("notifications-reader", {
        Effect: "Allow",
        Action: "s3:GetBucketNotification",
        Resource: "*",
      }),
    );
    await reader.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    const NotificationConfiguration = everything;
    await expect(
      reader.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration })),
    ).rejects.toMatchObject({ name: "AccessDenied" });
  });
});
