import { expect, test } from "vitest";
import { s3Table } from "../operations/table.ts";
import type { S3Operation } from "../operations/s3/s3-operation.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { isOfObjectOwner } from "./object-owner.ts";

/** Rights of the bucket's owner, whoever the object belongs to: to make, replace and delete, and what a write sets of the object it makes. */
const ofBucketOwner: readonly string[] = [
  "s3:AbortMultipartUpload",
  "s3:BypassGovernanceRetention",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:GetObjectLegalHold",
  "s3:GetObjectRetention",
  "s3:ListMultipartUploadParts",
  "s3:PutObject",
  "s3:PutObjectAcl",
  "s3:PutObjectLegalHold",
  "s3:PutObjectRetention",
  "s3:PutObjectTagging",
];

test("each action that is asked on an object is the right of the object's owner, or of the bucket's, and nobody forgot which", () => {
  const bucket = { ownership: "ObjectWriter" } as BucketRecord;
  const found = new Set<string>();
  for (const row of Object.values(s3Table) as readonly (S3Operation | { readonly demands?: undefined })[])
    for (const { action, resource } of row.demands ?? [])
      if (/object|item/.test(resource) && !isOfObjectOwner(bucket, action, row.demands ?? [])) found.add(action);
  expect([...found].toSorted()).toEqual(ofBucketOwner);
});
