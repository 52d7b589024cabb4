import { abortHeaders } from "./bucket-lifecycle.ts";
import { element } from "@s3-credentials/protocol";
import { readInTurns } from "../../domain/listing/list-entries.ts";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { Part } from "../../ports/upload.ts";
import { isRefusal } from "../operation.ts";
import { defineUploadOperation } from "./define-s3.ts";
import { customerKeyMembers, readCustomerKey, refusePartKey } from "./object-encryption.ts";
import { objectOwner } from "../../ports/object-owner.ts";
import { canonicalOwner, isoTime, ownerElement, quoted, xmlReply } from "./reply.ts";
import { wholeNumber } from "./names.ts";
import { findUpload, initiatorElement } from "./uploads.ts";

interface Input {
  readonly after: number;
  readonly limit: number;
  readonly customerKey: CustomerKey | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export const listParts = defineUploadOperation<Input>({
  name: "ListParts",
  route: { method: "GET", subResource: "uploadId" },
  reads: ["?part-number-marker", "?max-parts", ...customerKeyMembers],
  demands: [{ action: "s3:ListMultipartUploadParts", resource: "object" }],
  parse(request) {
    const after = wholeNumber(request, "part-number-marker", 0, 10_000);
    if (isRefusal(after)) return after;
    const limit = wholeNumber(request, "max-parts", 1000, 1000);
    if (isRefusal(limit)) return limit;
    const customerKey = readCustomerKey(request);
    return isRefusal(customerKey) ? customerKey : { after, limit, customerKey };
  },
  async run(grant, input, context) {
    const { after, limit } = input;
    const { bucket, key, uploadId } = context;
    const upload = await findUpload(grant, context);
    if (isRefusal(upload)) return upload;
    const unfit = refusePartKey(upload, input.customerKey, false);
    if (unfit !== undefined) return unfit;
    const { items: parts, truncated } = await readInTurns<Part>(limit, context.time.turn, (last, size) =>
      context.ports.objects.listParts(grant, { bucketId: bucket.place, key, uploadId }, last?.number ?? after, size),
    );
    const owner = await canonicalOwner(context.ports, { owner: objectOwner(bucket, upload) });
    const last = parts.at(-1)?.number ?? after;
    return xmlReply(
      "ListPartsResult",
      [
        element("Bucket", bucket.name),
        element("Key", key),
        element("UploadId", uploadId),
        element("PartNumberMarker", after),
        element("NextPartNumberMarker", last),
        element("MaxParts", limit),
        element("IsTruncated", truncated && limit > 0),
        upload.checksum === undefined ? undefined : element("ChecksumAlgorithm", upload.checksum.algorithm),
        upload.checksum === undefined ? undefined : element("ChecksumType", upload.checksum.type),
        ...parts.map(({ number, size, etag, lastModified, checksum }) =>
          element("Part", [
            element("PartNumber", number),
            element("LastModified", isoTime(lastModified)),
            element("ETag", quoted(etag)),
            element("Size", size),
            checksum && element(`Checksum${checksum.algorithm}`, checksum.value),
          ]),
        ),
        initiatorElement(upload, owner),
        ownerElement("Owner", owner),
        element("StorageClass", upload.metadata.storageClass),
      ],
      abortHeaders(bucket, upload),
    );
  },
});
