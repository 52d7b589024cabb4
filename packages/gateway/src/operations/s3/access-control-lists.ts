import { child, children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { byVersion, defineBucketOperation, noInput, versionedObject } from "./define-s3.ts";
import { canonicalOwner } from "./canonical-id.ts";
import { findObject } from "./find-object.ts";
import { aclMembers, unsupportedAcl } from "./object-metadata.ts";
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
  /** The `AccessControlPolicy` of the body; undefined: the header said it. */
  readonly policy: XmlElement | undefined;
}

function readPolicy({ header }: AclHead, policy: XmlElement | undefined): AclInput | Refusal {
  return policy === undefined && header === undefined
    ? refuse("MissingSecurityHeader", "Your request was missing a required header: x-amz-acl")
    : { policy };
}

/** Whether an `AccessControlPolicy` says what holds anyway: the bucket's owner is its owner, and only that one has rights. */
function changesNothing(policy: XmlElement, owner: string): boolean {
  const named = child(policy, "Owner");
  if (named !== undefined && textOf(named, "ID")?.trim() !== owner) return false;
  const lists = children(policy, "AccessControlList");
  return isFullControl(
    lists.flatMap((list) => children(list, "Grant")),
    owner,
  );
}

function isFullControl(grants: readonly XmlElement[], owner: string): boolean {
  const isOwners = (one: XmlElement): boolean => {
    const grantee = child(one, "Grantee");
    if (grantee === undefined || grantee.children.some(({ name }) => name !== "ID" && name !== "DisplayName"))
      return false;
    return textOf(grantee, "ID")?.trim() === owner && textOf(one, "Permission")?.trim() === "FULL_CONTROL";
  };
  return grants.length > 0 && grants.every(isOwners);
}

/** What `changesNothing` reads. A grantee of another kind has no ID. */
const grantElements = [
  "/Owner",
  "/Owner/ID",
  "/AccessControlList",
  "/AccessControlList/Grant",
  "/AccessControlList/Grant/Permission",
  "/AccessControlList/Grant/Grantee",
  "/AccessControlList/Grant/Grantee/ID",
  "/AccessControlList/Grant/Grantee/URI",
  "/AccessControlList/Grant/Grantee/EmailAddress",
] as const;

/** Only what changes nothing. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const putBucketAcl = defineBucketOperation<AclInput, AclHead, XmlElement | undefined>({
  name: "PutBucketAcl",
  route: { method: "PUT", subResource: "acl" },
  reads: [...aclMembers, ...grantElements],
  body: optionalXmlBody("AccessControlPolicy", { maxBytes: 256 * 1024, maxElements: 1000 }),
  demands: [{ action: "s3:PutBucketAcl", resource: "bucket" }],
  conditionKeys: ["s3:x-amz-acl"],
  parse: ({ headers }) => unsupportedAcl(headers) ?? { header: headers.get("x-amz-acl") },
  parseBody: readPolicy,
  async run(_grant, { policy }, { ports, bucket }) {
    const owner = await canonicalOwner(ports, bucket);
    return policy === undefined || changesNothing(policy, owner)
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
