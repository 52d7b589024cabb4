import { headerOf } from "@s3-credentials/protocol";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectPart, ObjectVersion, StoredChecksum, Version } from "../../ports/object-version.ts";
import type { Retention } from "../../ports/object-lock.ts";
import { expirationHeaders } from "./bucket-lifecycle.ts";
import { encryptionHeaders, writtenEncryption } from "./object-encryption.ts";
import { isoTime, quoted } from "./reply.ts";

type Headers = Record<string, string>;

/** A version id is sent when versioning is on, or was on before. */
export function versionHeader(
  { versioning }: Pick<BucketRecord, "versioning">,
  version: Pick<Version, "versionId">,
): Headers {
  return versioning === "off" ? {} : { "x-amz-version-id": version.versionId };
}

/** Of a version that was made just now. With versioning on, none is `null`: that is one whose id an engine did not say. */
export function madeVersionHeader(
  bucket: Pick<BucketRecord, "versioning">,
  version: Pick<Version, "versionId">,
): Headers {
  return bucket.versioning === "enabled" && version.versionId === "null" ? {} : versionHeader(bucket, version);
}

export function checksumHeaders(checksum: StoredChecksum | undefined): Headers {
  if (checksum === undefined) return {};
  return { [headerOf(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type };
}

/** The checksum of a part. Undefined when the object has another algorithm, which a copy may have got. */
export function partChecksum({ checksum }: ObjectVersion, part: ObjectPart): ObjectPart["checksum"] {
  return part.checksum?.algorithm === checksum?.algorithm ? part.checksum : undefined;
}

/** Without what depends on the bucket and on the request. Versions never change, and some are read again and again. */
const known = new WeakMap<ObjectVersion, Readonly<Headers>>();

/** All headers of a GET or HEAD about an object, except its length. */
export function objectHeaders(bucket: BucketRecord, version: ObjectVersion, key: CustomerKey | undefined): Headers {
  let own = known.get(version);
  if (own === undefined) {
    own = ownHeaders(version);
    known.set(version, own);
  }
  const all: Headers = Object.assign({}, own);
  const { encryption } = version.metadata;
  if (encryption !== undefined) Object.assign(all, encryptionHeaders(encryption, key));
  if (bucket.versioning !== "off") all["x-amz-version-id"] = version.versionId;
  return all;
}

function ownHeaders(version: ObjectVersion): Headers {
  const { headers, user, websiteRedirect, storageClass } = version.metadata;
  const all: Headers = Object.assign({}, headers);
  for (const [name, value] of Object.entries(user)) all[`x-amz-meta-${name}`] = value;
  if (websiteRedirect !== undefined) all["x-amz-website-redirect-location"] = websiteRedirect;
  // "Amazon S3 returns this header for all objects except for S3 Standard storage class objects."
  if (storageClass !== "STANDARD") all["x-amz-storage-class"] = storageClass;
  all["etag"] = quoted(version.etag);
  all["last-modified"] = new Date(version.lastModified).toUTCString();
  all["accept-ranges"] = "bytes";
  return all;
}

export function retentionHeaders({ mode, until }: Retention): Headers {
  return { "x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": isoTime(until) };
}

export function legalHoldHeaders(legalHold: boolean): Headers {
  return { "x-amz-object-lock-legal-hold": legalHold ? "ON" : "OFF" };
}

/** The headers after a completed write. */
export function writtenHeaders(bucket: BucketRecord, version: ObjectVersion, key: CustomerKey | undefined): Headers {
  return Object.assign(
    { etag: quoted(version.etag) },
    madeVersionHeader(bucket, version),
    writtenEncryption(version.metadata.encryption, key),
    checksumHeaders(version.checksum),
    expirationHeaders(bucket, version),
  );
}
