import { children, element, textOf, type XmlElement } from "@s3-credentials/protocol";
import { objectOwnerships, type ObjectOwnership } from "../../ports/acl.ts";
import { isOnEngine, unsupportedByEngine } from "./engine-refusals.ts";
import { type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { canonicalOwner, emptyReply, xmlReply } from "./reply.ts";

/** Undefined: that of new buckets. */
export function readOwnership(text: string | undefined): ObjectOwnership | Refusal {
  const known = objectOwnerships.find((one) => one === (text ?? "BucketOwnerEnforced"));
  return known === undefined || known === "none"
    ? refuse("InvalidArgument", `Invalid x-amz-object-ownership header: ${(text ?? "").slice(0, 128)}`, {
        details: { ArgumentName: "x-amz-object-ownership" },
      })
    : known;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export const getBucketOwnershipControls = defineBucketOperation({
  name: "GetBucketOwnershipControls",
  route: { method: "GET", subResource: "ownershipControls" },
  demands: [{ action: "s3:GetBucketOwnershipControls", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, { bucket: { name, ownership } }) =>
    ownership === "none"
      ? refuse("OwnershipControlsNotFoundError", undefined, { details: { BucketName: name } })
      : xmlReply("OwnershipControls", [element("Rule", [element("ObjectOwnership", ownership)])]),
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html */
export const putBucketOwnershipControls = defineBucketOperation<ObjectOwnership, undefined, XmlElement>({
  name: "PutBucketOwnershipControls",
  route: { method: "PUT", subResource: "ownershipControls" },
  reads: ["/Rule", "/Rule/ObjectOwnership"],
  body: xmlBody("OwnershipControls", { maxBytes: 64 * 1024, maxElements: 64 }),
  demands: [{ action: "s3:PutBucketOwnershipControls", resource: "bucket" }],
  parse: noInput,
  parseBody(_head, root) {
    const [rule, ...more] = children(root, "Rule");
    const text = rule && textOf(rule, "ObjectOwnership")?.trim();
    const ownership = objectOwnerships.find((one) => one === text);
    return ownership === undefined || ownership === "none" || more.length > 0 ? refuse("MalformedXML") : ownership;
  },
  async run(grant, ownership, { ports, bucket }) {
    if (ownership !== "BucketOwnerEnforced" && isOnEngine(bucket))
      return unsupportedByEngine("access control lists (ACLs)");
    // "Before you disable ACLs, you must migrate bucket ACL permissions": else they would be gone without a word.
    if (ownership === "BucketOwnerEnforced" && bucket.acl !== undefined) {
      const owner = await canonicalOwner(ports, bucket);
      if (bucket.acl.some(({ grantee }) => grantee !== owner)) return refuse("InvalidBucketAclWithObjectOwnership");
    }
    await ports.buckets.setOwnership(grant, bucket.id, ownership);
    return emptyReply(200);
  },
});

/** A bucket without controls has ACLs. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html */
export const deleteBucketOwnershipControls = defineBucketOperation({
  name: "DeleteBucketOwnershipControls",
  route: { method: "DELETE", subResource: "ownershipControls" },
  demands: [{ action: "s3:PutBucketOwnershipControls", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    if (isOnEngine(bucket)) return unsupportedByEngine("access control lists (ACLs)");
    await ports.buckets.setOwnership(grant, bucket.id, "none");
    return emptyReply(204);
  },
});
