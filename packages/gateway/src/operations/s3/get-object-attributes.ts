import { element, type XmlNode, trimBlanks } from "@s3-credentials/protocol";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { byVersion, versionedObject } from "./define-s3.ts";
import type { S3Request } from "./s3-request.ts";
import { findObject } from "./find-object.ts";
import { customerKeyMembers, readCustomerKey, refuseKey } from "./object-encryption.ts";
import { partChecksum, versionHeader } from "./object-headers.ts";
import { xmlReply } from "./reply.ts";

interface Input {
  readonly attributes: ReadonlySet<string>;
  readonly parts: PartsPage;
  readonly customerKey: CustomerKey | undefined;
}

/** After this number, at most so many. */
interface PartsPage {
  readonly after: number;
  readonly limit: number;
}

const writers = {
  ETag: ({ etag }) => element("ETag", etag),
  Checksum: ({ checksum }) =>
    checksum === undefined
      ? undefined
      : element("Checksum", [
          element(`Checksum${checksum.algorithm}`, checksum.value.replace(/-\d+$/, "")),
          element("ChecksumType", checksum.type),
        ]),
  ObjectParts: (version, page) => (version.parts.length === 0 ? undefined : partsElement(version, page)),
  StorageClass: ({ metadata }) => element("StorageClass", metadata.storageClass),
  ObjectSize: ({ size }) => element("ObjectSize", size),
} as const satisfies Readonly<Record<string, (version: ObjectVersion, page: PartsPage) => XmlNode | undefined>>;

function partsElement(version: ObjectVersion, { after, limit }: PartsPage): XmlNode {
  const { parts } = version;
  const shown = parts.slice(after, after + limit).map((part, at) => ({ part, number: after + at + 1 }));
  const last = shown.at(-1)?.number ?? after;
  return element("ObjectParts", [
    element("PartsCount", parts.length),
    element("PartNumberMarker", after),
    element("NextPartNumberMarker", last),
    element("MaxParts", limit),
    element("IsTruncated", last < parts.length && limit > 0),
    ...shown.map(({ part, number }) => {
      const checksum = partChecksum(version, part);
      return element("Part", [
        element("PartNumber", number),
        element("Size", part.size),
        checksum === undefined ? undefined : element(`Checksum${checksum.algorithm}`, checksum.value),
      ]);
    }),
  ]);
}

function readAttributes({ headers }: S3Request): ReadonlySet<string> | Refusal {
  const names = (headers.get("x-amz-object-attributes") ?? "").split(",").map(trimBlanks);
  return names.every((name) => Object.hasOwn(writers, name))
    ? new Set(names)
    : refuse("InvalidArgument", "Invalid attribute name specified.", {
        details: { ArgumentName: "x-amz-object-attributes" },
      });
}

function headerNumber({ headers }: S3Request, name: string, fallback: number, max: number): number | Refusal {
  const text = headers.get(name) ?? String(fallback);
  return /^\d{1,10}$/.test(text)
    ? Math.min(Number(text), max)
    : refuse("InvalidArgument", `${name} must be a whole number.`, { details: { ArgumentName: name } });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export const getObjectAttributes = versionedObject<Input>({
  name: "GetObjectAttributes",
  route: { method: "GET", subResource: "attributes" },
  reads: ["x-amz-object-attributes", "x-amz-part-number-marker", "x-amz-max-parts", ...customerKeyMembers],
  demands: [
    ...byVersion("s3:GetObject", "s3:GetObjectVersion"),
    ...byVersion("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"),
  ],
  parse(request) {
    const attributes = readAttributes(request);
    if (isRefusal(attributes)) return attributes;
    const after = headerNumber(request, "x-amz-part-number-marker", 0, 10_000);
    if (isRefusal(after)) return after;
    const limit = headerNumber(request, "x-amz-max-parts", 1000, 1000);
    if (isRefusal(limit)) return limit;
    const customerKey = readCustomerKey(request);
    if (isRefusal(customerKey)) return customerKey;
    return { attributes, parts: { after, limit }, customerKey };
  },
  async run(grant, input, context) {
    const version = await findObject(grant, context);
    if (isRefusal(version)) return version;
    const unreadable = refuseKey(version, input.customerKey);
    if (unreadable !== undefined) return unreadable;
    const asked = Object.entries(writers).filter(([name]) => input.attributes.has(name));
    return xmlReply(
      "GetObjectAttributesResponse",
      asked.map(([, write]) => write(version, input.parts)),
      { ...versionHeader(context.bucket, version), "last-modified": new Date(version.lastModified).toUTCString() },
    );
  },
});
