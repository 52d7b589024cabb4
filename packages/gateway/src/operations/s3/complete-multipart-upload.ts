import { checksumAlgorithms, children, element, textOf, urlEncodeKey, type XmlElement } from "@s3-credentials/protocol";
import type { NamedPart } from "../../domain/objects/complete-upload.ts";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { WriteCondition } from "../../ports/object-write.ts";
import type { Part, Upload } from "../../ports/upload.ts";
import type { Grant } from "../../ports/grant.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineUploadOperation } from "./define-s3.ts";
import type { UploadContext } from "./s3-context.ts";
import { asSeen, readWriteCondition, writeConditionMembers } from "./conditions.ts";
import {
  customerKeyMembers,
  encryptionHeaders,
  readCustomerKey,
  refusePartKey,
  uploadConditions,
} from "./object-encryption.ts";
import { publishVersionEvent } from "./object-events.ts";
import { madeVersionHeader } from "./object-headers.ts";
import { expirationHeaders } from "./bucket-lifecycle.ts";
import { defaultRetentionOf } from "./object-lock-input.ts";
import {
  declaredMembers,
  declaredMismatch,
  hasDeclared,
  type DeclaredObject,
  readDeclared,
} from "./declared-checksum.ts";
import { xmlBody } from "./read-document.ts";
import { quoted, writeRefusal, xmlReply } from "./reply.ts";

interface Head {
  readonly condition: WriteCondition;
  readonly declared: DeclaredObject;
  readonly customerKey: CustomerKey | undefined;
  readonly context: ReadonlyMap<string, string>;
}

interface Input extends Head {
  readonly parts: readonly NamedPart[];
}

const maxParts = 10_000;

function readParts(root: XmlElement): readonly NamedPart[] | Refusal {
  const parts: NamedPart[] = [];
  for (const part of children(root, "Part")) {
    const [number, etag] = [textOf(part, "PartNumber")?.trim() ?? "", textOf(part, "ETag")];
    if (!/^\d{1,5}$/.test(number) || etag === undefined) return refuse("MalformedXML");
    const [checksum, more] = checksumAlgorithms.flatMap((algorithm) => textOf(part, `Checksum${algorithm}`) ?? []);
    if (more !== undefined) return refuse("InvalidRequest", `Part ${number} has more than one checksum.`);
    parts.push({
      number: Number(number),
      etag: etag.trim().replaceAll('"', ""),
      ...(checksum === undefined ? {} : { checksum }),
    });
  }
  return parts.length === 0 || parts.length > maxParts ? refuse("MalformedXML") : parts;
}

const listedAtOnce = 1000;

/** The named parts that exist, in the order in which they were named. The data plane reports which are missing. */
async function namedParts(grant: Grant, { parts }: Input, context: UploadContext): Promise<readonly Part[]> {
  const upload = { bucketId: context.bucket.place, key: context.key, uploadId: context.uploadId };
  const held = new Map<number, Part>();
  for (let after = 0; ;) {
    const page = await context.ports.objects.listParts(grant, upload, after, listedAtOnce);
    for (const part of page) held.set(part.number, part);
    after = page.at(-1)?.number ?? after;
    if (page.length < listedAtOnce) break;
  }
  return parts.flatMap(({ number }) => held.get(number) ?? []);
}

/** What the request says about the upload that is not true. An upload that is gone may have been completed; the data plane knows that. */
async function findFault(
  grant: Grant,
  input: Input,
  upload: Upload,
  context: UploadContext,
): Promise<Refusal | undefined> {
  const unfit = refusePartKey(upload, input.customerKey, false);
  if (unfit !== undefined) return unfit;
  const bare = input.parts.find(({ checksum }) => checksum === undefined);
  if (upload.checksum?.type === "COMPOSITE" && bare !== undefined)
    return refuse(
      "InvalidRequest",
      `The upload was created using a ${upload.checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${bare.number} in the request.`,
    );
  if (!hasDeclared(input.declared)) return undefined;
  const parts = await namedParts(grant, input, context);
  return parts.length === input.parts.length ? declaredMismatch(input.declared, upload, parts) : undefined;
}

/** "x-amz-server-side-encryption" and the key of SSE-KMS; of a customer's key the answer says nothing. */
function completedEncryption({ metadata: { encryption } }: ObjectVersion): Readonly<Record<string, string>> {
  return encryption?.kind === "SSE-C" ? {} : encryptionHeaders(encryption, undefined);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeMultipartUpload = defineUploadOperation<Input, Head, XmlElement>({
  name: "CompleteMultipartUpload",
  route: { method: "POST", subResource: "uploadId" },
  events: ["ObjectCreated:CompleteMultipartUpload"],
  reads: [
    ...writeConditionMembers,
    ...customerKeyMembers,
    ...declaredMembers,
    "/Part",
    "/Part/PartNumber",
    "/Part/ETag",
    ...checksumAlgorithms.map((algorithm) => `/Part/Checksum${algorithm}`),
  ],
  body: {
    // For each part `Part` with its number, its ETag and its checksum.
    ...xmlBody("CompleteMultipartUpload", { maxBytes: 4 * 1024 * 1024, maxElements: 1 + 4 * maxParts }),
    checksumOf: "object",
  },
  demands: [
    { action: "s3:PutObject", resource: "object" },
    { action: "s3:GetObject", resource: "object", when: "etag-match-header" },
  ],
  parse(request) {
    const condition = readWriteCondition(request.headers);
    if (isRefusal(condition)) return condition;
    const declared = readDeclared(request);
    if (isRefusal(declared)) return declared;
    const customerKey = readCustomerKey(request);
    if (isRefusal(customerKey)) return customerKey;
    return { condition, declared, customerKey, context: uploadConditions(request) };
  },
  details: ({ context }) => ({ context }),
  makesObject: true,
  parseBody(head, root) {
    const parts = readParts(root);
    return isRefusal(parts) ? parts : { ...head, parts };
  },
  async run(grant, input, context) {
    const { parts, condition } = input;
    const { ports, bucket, key, uploadId, bucketUrl } = context;
    // An upload that was completed before is gone; `completeUpload` then repeats its answer.
    const upload = await ports.objects.findUpload(grant, bucket.place, key, uploadId);
    const fault = upload && (await findFault(grant, input, upload, context));
    if (fault !== undefined) return fault;
    const { retention } = defaultRetentionOf(bucket, context.now);
    const target = {
      bucketId: bucket.place,
      key,
      versioning: bucket.versioning,
      owner: upload?.owner ?? bucket.owner,
      condition: asSeen(condition, context.seen.object),
      ...(retention === undefined ? {} : { defaultRetention: retention }),
    };
    const written = await ports.objects.completeUpload(grant, target, uploadId, parts);
    if (written.kind !== "written") return writeRefusal(written, context, { key, condition, uploadId, parts });
    await publishVersionEvent(context, "ObjectCreated:CompleteMultipartUpload", written.version);
    const { etag, checksum } = written.version;
    return xmlReply(
      "CompleteMultipartUploadResult",
      [
        element("Location", `${bucketUrl}/${urlEncodeKey(key)}`),
        element("Bucket", bucket.name),
        element("Key", key),
        element("ETag", quoted(etag)),
        checksum === undefined ? undefined : element(`Checksum${checksum.algorithm}`, checksum.value),
        checksum === undefined ? undefined : element("ChecksumType", checksum.type),
      ],
      {
        ...madeVersionHeader(bucket, written.version),
        ...completedEncryption(written.version),
        ...expirationHeaders(bucket, written.version),
      },
    );
  },
});
