import { expect, test } from "vitest";
import type { ObjectEvent } from "../ports/notifications.ts";
import { eventMessage, messageText } from "./event-message.ts";

const recordOf = (event: ObjectEvent): Readonly<Record<string, unknown>> => {
  const bucket = { name: "b", owner: "111122223333" };
  const rule = { id: "r", target: "t" };
  const cause = { requestId: "1", sourceIp: "s3.amazonaws.com", principalId: "s3.amazonaws.com" };
  const { content } = eventMessage({ bucket, rule, event, cause, region: "us-east-1", now: 0 });
  const { Records } = JSON.parse(messageText(content, 1)) as { Records: Readonly<Record<string, unknown>>[] };
  return Records[0] ?? {};
};

test("the event of a transition, and no other one, says which class the object has now", () => {
  expect(recordOf({ name: "LifecycleTransition", key: "k", storageClass: "GLACIER_IR" })).toMatchObject({
    eventVersion: "2.3",
    lifecycleEventData: { transitionEventData: { destinationStorageClass: "GLACIER_IR" } },
  });
  expect(recordOf({ name: "ObjectCreated:Put", key: "k" })).not.toHaveProperty("lifecycleEventData");
});
