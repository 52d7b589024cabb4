import { randomUUID } from "node:crypto";
import type { XmlElement } from "@s3-credentials/protocol";
import { notificationRulesOf } from "../../domain/buckets/notification-rules.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import {
  maxNotificationRules,
  notificationElement,
  notificationMembers,
  readNotificationRules,
} from "./notification-document.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

const skipHeader = "x-amz-skip-destination-validation";

interface Head {
  readonly sendsTest: boolean;
}

interface Input extends Head {
  readonly document: XmlElement;
}

/**
 * An empty configuration takes away what was there. `x-amz-skip-destination-validation` leaves out the test event alone: targets are the
 * operator's, so whether there is one is known without asking it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 */
export const putBucketNotificationConfiguration = defineBucketOperation<Input, Head, XmlElement>({
  name: "PutBucketNotificationConfiguration",
  route: { method: "PUT", subResource: "notification" },
  reads: [skipHeader, ...notificationMembers],
  // Of each: four elements, three of each of two rules, and the events.
  body: xmlBody("NotificationConfiguration", { maxBytes: 256 * 1024, maxElements: 1 + 40 * maxNotificationRules }),
  demands: [{ action: "s3:PutBucketNotification", resource: "bucket" }],
  parse({ headers }) {
    const skips = headers.get(skipHeader)?.toLowerCase() ?? "false";
    return skips === "true" || skips === "false"
      ? { sendsTest: skips === "false" }
      : refuse("InvalidArgument", `The value of ${skipHeader} is neither true nor false.`);
  },
  parseBody: (head, document) => ({ ...head, document }),
  async run(grant, { sendsTest, document }, { ports, bucket, requestId }) {
    const { notifications, region } = ports;
    const permits = (target: string): boolean => notifications?.permits(bucket.owner, target) ?? false;
    const rules = readNotificationRules(document, { region, accountId: bucket.owner, permits }, randomUUID);
    if (isRefusal(rules)) return rules;
    const text = rules.length === 0 ? undefined : JSON.stringify(rules);
    await ports.buckets.setNotification(grant, bucket.id, text);
    if (sendsTest) await notifications?.publishTest(bucket, [...new Set(rules.map(({ target }) => target))], requestId);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html */
export const getBucketNotificationConfiguration = defineBucketOperation({
  name: "GetBucketNotificationConfiguration",
  route: { method: "GET", subResource: "notification" },
  demands: [{ action: "s3:GetBucketNotification", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { ports: { region }, bucket }) {
    const scope = { region, accountId: bucket.owner };
    const elements = notificationRulesOf(bucket).flatMap((rule) => notificationElement(rule, scope));
    return xmlReply("NotificationConfiguration", elements);
  },
});
