import { checksumAlgorithms, children, element, textOf, urlEncodeKey, type XmlElement } from "@s3-credentials/protocol";
import type { WriteCondition } from "../../ports/data-plane.ts";
import { defineS3, isRefusal, type Refusal, refuse } from "../operation.ts";
import { readWriteCondition } from "./conditions.ts";
import { authorized } from "./names.ts";
import { versionHeader } from "./object-headers.ts";
import { readDocument } from "./read-document.ts";
import { quoted, xmlReply } from "./reply.ts";
import { type UploadInput, uploadOf } from "./uploads.ts";
import { writeRefusal } from "./write-refusals.ts";

interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksum?: string;
}

interface Input extends UploadInput {
  readonly parts: readonly NamedPart[];
  readonly condition: WriteCondition;
}

function readParts(root: XmlElement): readonly NamedPart[] | Refusal {
  const parts: NamedPart[] = [];
  for (const part of children(root, "Part")) {
    const [number, etag] = [textOf(part, "PartNumber")?.trim() ?? "", textOf(part, "ETag")];
    if (!/^\d{1,5}$/.test(number) || etag === undefined) return refuse("MalformedXML");
    const checksum = checksumAlgorithms
      .map((algorithm) => textOf(part, `Checksum${algorithm}`))
      .find((value) => value !== undefined);
    parts.push({
      number: Number(number),
      etag: etag.trim().replaceAll('"', ""),
      ...(checksum === undefined ? {} : { checksum }),
    });
  }
  return parts.length === 0 || parts.length > 10_000 ? refuse("MalformedXML") : parts;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeMultipartUpload = defineS3<Input>({
  name: "CompleteMultipartUpload",
  body: { kind: "small", limit: 4 * 1024 * 1024 },
  demands: [{ action: "s3:PutObject", resource: "object" }],
  conditionKeys: ["s3:if-match", "s3:if-none-match"],
  parse(request) {
    const root = readDocument(request.small, "CompleteMultipartUpload");
    if (isRefusal(root)) return root;
    const parts = readParts(root);
    if (isRefusal(parts)) return parts;
    const condition = readWriteCondition(request.headers);
    return isRefusal(condition) ? condition : { ...uploadOf(request), parts, condition };
  },
  subject: ({ bucket, key }) => ({ bucket, key }),
  async run(grant, { key, uploadId, parts, condition }, { ports, bucket: found, origin, mayList }) {
    const bucket = authorized(found);
    const target = { bucketId: bucket.id, key, versioning: bucket.versioning, owner: bucket.owner, condition };
    const written = await ports.objects.completeUpload(grant, target, uploadId, parts);
    if (written.kind !== "written") return writeRefusal(written, mayList);
    const { etag, checksum } = written.version;
    return xmlReply(
      "CompleteMultipartUploadResult",
      [
        element("Location", `${origin}/${bucket.name}/${urlEncodeKey(key)}`),
        element("Bucket", bucket.name),
        element("Key", key),
        element("ETag", quoted(etag)),
        checksum === undefined ? undefined : element(`Checksum${checksum.algorithm}`, checksum.value),
        checksum === undefined ? undefined : element("ChecksumType", checksum.type),
      ],
      versionHeader(bucket, written.version),
    );
  },
});
