import { child, children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { isRefusal, type Refusal, refuse, type Reply } from "../operation.ts";
import { byVersion, defineBucketOperation, defineObjectOperation, noInput, versionedObject } from "./define-s3.ts";
import type { BucketContext } from "./s3-context.ts";
import type { S3Request } from "./s3-request.ts";
import { versionIdOf } from "./names.ts";
import { canonicalOwner, emptyReply, ownerElement, xmlReply } from "./reply.ts";
import { publishVersionEvent } from "./object-events.ts";
import { findObject } from "./find-object.ts";
import { aclHeadersOf, hasAcls, readAcl } from "./acl-input.ts";
import { aclMembers, unsupportedAcl } from "./object-metadata.ts";
import type { Acl, AclGrant } from "../../ports/acl.ts";
import { objectOwner } from "../../ports/object-owner.ts";
import { optionalXmlBody } from "./read-document.ts";

const instance = "http://www.w3.org/2001/XMLSchema-instance";

function grantElement({ grantee, permission }: AclGrant): XmlNode {
  const isGroup = grantee.includes(":");
  const attributes = { "xmlns:xsi": instance, "xsi:type": isGroup ? "Group" : "CanonicalUser" };
  return element("Grant", [
    element("Grantee", [element(isGroup ? "URI" : "ID", grantee)], attributes),
    element("Permission", permission),
  ]);
}

/** Where a bucket has no ACLs, the one of "bucket owner enforced": the owner, full control. */
async function aclReply(
  { ports, bucket }: BucketContext,
  acl: Acl | undefined,
  account: string = bucket.owner,
): Promise<Reply> {
  const owner = await canonicalOwner(ports, { owner: account });
  const grants = (hasAcls(bucket) ? acl : undefined) ?? [{ grantee: owner, permission: "FULL_CONTROL" }];
  return xmlReply("AccessControlPolicy", [
    ownerElement("Owner", owner),
    element("AccessControlList", grants.map(grantElement)),
  ]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const getBucketAcl = defineBucketOperation({
  name: "GetBucketAcl",
  route: { method: "GET", subResource: "acl" },
  demands: [{ action: "s3:GetBucketAcl", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, context) => aclReply(context, context.bucket.acl),
});

interface AclHead {
  readonly headers: ReadonlyMap<string, string>;
}

interface AclInput extends AclHead {
  /** The `AccessControlPolicy` of the body; undefined: the header said it. */
  readonly policy: XmlElement | undefined;
}

function readAclHead({ headers }: S3Request): AclHead {
  return { headers: aclHeadersOf(headers) };
}

function readPolicy({ headers }: AclHead, policy: XmlElement | undefined): AclInput | Refusal {
  return policy === undefined && headers.size === 0
    ? refuse("MissingSecurityHeader", "Your request was missing a required header: x-amz-acl")
    : { policy, headers };
}

/** A bucket without ACLs takes only what changes nothing. */
async function answerAcl(
  input: AclInput,
  { ports, bucket }: BucketContext,
  store: (acl: Acl | undefined) => Promise<void>,
  owner: string = bucket.owner,
): Promise<Reply | Refusal> {
  if (!hasAcls(bucket)) {
    const unsupported = unsupportedAcl(input.headers);
    if (unsupported !== undefined) return unsupported;
    const { policy } = input;
    const unchanged = policy === undefined || changesNothing(policy, await canonicalOwner(ports, bucket));
    return unchanged ? emptyReply(200) : refuse("AccessControlListNotSupported");
  }
  const acl = await readAcl(input, bucket, ports, owner);
  if (isRefusal(acl)) return acl;
  await store(acl);
  return emptyReply(200);
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

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const putBucketAcl = defineBucketOperation<AclInput, AclHead, XmlElement | undefined>({
  name: "PutBucketAcl",
  route: { method: "PUT", subResource: "acl" },
  reads: [...aclMembers, ...grantElements],
  body: aclBody,
  demands: [{ action: "s3:PutBucketAcl", resource: "bucket" }],
  parse: readAclHead,
  parseBody: readPolicy,
  run: async (grant, input, context) =>
    answerAcl(input, context, (acl) => context.ports.buckets.setAcl(grant, context.bucket.id, acl)),
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
  events: ["ObjectAcl:Put"],
  reads: ["?versionId", ...aclMembers, ...grantElements],
  body: aclBody,
  demands: byVersion("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
  parse(request) {
    const versionId = versionIdOf(request);
    return isRefusal(versionId) ? versionId : { ...readAclHead(request), versionId };
  },
  details: ({ versionId }) => (versionId === undefined ? {} : { versionId }),
  parseBody(head, document) {
    const input = readPolicy(head, document);
    return isRefusal(input) ? input : { ...input, versionId: head.versionId };
  },
  async run(grant, input, context) {
    const version = await findObject(grant, { ...context, versionId: input.versionId });
    if (isRefusal(version)) return version;
    const { bucket, ports, seen } = context;
    const store = async (acl: Acl | undefined): Promise<void> => {
      await ports.objects.change(grant, bucket.place, version, { acl }, seen.object !== undefined);
      await publishVersionEvent(context, "ObjectAcl:Put", version);
    };
    return answerAcl(input, context, store, objectOwner(bucket, version));
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
    return isRefusal(version) ? version : aclReply(context, version.metadata.acl, objectOwner(context.bucket, version));
  },
});
