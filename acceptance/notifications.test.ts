import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { accountId, messagesIn, recordsOf, writeTargets } from "../packages/gateway/test/notification-files.ts";
import { s3 } from "./clients.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

const Bucket = "outlives-the-kill";

test("events of what was acknowledged outlive a kill of all processes", async () => {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-acceptance-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  // The folder is not there yet, so nothing is delivered.
  const targets = writeTargets(home, [{ name: "events", accounts: [accountId], file: "later/events.jsonl" }]);
  const args = ["--account-id", accountId, "--notification-targets", targets];
  const first: RunningGateway = await startGateway({ home, args: [...args, "--workers", "2"] });
  const client = s3(first, first.admin);
  await client.send(new CreateBucketCommand({ Bucket }));
  const QueueArn = `arn:aws:sqs:us-east-1:${accountId}:events`;
  const NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectCreated:*" as const] }] };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  const acknowledged: string[] = [];
  const puts = Array.from({ length: 60 }, async (_, n) => {
    await client.send(new PutObjectCommand({ Bucket, Key: `k${n}`, Body: "x" }));
    acknowledged.push(`k${n}`);
    if (acknowledged.length === 30) await first.stop("SIGKILL");
  });
  await Promise.allSettled(puts);
  client.destroy();
  mkdirSync(join(home, "later"));
  const second = await startGateway({ home, args });
  onTestFinished(async () => void (await second.stop()));
  const keysOf = (messages: Parameters<typeof recordsOf>[0]): ReadonlySet<string> =>
    new Set(recordsOf(messages, Bucket).map(({ s3: { object } }) => object.key));
  const messages = await messagesIn(join(home, "later"), "events.jsonl", (all) => {
    const keys = keysOf(all);
    return acknowledged.every((key) => keys.has(key)) && all.some(({ Event }) => Event === "s3:TestEvent");
  });
  expect(keysOf(messages).size).toBeGreaterThanOrEqual(30);
});
