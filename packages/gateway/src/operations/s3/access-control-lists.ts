import { child, children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { defineBufferedS3, defineS3, isRefusal, type Refusal, refuse, type S3Request } from "../operation.ts";
import { canonicalOwner } from "./canonical-id.ts";
import { findObject } from "./find-object.ts";
import { authorized, bucketOf, keyOf, versionOf } from "./names.ts";
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
export const getBucketAcl = defineS3<string>({
  name: "GetBucketAcl",
  body: { kind: "none" },
  demands: [{ action: "s3:GetBucketAcl", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  run: async (_grant, _name, { ports, bucket }) =>
    xmlReply("AccessControlPolicy", fullControl(await canonicalOwner(ports, authorized(bucket)))),
});

interface AclHead {
  readonly bucket: string;
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
export const putBucketAcl = defineBufferedS3<AclHead, XmlElement | undefined, AclInput>({
  name: "PutBucketAcl",
  body: optionalXmlBody("AccessControlPolicy", { maxBytes: 256 * 1024, maxElements: 1000 }),
  demands: [{ action: "s3:PutBucketAcl", resource: "bucket" }],
  conditionKeys: ["s3:x-amz-acl"],
  parse: (request: S3Request) =>
    unsupportedAcl(request.headers) ?? { bucket: bucketOf(request), header: request.headers.get("x-amz-acl") },
  subject: ({ bucket }) => ({ bucket }),
  parseBody: readGrants,
  async run(_grant, { grants }, { ports, bucket }) {
    const owner = await canonicalOwner(ports, authorized(bucket));
    return grants === undefined || isFullControl(grants, owner)
      ? emptyReply(200)
      : refuse("AccessControlListNotSupported");
  },
});

interface ObjectInput {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const getObjectAcl = defineS3<ObjectInput>({
  name: "GetObjectAcl",
  body: { kind: "none" },
  demands: [
    { action: "s3:GetObjectAcl", resource: "object", when: "no-version" },
    { action: "s3:GetObjectVersionAcl", resource: "object", when: "version-named" },
  ],
  conditionKeys: ["s3:VersionId"],
  parse(request) {
    const versionId = versionOf(request);
    return isRefusal(versionId) ? versionId : { bucket: bucketOf(request), key: keyOf(request), versionId };
  },
  subject: ({ bucket, key, versionId }) => ({ bucket, key, ...(versionId === undefined ? {} : { versionId }) }),
  async run(grant, input, { ports, bucket: found, mayList }) {
    const bucket = authorized(found);
    const version = await findObject(grant, ports.objects, bucket, input, () => mayList("bucket"));
    return isRefusal(version)
      ? version
      : xmlReply("AccessControlPolicy", fullControl(await canonicalOwner(ports, bucket)));
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export const getBucketOwnershipControls = defineS3<string>({
  name: "GetBucketOwnershipControls",
  body: { kind: "none" },
  demands: [{ action: "s3:GetBucketOwnershipControls", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  run: async () =>
    xmlReply("OwnershipControls", [element("Rule", [element("ObjectOwnership", "BucketOwnerEnforced")])]),
});
