import { child, children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { isRefusal, type Refusal, refuse, type Reply } from "../operation.ts";
import {
  type BucketContext,
  byVersion,
  defineBucketOperation,
  defineObjectOperation,
  noInput,
  type S3Request,
  versionedObject,
} from "./define-s3.ts";
import { checkVersionId } from "./names.ts";
import { canonicalOwner, emptyReply, ownerElement, xmlReply } from "./reply.ts";
import { findObject } from "./find-object.ts";
import { aclMembers, unsupportedAcl } from "./object-metadata.ts";
import { optionalXmlBody } from "./read-document.ts";

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

function readAclHead({ headers }: S3Request): AclHead {
  return { header: headers.get("x-amz-acl") };
}

function readPolicy({ header }: AclHead, policy: XmlElement | undefined): AclInput | Refusal {
  return policy === undefined && header === undefined
    ? refuse("MissingSecurityHeader", "Your request was missing a required header: x-amz-acl")
    : { policy };
}

async function answerAcl({ policy }: AclInput, { ports, bucket }: BucketContext): Promise<Reply | Refusal> {
  const unchanged = policy === undefined || changesNothing(policy, await canonicalOwner(ports, bucket));
  return unchanged ? emptyReply(200) : refuse("AccessControlListNotSupported");
}

const aclBody = optionalXmlBody("AccessControlPolicy", { maxBytes: 256 * 1024, maxElements: 1000 });

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
  body: aclBody,
  demands: [{ action: "s3:PutBucketAcl", resource: "bucket" }],
  conditionKeys: ["s3:x-amz-acl"],
  unsupported: ({ headers }) => unsupportedAcl(headers),
  parse: readAclHead,
  parseBody: readPolicy,
  run: async (_grant, input, context) => answerAcl(input, context),
});

interface ObjectAclHead extends AclHead {
  readonly versionId: string | undefined;
}

interface ObjectAclInput extends AclInput {
  readonly versionId: string | undefined;
}

/** As PutBucketAcl. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export const putObjectAcl = defineObjectOperation<ObjectAclInput, ObjectAclHead, XmlElement | undefined>({
  name: "PutObjectAcl",
  route: { method: "PUT", subResource: "acl" },
  reads: ["?versionId", ...aclMembers, ...grantElements],
  body: aclBody,
  demands: byVersion("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
  conditionKeys: ["s3:VersionId", "s3:x-amz-acl"],
  unsupported: ({ headers }) => unsupportedAcl(headers),
  parse(request) {
    const sent = request.query.get("versionId");
    const versionId = sent === undefined ? undefined : checkVersionId(sent);
    return isRefusal(versionId) ? versionId : { ...readAclHead(request), versionId };
  },
  details: ({ versionId }) => (versionId === undefined ? {} : { versionId }),
  parseBody(head, document) {
    const input = readPolicy(head, document);
    return isRefusal(input) ? input : { ...input, versionId: head.versionId };
  },
  async run(grant, input, context) {
    const version = await findObject(grant, { ...context, versionId: input.versionId });
    return isRefusal(version) ? version : answerAcl(input, context);
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
