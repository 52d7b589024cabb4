import type { Grant } from "../../ports/grant.ts";
import type { XmlNode } from "@s3-credentials/protocol";
import type { Upload } from "../../ports/data-plane.ts";
import { type Refusal, refuse, type S3Context, type S3Request } from "../operation.ts";
import { authorized, bucketOf, keyOf } from "./names.ts";
import { ownerElement } from "./reply.ts";

/** What every operation on an upload names. */
export interface UploadInput {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

export function uploadOf(request: S3Request): UploadInput {
  return { bucket: bucketOf(request), key: keyOf(request), uploadId: request.query.get("uploadId") ?? "" };
}

export function partNumberOf(request: S3Request): number | Refusal {
  const text = request.query.get("partNumber") ?? "";
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= 10_000) return number;
  return refuse("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", {
    details: { ArgumentName: "partNumber", ArgumentValue: text },
  });
}

/** An account's root is named as an owner is, anyone else by ARN. `owner`: canonical id of the bucket's owner. */
export function initiatorElement({ initiator, owner: account }: Upload, owner: string): XmlNode {
  return ownerElement("Initiator", initiator.endsWith(`::${account}:root`) ? owner : initiator);
}

export async function findUpload(
  grant: Grant,
  { key, uploadId }: UploadInput,
  { ports, bucket }: S3Context,
): Promise<Upload | Refusal> {
  const upload = await ports.objects.findUpload(grant, authorized(bucket).id, key, uploadId);
  return upload ?? refuse("NoSuchUpload", undefined, { details: { UploadId: uploadId } });
}
