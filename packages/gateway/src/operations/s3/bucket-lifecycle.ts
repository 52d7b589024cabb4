import { uriEncode, type XmlElement } from "@s3-credentials/protocol";
import { randomUUID } from "node:crypto";
import { abortOf, expirationOf, lifecycleOf } from "../../domain/buckets/lifecycle-rules.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { Upload } from "../../ports/upload.ts";
import { type LifecycleConfiguration, minimumSizes } from "../../ports/lifecycle.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { isOnEngine, unsupportedByEngine } from "./engine-refusals.ts";
import { lifecycleMembers, maxRules, readRules, ruleElement } from "./lifecycle-document.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

const minimumSizeHeader = "x-amz-transition-default-minimum-object-size";

type Head = Pick<LifecycleConfiguration, "minimumSize">;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
export const putBucketLifecycleConfiguration = defineBucketOperation<LifecycleConfiguration, Head, XmlElement>({
  name: "PutBucketLifecycleConfiguration",
  route: { method: "PUT", subResource: "lifecycle" },
  reads: [minimumSizeHeader, ...lifecycleMembers],
  body: xmlBody("LifecycleConfiguration", { maxBytes: 2 * 1024 * 1024, maxElements: 50 * maxRules }),
  demands: [{ action: "s3:PutLifecycleConfiguration", resource: "bucket" }],
  parse({ headers }) {
    const sent = headers.get(minimumSizeHeader) ?? "all_storage_classes_128K";
    const minimumSize = minimumSizes.find((one) => one === sent);
    return minimumSize === undefined
      ? refuse("InvalidArgument", `The value of ${minimumSizeHeader} is none of ${minimumSizes.join(", ")}.`)
      : { minimumSize };
  },
  parseBody(head, root) {
    const rules = readRules(root, randomUUID);
    return isRefusal(rules) ? rules : { ...head, rules };
  },
  async run(grant, configuration, { ports, bucket }) {
    if (isOnEngine(bucket)) return unsupportedByEngine("lifecycle rules, which the gateway would carry out");
    await ports.buckets.setLifecycle(grant, bucket.id, JSON.stringify(configuration));
    return emptyReply(200, { [minimumSizeHeader]: configuration.minimumSize });
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html */
export const getBucketLifecycleConfiguration = defineBucketOperation({
  name: "GetBucketLifecycleConfiguration",
  route: { method: "GET", subResource: "lifecycle" },
  demands: [{ action: "s3:GetLifecycleConfiguration", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket }) {
    const lifecycle = lifecycleOf(bucket);
    if (lifecycle === undefined)
      return refuse("NoSuchLifecycleConfiguration", undefined, { details: { BucketName: bucket.name } });
    const headers = { [minimumSizeHeader]: lifecycle.minimumSize };
    return xmlReply("LifecycleConfiguration", lifecycle.rules.map(ruleElement), headers);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html: the right is the one to set. */
export const deleteBucketLifecycle = defineBucketOperation({
  name: "DeleteBucketLifecycle",
  route: { method: "DELETE", subResource: "lifecycle" },
  demands: [{ action: "s3:PutLifecycleConfiguration", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    await ports.buckets.setLifecycle(grant, bucket.id, undefined);
    return emptyReply(204);
  },
});

type Headers = Readonly<Record<string, string>>;

/** "If the object expiration is configured": when a current object ends, and by which rule. */
export function expirationHeaders(bucket: BucketRecord, version: ObjectVersion): Headers {
  const lifecycle = lifecycleOf(bucket);
  if (lifecycle === undefined || !version.isLatest) return {};
  const { key, size, lastModified, metadata } = version;
  const ends = expirationOf(lifecycle.rules, { key, size, lastModified, tags: metadata.tags ?? [] });
  if (ends === undefined) return {};
  const rule = uriEncode(Buffer.from(ends.ruleId), true);
  return { "x-amz-expiration": `expiry-date="${new Date(ends.at).toUTCString()}", rule-id="${rule}"` };
}

/** When the upload is aborted, if it is not completed by then. */
export function abortHeaders(bucket: BucketRecord, upload: Pick<Upload, "key" | "initiatedAt">): Headers {
  const ends = abortOf(lifecycleOf(bucket)?.rules ?? [], upload);
  if (ends === undefined) return {};
  return {
    "x-amz-abort-date": new Date(ends.at).toUTCString(),
    "x-amz-abort-rule-id": uriEncode(Buffer.from(ends.ruleId), true),
  };
}
