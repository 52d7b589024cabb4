import { element } from "@s3-credentials/protocol";
import type { ByteRange, CustomerKey } from "../../ports/object-bytes.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineCopyOperation } from "./define-s3.ts";
import type { SourceName } from "./s3-subject.ts";
import type { ReadConditions } from "./conditions.ts";
import { findSource, readCopySource, refuseLargeSource, sourceConditions, sourceMembers } from "./copy-source.ts";
import {
  customerKeyMembers,
  encryptionHeaders,
  readCustomerKey,
  refuseBytes,
  refusePartKey,
  uploadConditions,
} from "./object-encryption.ts";
import { isoTime, quoted, writeRefusal, xmlReply } from "./reply.ts";
import { findUpload, partNumberOf } from "./uploads.ts";

interface Input {
  readonly number: number;
  readonly source: SourceName;
  readonly conditions: ReadConditions;
  readonly range: ByteRange | undefined;
  readonly customerKey: CustomerKey | undefined;
  readonly sourceKey: CustomerKey | undefined;
  readonly context: ReadonlyMap<string, string>;
}

function readRange(header: string | undefined): ByteRange | undefined | Refusal {
  if (header === undefined) return undefined;
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  if (first !== undefined && last !== undefined && Number(first) <= Number(last))
    return { first: Number(first), last: Number(last) };
  return refuse(
    "InvalidArgument",
    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export const uploadPartCopy = defineCopyOperation<Input>({
  name: "UploadPartCopy",
  route: { method: "PUT", subResource: "uploadId", mark: "copy-source" },
  events: [],
  reads: ["?partNumber", "x-amz-copy-source-range", ...sourceMembers, ...customerKeyMembers],
  demands: [
    { action: "s3:GetObject", resource: "source-object", when: "source-no-version" },
    { action: "s3:GetObjectVersion", resource: "source-object", when: "source-version-named" },
    { action: "s3:PutObject", resource: "object" },
  ],
  parse(request) {
    const number = partNumberOf(request);
    if (isRefusal(number)) return number;
    const source = readCopySource(request);
    if (isRefusal(source)) return source;
    const range = readRange(request.headers.get("x-amz-copy-source-range"));
    if (isRefusal(range)) return range;
    const [customerKey, sourceKey] = [readCustomerKey(request), readCustomerKey(request, "source")];
    if (isRefusal(customerKey)) return customerKey;
    if (isRefusal(sourceKey)) return sourceKey;
    const context = uploadConditions(request);
    return { number, source, conditions: sourceConditions(request), range, customerKey, sourceKey, context };
  },
  details: ({ context }) => ({ context }),
  makesObject: false,
  async run(grant, input, context) {
    const upload = await findUpload(grant, context);
    if (isRefusal(upload)) return upload;
    const { range, customerKey, sourceKey } = input;
    const unfit = refusePartKey(upload, customerKey) ?? refuseBytes(upload, context.ports);
    if (unfit !== undefined) return unfit;
    const version = await findSource(grant, input, context);
    if (isRefusal(version)) return version;
    if (range !== undefined && range.last >= version.size)
      return refuse("InvalidArgument", `Range specified is not valid for source object of size: ${version.size}`);
    const length = range === undefined ? version.size : range.last - range.first + 1;
    const large = refuseLargeSource(length);
    if (large !== undefined) return large;
    const { sourceBucket } = context;
    const copied = await context.ports.objects.copyPart(
      grant,
      { bucketId: sourceBucket.place, version, range, customerKey: sourceKey },
      context.bucket.place,
      upload,
      input.number,
      customerKey,
    );
    if (copied.kind !== "part") return writeRefusal(copied, context, { uploadId: context.uploadId });
    const { etag, lastModified, checksum } = copied.part;
    const headers = {
      ...(sourceBucket.versioning === "off" ? {} : { "x-amz-copy-source-version-id": version.versionId }),
      ...encryptionHeaders(upload.metadata.encryption, customerKey),
    };
    return xmlReply(
      "CopyPartResult",
      [
        element("ETag", quoted(etag)),
        element("LastModified", isoTime(lastModified)),
        checksum && element(`Checksum${checksum.algorithm}`, checksum.value),
      ],
      headers,
    );
  },
});
