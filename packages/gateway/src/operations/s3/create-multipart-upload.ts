import { element, isCombinable } from "@s3-credentials/protocol";
import type { ObjectMetadata } from "../../ports/object-version.ts";
import type { Upload } from "../../ports/upload.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { readChecksumAlgorithm } from "./declared-checksum.ts";
import { defineObjectOperation } from "./define-s3.ts";
import type { S3Request } from "./s3-request.ts";
import {
  type AskedEncryption,
  chooseEncryption,
  encryptionMembers,
  readEncryption,
  uploadIdSuffix,
  withEncryption,
  writtenEncryption,
} from "./object-encryption.ts";
import { aclHeadersOf, writtenOwner } from "./acl-input.ts";
import { abortHeaders } from "./bucket-lifecycle.ts";
import { askedLock, type AskedLock, lockMembers, readLock } from "./object-lock-input.ts";
import { readMetadata, writeMembers } from "./object-metadata.ts";
import { writeRefusal, xmlReply } from "./reply.ts";
import { requestTags } from "./tag-sets.ts";

interface Input {
  readonly metadata: ObjectMetadata;
  readonly encryption: AskedEncryption;
  readonly lock: AskedLock;
  readonly idSuffix: string;
  /** What of the headers is of the ACL. */
  readonly acl: ReadonlyMap<string, string>;
  readonly checksum: Upload["checksum"];
}

/** Which type each algorithm may have: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function readChecksum(request: S3Request): Upload["checksum"] | Refusal {
  const name = readChecksumAlgorithm(request);
  if (isRefusal(name)) return name;
  const type = request.headers.get("x-amz-checksum-type")?.toUpperCase();
  if (name === undefined)
    return type === undefined
      ? undefined
      : refuse(
          "InvalidRequest",
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        );
  const usual = name === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE";
  const chosen = type ?? usual;
  if (chosen !== "FULL_OBJECT" && chosen !== "COMPOSITE")
    return refuse("InvalidRequest", "Value for x-amz-checksum-type header is invalid.");
  if ((chosen === "FULL_OBJECT" && !isCombinable(name)) || (chosen === "COMPOSITE" && name === "CRC64NVME")) {
    return refuse(
      "InvalidRequest",
      `The ${chosen} checksum type cannot be used with the ${name.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm: name, type: chosen };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const createMultipartUpload = defineObjectOperation<Input>({
  name: "CreateMultipartUpload",
  route: { method: "POST", subResource: "uploads" },
  events: [],
  reads: [...writeMembers, ...encryptionMembers, ...lockMembers, "x-amz-checksum-algorithm", "x-amz-checksum-type"],
  demands: [
    { action: "s3:PutObject", resource: "object" },
    { action: "s3:PutObjectAcl", resource: "object", when: "acl-header" },
    { action: "s3:PutObjectTagging", resource: "object", when: "tagging-header" },
    { action: "s3:PutObjectRetention", resource: "object", when: "retention-header" },
    { action: "s3:PutObjectLegalHold", resource: "object", when: "legal-hold-header" },
  ],
  parse(request) {
    const metadata = readMetadata(request.headers);
    if (isRefusal(metadata)) return metadata;
    const checksum = readChecksum(request);
    if (isRefusal(checksum)) return checksum;
    const encryption = readEncryption(request);
    if (isRefusal(encryption)) return encryption;
    const lock = readLock(request.headers);
    if (isRefusal(lock)) return lock;
    const acl = aclHeadersOf(request.headers);
    return { metadata, encryption, lock, checksum, acl, idSuffix: uploadIdSuffix(request) };
  },
  details: requestTags,
  makesObject: false,
  async run(grant, input, context) {
    const { ports, bucket, key, principal } = context;
    const { checksum, idSuffix } = input;
    const ownership = await writtenOwner(input.acl, context);
    if (isRefusal(ownership)) return ownership;
    const { owner, acl } = ownership;
    const chosen = chooseEncryption(input.encryption, ports, bucket);
    if (isRefusal(chosen)) return chosen;
    const { encryption, customerKey } = chosen;
    // The default retention is given to the object when it is made.
    const locked = askedLock(input.lock, bucket, context.now);
    if (isRefusal(locked)) return locked;
    const initiator = "arn" in principal ? principal.arn : "anonymous";
    const created = await ports.objects.createUpload(grant, bucket.place, {
      key,
      initiator,
      owner,
      metadata: withEncryption({ ...input.metadata, ...acl, ...locked }, encryption),
      checksum,
      idSuffix,
    });
    if (created.kind !== "created") return writeRefusal(created, context);
    const headers =
      checksum === undefined
        ? {}
        : { "x-amz-checksum-algorithm": checksum.algorithm, "x-amz-checksum-type": checksum.type };
    return xmlReply(
      "InitiateMultipartUploadResult",
      [element("Bucket", bucket.name), element("Key", key), element("UploadId", created.upload.uploadId)],
      { ...headers, ...writtenEncryption(encryption, customerKey), ...abortHeaders(bucket, created.upload) },
    );
  },
});
