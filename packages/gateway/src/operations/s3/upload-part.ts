import { hasChecksum } from "./request-checksum.ts";
import { type ChecksumAlgorithm, checksumAlgorithms, headerOf, trimBlanks } from "@s3-credentials/protocol";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { Upload } from "../../ports/upload.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineUploadOperation } from "./define-s3.ts";
import type { S3Request } from "./s3-request.ts";
import {
  customerKeyMembers,
  encryptionHeaders,
  readCustomerKey,
  refuseBytes,
  refusePartKey,
  uploadConditions,
} from "./object-encryption.ts";
import { defaultRetentionOf, refuseUnchecked } from "./object-lock-input.ts";
import { maxPutBytes } from "./put-object.ts";
import { emptyReply, quoted, tooLarge, writeRefusal } from "./reply.ts";
import { findUpload, partNumberOf } from "./uploads.ts";

interface Input {
  readonly number: number;
  /** Of the checksum that was sent, in a header or a trailer. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly customerKey: CustomerKey | undefined;
  readonly isChecked: boolean;
  readonly context: ReadonlyMap<string, string>;
}

function sentAlgorithm({ headers }: S3Request): ChecksumAlgorithm | undefined {
  const trailer = trimBlanks(headers.get("x-amz-trailer") ?? "").toLowerCase();
  return checksumAlgorithms.find((one) => headers.has(headerOf(one)) || headerOf(one) === trailer);
}

/**
 * An upload begun with an algorithm is completed from parts with checksums of that algorithm, so another one is refused at once. A part
 * without a checksum gets one of CRC64NVME.
 */
function mismatch(asked: Upload["checksum"], sent: ChecksumAlgorithm | undefined): Refusal | undefined {
  if (asked === undefined || asked.algorithm === (sent ?? "CRC64NVME")) return undefined;
  return refuse(
    "InvalidRequest",
    `Checksum Type mismatch occurred, expected checksum Type: ${asked.algorithm.toLowerCase()}, actual checksum Type: ${sent?.toLowerCase() ?? "null"}`,
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPart = defineUploadOperation<Input>({
  name: "UploadPart",
  route: { method: "PUT", subResource: "uploadId" },
  events: [],
  reads: ["?partNumber", ...customerKeyMembers],
  body: "stream",
  demands: [{ action: "s3:PutObject", resource: "object" }],
  parse(request) {
    const number = partNumberOf(request);
    if (isRefusal(number)) return number;
    const customerKey = readCustomerKey(request);
    if (isRefusal(customerKey)) return customerKey;
    return {
      number,
      algorithm: sentAlgorithm(request),
      customerKey,
      isChecked: hasChecksum(request.headers),
      context: uploadConditions(request),
    };
  },
  details: ({ context }) => ({ context }),
  makesObject: false,
  async run(grant, input, context) {
    const { body, ports } = context;
    if (body.length > maxPutBytes) return tooLarge(body.length, maxPutBytes);
    const upload = await findUpload(grant, context);
    if (isRefusal(upload)) return upload;
    const mismatched = mismatch(upload.checksum, input.algorithm);
    if (mismatched !== undefined) return mismatched;
    const { number, customerKey, isChecked } = input;
    const lock = { ...defaultRetentionOf(context.bucket, context.now), ...upload.metadata.lock };
    const unchecked = refuseUnchecked(Object.keys(lock).length > 0, isChecked, "Part");
    if (unchecked !== undefined) return unchecked;
    const unfit = refusePartKey(upload, customerKey) ?? refuseBytes(upload, ports);
    if (unfit !== undefined) return unfit;
    const put = await ports.objects.putPart(grant, context.bucket.place, upload, number, body, customerKey);
    if (put.kind !== "part") return writeRefusal(put, context, { uploadId: context.uploadId });
    const { etag, checksum } = put.part;
    return emptyReply(200, {
      etag: quoted(etag),
      ...encryptionHeaders(upload.metadata.encryption, customerKey),
      ...(checksum === undefined ? {} : { [headerOf(checksum.algorithm)]: checksum.value }),
    });
  },
});
