/** Settings of buckets that are a document: each is read, replaced as a whole, or deleted. */
import { callS3, orNone } from "./call.ts";
import { jsonOf, nodeOf, type Shape } from "./setting-json.ts";
import {
  corsShape,
  lifecycleShape,
  loggingShape,
  notificationShape,
  objectLockShape,
  websiteShape,
} from "./setting-shapes.ts";
import { element, renderXml, textOf } from "./tree.ts";

/** By the sub-resource: the document's name and shape, and what the gateway answers when there is none; empty: an empty document. */
const documents = {
  lifecycle: { root: "LifecycleConfiguration", shape: lifecycleShape, none: "NoSuchLifecycleConfiguration" },
  cors: { root: "CORSConfiguration", shape: corsShape, none: "NoSuchCORSConfiguration" },
  website: { root: "WebsiteConfiguration", shape: websiteShape, none: "NoSuchWebsiteConfiguration" },
  "object-lock": {
    root: "ObjectLockConfiguration",
    shape: objectLockShape,
    none: "ObjectLockConfigurationNotFoundError",
  },
  notification: { root: "NotificationConfiguration", shape: notificationShape, none: "" },
  logging: { root: "BucketLoggingStatus", shape: loggingShape, none: "" },
} as const satisfies Readonly<Record<string, { root: string; shape: Shape; none: string }>>;

export type SettingDocument = keyof typeof documents;

/** The document as JSON, and the headers that came with it; undefined: there is none. */
export async function getSetting(
  bucket: string,
  name: SettingDocument,
): Promise<{ readonly value: unknown; readonly headers: Headers } | undefined> {
  const { shape, none } = documents[name];
  const answer = await orNone(callS3({ bucket, query: { [name]: "" } }), none);
  return answer && { value: jsonOf(shape, answer.tree), headers: answer.headers };
}

/** `value` undefined: it is deleted, where that is an operation. */
export async function putSetting(
  bucket: string,
  name: SettingDocument,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const query = { [name]: "" };
  if (value === undefined) {
    await callS3({ method: "DELETE", bucket, query });
    return;
  }
  const { root, shape } = documents[name];
  await callS3({ method: "PUT", bucket, query, headers, body: renderXml(nodeOf(shape, root, value)) });
}

/** Who pays for requests and what they transfer. */
export type Payer = "BucketOwner" | "Requester";

export async function getPayer(bucket: string): Promise<Payer> {
  const { tree } = await callS3({ bucket, query: { requestPayment: "" } });
  return textOf(tree, "Payer") === "Requester" ? "Requester" : "BucketOwner";
}

export async function putPayer(bucket: string, payer: Payer): Promise<void> {
  const document = element("RequestPaymentConfiguration", [element("Payer", payer)]);
  await callS3({ method: "PUT", bucket, query: { requestPayment: "" }, body: renderXml(document) });
}
