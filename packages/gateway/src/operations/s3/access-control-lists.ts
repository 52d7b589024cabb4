import { child, children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { byVersion, defineBucketOperation, noInput, versionedObject } from "./define-s3.ts";
import { canonicalOwner } from "./canonical-id.ts";
import { findObject } from "./find-object.ts";
import { unsupportedAcl } from "./object-metadata.ts";
import { optionalXmlBody } from "./read-document.ts";
import { emptyReply, ownerElement, xmlReply } from "./reply.ts";

/** Buckets and objects have the one ACL of bucket owner enforced: the owner, full control. */
function fullControl(owner: string): readonly XmlNode[] {
  const grantee = element("Grantee", [element("ID", owner)], {
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:type": "CanonicalUser",
  });
  return [
    ownerElement("Owner", owner),
    element("AccessControlList", [element("Grant", [grantee, element("Permission", "FULL_CONTROL")])]),
  ];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const getBucketAcl = defineBucketOperation({
  name: "GetBucketAcl",
  route: { method: "GET", subResource: "acl" },
  demands: [{ action: "s3:GetBucketAcl", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, { ports, bucket }) =>
    xmlReply("AccessControlPolicy", fullControl(await canonicalOwner(ports, bucket))),
});

interface AclHead {
  readonly header: string | undefined;
}

interface AclInput {
  /** Grants asked for in the body; undefined: the header said it. */
  readonly grants: readonly XmlElement[] | undefined;
}

function readGrants({ header }: AclHead, root: XmlElement | undefined): AclInput | Refusal {
  if (root === undefined) {
    return header === undefined
      ? refuse("MissingSecurityHeader", "Your request was missing a required header: x-amz-acl")
      : { grants: undefined };
  }
  const grants = root.children
    .filter(({ name }) => name === "AccessControlList")
    .flatMap((list) => children(list, "Grant"));
  return { grants };
}

/** What every bucket and object here has anyway; no grants at all would take it away. */
function isFullControl(grants: readonly XmlElement[], owner: string): boolean {
  const isOwners = (one: XmlElement): boolean => {
    const grantee = child(one, "Grantee");
    const id = grantee === undefined ? undefined : textOf(grantee, "ID")?.trim();
    return id === owner && textOf(one, "Permission")?.trim() === "FULL_CONTROL";
  };
  return grants.length > 0 && grants.every(isOwners);
}

/** Only what changes nothing. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const putBucketAcl = defineBucketOperation<AclInput, AclHead, XmlElement | undefined>({
  name: "PutBucketAcl",
  route: { method: "PUT", subResource: "acl" },
  body: optionalXmlBody("AccessControlPolicy", { maxBytes: 256 * 1024, maxElements: 1000 }),
  demands: [{ action: "s3:PutBucketAcl", resource: "bucket" }],
  conditionKeys: ["s3:x-amz-acl"],
  parse: ({ headers }) => unsupportedAcl(headers) ?? { header: headers.get("x-amz-acl") },
  parseBody: readGrants,
  async run(_grant, { grants }, { ports, bucket }) {
    const owner = await canonicalOwner(ports, bucket);
    return grants === undefined || isFullControl(grants, owner)
      ? emptyReply(200)
      : refuse("AccessControlListNotSupported");
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const getObjectAcl = versionedObject({
  name: "GetObjectAcl",
  route: { method: "GET", subResource: "acl" },
  demands: byVersion("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
  parse: noInput,
  async run(grant, _input, context) {
    const version = await findObject(grant, context);
    return isRefusal(version)
      ? version
      : xmlReply("AccessControlPolicy", fullControl(await canonicalOwner(context.ports, context.bucket)));
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export const getBucketOwnershipControls = defineBucketOperation({
  name: "GetBucketOwnershipControls",
  route: { method: "GET", subResource: "ownershipControls" },
  demands: [{ action: "s3:GetBucketOwnershipControls", resource: "bucket" }],
  parse: noInput,
  run: async () =>
    xmlReply("OwnershipControls", [element("Rule", [element("ObjectOwnership", "BucketOwnerEnforced")])]),
});
