import type { Grant } from "../../ports/grant.ts";
import type { XmlNode } from "@s3-credentials/protocol";
import type { Upload } from "../../ports/upload.ts";
import { type Refusal, refuse } from "../operation.ts";
import { defineUploadOperation, noInput } from "./define-s3.ts";
import type { UploadContext } from "./s3-context.ts";
import type { S3Request } from "./s3-request.ts";
import { emptyReply, ownerElement } from "./reply.ts";

export function partNumberOf(request: S3Request): number | Refusal {
  const text = request.query.get("partNumber") ?? "";
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= 10_000) return number;
  return refuse("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", {
    details: { ArgumentName: "partNumber", ArgumentValue: text },
  });
}

/** The root of an account is named like an owner, every other initiator by its ARN. `owner`: the canonical id of the upload's owner. */
export function initiatorElement({ initiator, owner: account }: Upload, owner: string): XmlNode {
  return ownerElement("Initiator", initiator.endsWith(`::${account}:root`) ? owner : initiator);
}

export async function findUpload(
  grant: Grant,
  { ports, bucket, key, uploadId }: UploadContext,
): Promise<Upload | Refusal> {
  const upload = await ports.objects.findUpload(grant, bucket.place, key, uploadId);
  return upload ?? refuse("NoSuchUpload", undefined, { details: { UploadId: uploadId } });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload = defineUploadOperation({
  name: "AbortMultipartUpload",
  route: { method: "DELETE", subResource: "uploadId" },
  events: [],
  demands: [{ action: "s3:AbortMultipartUpload", resource: "object" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket, key, uploadId }) {
    const aborted = await ports.objects.abortUpload(grant, bucket.place, key, uploadId);
    return aborted ? emptyReply(204) : refuse("NoSuchUpload", undefined, { details: { UploadId: uploadId } });
  },
});
