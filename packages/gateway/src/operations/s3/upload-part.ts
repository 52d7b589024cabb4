import { type ChecksumAlgorithm, checksumAlgorithms, headerOf, trimBlanks } from "@s3-credentials/protocol";
import type { Upload } from "../../ports/data-plane.ts";
import { defineS3, isRefusal, type Refusal, refuse, type S3Request } from "../operation.ts";
import { authorized } from "./names.ts";
import { unsupportedEncryption } from "./object-metadata.ts";
import { largestPut } from "./put-object.ts";
import { makesNoObject, objectCreationKey } from "./object-creation.ts";
import { emptyReply, quoted } from "./reply.ts";
import { findUpload, partNumberOf, type UploadInput, uploadOf } from "./uploads.ts";
import { writeRefusal } from "./write-refusals.ts";

interface Input extends UploadInput {
  readonly number: number;
  /** Of the checksum that was sent, in a header or a trailer. */
  readonly algorithm: ChecksumAlgorithm | undefined;
}

function sentAlgorithm({ headers }: S3Request): ChecksumAlgorithm | undefined {
  const trailer = trimBlanks(headers.get("x-amz-trailer") ?? "").toLowerCase();
  return checksumAlgorithms.find((one) => headers.has(headerOf(one)) || headerOf(one) === trailer);
}

/**
 * An upload begun with an algorithm is completed from parts summed with it, so another one is told at once. What comes
 * without is summed as CRC64NVME.
 */
function mismatch(asked: Upload["checksum"], sent: ChecksumAlgorithm | undefined): Refusal | undefined {
  if (asked === undefined || asked.algorithm === (sent ?? "CRC64NVME")) return undefined;
  return refuse(
    "InvalidRequest",
    `Checksum Type mismatch occurred, expected checksum Type: ${asked.algorithm.toLowerCase()}, actual checksum Type: ${sent?.toLowerCase() ?? "null"}`,
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPart = defineS3<Input>({
  name: "UploadPart",
  body: { kind: "stream" },
  demands: [{ action: "s3:PutObject", resource: "object" }],
  conditionKeys: [objectCreationKey],
  parse(request) {
    const unsupported = unsupportedEncryption(request.headers);
    if (unsupported !== undefined) return unsupported;
    const number = partNumberOf(request);
    return isRefusal(number) ? number : { ...uploadOf(request), number, algorithm: sentAlgorithm(request) };
  },
  subject: ({ bucket, key }) => ({ bucket, key, context: makesNoObject }),
  async run(grant, input, context) {
    const { body, ports, mayList } = context;
    if (body === undefined) throw new Error("UploadPart without a body");
    if (body.length > largestPut)
      return refuse("EntityTooLarge", undefined, {
        details: { ProposedSize: String(body.length), MaxSizeAllowed: String(largestPut) },
      });
    const upload = await findUpload(grant, input, context);
    if (isRefusal(upload)) return upload;
    const mismatched = mismatch(upload.checksum, input.algorithm);
    if (mismatched !== undefined) return mismatched;
    const put = await ports.objects.putPart(grant, authorized(context.bucket).id, upload, input.number, body);
    if (put.kind !== "part") return writeRefusal(put, mayList);
    const { etag, checksum } = put.part;
    return emptyReply(200, { etag: quoted(etag), [headerOf(checksum.algorithm)]: checksum.value });
  },
});
