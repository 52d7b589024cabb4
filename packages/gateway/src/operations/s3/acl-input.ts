import { blocksPublicAccess } from "../../ports/public-access.ts";
import { child, children, textOf, type XmlElement } from "@s3-credentials/protocol";
import {
  type Acl,
  aclGroups,
  type AclGrant,
  type AclPermission,
  aclPermissions,
  isPublicGrant,
} from "../../ports/acl.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { ObjectMetadata } from "../../ports/object-version.ts";
import type { Ports } from "../../ports/ports.ts";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { unsupportedAcl } from "./object-metadata.ts";
import { canonicalOwner } from "./reply.ts";

type Headers = ReadonlyMap<string, string>;
type Identities = Pick<Ports, "identity">;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html: "An ACL can have up to 100 grants." */
const maxGrants = 100;

/** Refused before any grantee is looked up: each one costs a query. */
const tooManyGrants = refuse("MalformedACLError", `An ACL has at most ${maxGrants} grants.`);

const grantHeaders: Readonly<Record<string, AclPermission>> = {
  "x-amz-grant-full-control": "FULL_CONTROL",
  "x-amz-grant-read": "READ",
  "x-amz-grant-read-acp": "READ_ACP",
  "x-amz-grant-write": "WRITE",
  "x-amz-grant-write-acp": "WRITE_ACP",
};

/** What the canned ACLs add to the owner's full control, where it is the same for everybody. https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const canned: Readonly<Record<string, readonly AclGrant[]>> = {
  private: [],
  "public-read": [{ grantee: aclGroups.everyone, permission: "READ" }],
  "public-read-write": [
    { grantee: aclGroups.everyone, permission: "READ" },
    { grantee: aclGroups.everyone, permission: "WRITE" },
  ],
  "authenticated-read": [{ grantee: aclGroups.authenticated, permission: "READ" }],
  "log-delivery-write": [
    { grantee: aclGroups.logDelivery, permission: "WRITE" },
    { grantee: aclGroups.logDelivery, permission: "READ_ACP" },
  ],
};

export function hasAcls({ ownership }: Pick<BucketRecord, "ownership">): boolean {
  return ownership !== "BucketOwnerEnforced";
}

/** What canned ACLs of an object add for the owner of its bucket, when that is another account. */
const cannedForBucketOwner: Readonly<Record<string, AclPermission>> = {
  "bucket-owner-full-control": "FULL_CONTROL",
  "bucket-owner-read": "READ",
};

/** The headers that an ACL may be in, for an input. */
export function aclHeadersOf(headers: Headers): Headers {
  return new Map([...headers].filter(([name]) => name === "x-amz-acl" || Object.hasOwn(grantHeaders, name)));
}

/** `id="…", uri="…"`; undefined: malformed. */
function granteesOf(text: string): readonly (readonly [string, string])[] | undefined {
  const parts = text
    .split(",")
    .map((part) => /^\s*(id|uri|emailaddress)\s*=\s*(?:"([^"]*)"|([^\s"]+))\s*$/i.exec(part));
  if (parts.includes(null)) return undefined;
  return parts.map((match) => [(match?.[1] ?? "").toLowerCase(), match?.[2] ?? match?.[3] ?? ""] as const);
}

function byEmail(): Refusal {
  return refuse("UnresolvableGrantByEmailAddress");
}

async function grantee(ports: Identities, kind: string, text: string): Promise<string | Refusal> {
  if (kind === "emailaddress") return byEmail();
  if (kind === "uri")
    return Object.values(aclGroups).some((uri) => uri === text)
      ? text
      : refuse("InvalidArgument", "Invalid group uri", { details: { ArgumentName: "uri" } });
  const account = await ports.identity.findAccountByCanonicalId(text);
  return account === undefined
    ? refuse("InvalidArgument", "Invalid id", { details: { ArgumentName: "CanonicalUser/ID" } })
    : text;
}

async function headerGrants(ports: Identities, headers: Headers): Promise<Acl | Refusal> {
  const grants: AclGrant[] = [];
  for (const [name, permission] of Object.entries(grantHeaders)) {
    const text = headers.get(name);
    const named = text === undefined ? [] : granteesOf(text);
    if (named === undefined)
      return refuse("InvalidArgument", `Argument format not recognized`, { details: { ArgumentName: name } });
    if (grants.length + named.length > maxGrants) return tooManyGrants;
    for (const [kind, value] of named) {
      const found = await grantee(ports, kind, value);
      if (isRefusal(found)) return found;
      grants.push({ grantee: found, permission });
    }
  }
  return grants;
}

/** The element that names a grantee of each `xsi:type`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Grantee.html */
const granteeTypes = [
  { type: "CanonicalUser", name: "ID", kind: "id" },
  { type: "Group", name: "URI", kind: "uri" },
  { type: "AmazonCustomerByEmail", name: "EmailAddress", kind: "emailaddress" },
] as const;

/** Undefined: malformed. The type is required, and only the element of that type may be there. */
function granteeOf(to: XmlElement): { readonly kind: string; readonly text: string } | undefined {
  const type = [...to.attributes].find(([name]) => name.endsWith(":type"))?.[1];
  const named = granteeTypes.filter(({ name }) => child(to, name) !== undefined);
  const [only, ...more] = named;
  if (only === undefined || more.length > 0 || only.type !== type) return undefined;
  return { kind: only.kind, text: textOf(to, only.name)?.trim() ?? "" };
}

/** The grants of an `AccessControlPolicy`. */
async function documentGrants(ports: Identities, policy: XmlElement, owner: string): Promise<Acl | Refusal> {
  const named = textOf(child(policy, "Owner") ?? policy, "ID")?.trim();
  const [list, ...more] = children(policy, "AccessControlList");
  if (list === undefined || more.length > 0 || named === undefined) return refuse("MalformedACLError");
  // "You cannot use PUT to change the owner."
  if (named !== owner) return refuse("AccessDenied");
  const written = children(list, "Grant");
  if (written.length > maxGrants) return tooManyGrants;
  const grants: AclGrant[] = [];
  for (const one of written) {
    const to = child(one, "Grantee");
    const permission = aclPermissions.find((known) => known === textOf(one, "Permission")?.trim());
    const named = to === undefined ? undefined : granteeOf(to);
    if (permission === undefined || named === undefined) return refuse("MalformedACLError");
    const found = await grantee(ports, named.kind, named.text);
    if (isRefusal(found)) return found;
    grants.push({ grantee: found, permission });
  }
  return grants;
}

export interface AskedAcl {
  readonly headers: Headers;
  readonly policy?: XmlElement | undefined;
}

/**
 * The ACL that a request asks for, as it is stored; undefined: full control for the owner alone. Only of a bucket that has ACLs. `owner`: the
 * account that the bucket or object belongs to.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
 */
export async function readAcl(
  { headers, policy }: AskedAcl,
  bucket: BucketRecord,
  ports: Identities,
  owner: string = bucket.owner,
): Promise<Acl | undefined | Refusal> {
  const owners = {
    object: await canonicalOwner(ports, { owner }),
    bucket: owner === bucket.owner ? undefined : await canonicalOwner(ports, bucket),
  };
  const acl = await aclOf({ headers, policy }, owners, ports);
  if (acl === undefined || isRefusal(acl)) return acl;
  // "PUT Bucket acl and PUT Object acl calls fail if the specified ACL is public", and so do PUT Object calls.
  if (blocksPublicAccess(bucket, "blockPublicAcls") && acl.some(isPublicGrant))
    return refuse(
      "AccessDenied",
      "The ACL is public, and the BlockPublicAcls setting of the bucket or of its account does not let it be.",
    );
  return acl;
}

/** Canonical user ids. `bucket`: the owner of the bucket, when an object belongs to another account. */
interface Owners {
  readonly object: string;
  readonly bucket: string | undefined;
}

async function aclOf(
  { headers, policy }: AskedAcl,
  owners: Owners,
  ports: Identities,
): Promise<Acl | undefined | Refusal> {
  const name = headers.get("x-amz-acl");
  const grants = await headerGrants(ports, headers);
  if (isRefusal(grants)) return grants;
  if (name !== undefined && grants.length > 0)
    return refuse("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed");
  if (policy !== undefined) {
    if (name !== undefined || grants.length > 0)
      return refuse("UnexpectedContent", "This request does not support content");
    return documentGrants(ports, policy, owners.object);
  }
  if (grants.length > 0) return grants;
  if (name === undefined) return undefined;
  const added = cannedGrants(name, owners);
  if (added === undefined)
    return refuse("InvalidArgument", undefined, {
      details: { ArgumentName: "x-amz-acl", ArgumentValue: name.slice(0, 128) },
    });
  return added.length === 0 ? undefined : [{ grantee: owners.object, permission: "FULL_CONTROL" }, ...added];
}

/** Undefined: there is no such canned ACL. */
function cannedGrants(name: string, owners: Owners): readonly AclGrant[] | undefined {
  const permission = Object.hasOwn(cannedForBucketOwner, name) ? cannedForBucketOwner[name] : undefined;
  if (permission === undefined) return Object.hasOwn(canned, name) ? canned[name] : undefined;
  return owners.bucket === undefined ? [] : [{ grantee: owners.bucket, permission }];
}

/** The account that a written object belongs to, and its ACL. */
export interface WrittenOwner {
  /** Account id. */
  readonly owner: string;
  readonly acl: Pick<ObjectMetadata, "acl">;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
export async function writtenOwner(
  headers: Headers,
  {
    bucket,
    ports,
    principal,
  }: Pick<OperationContext, "principal"> & {
    readonly ports: Identities;
    readonly bucket: BucketRecord;
  },
): Promise<WrittenOwner | Refusal> {
  if (!hasAcls(bucket)) return unsupportedAcl(headers) ?? { owner: bucket.owner, acl: {} };
  // What a service delivers is the bucket's.
  const service = principal.kind === "service" ? bucket.owner : undefined;
  const writer = "accountId" in principal ? principal.accountId : service;
  const isGiven =
    bucket.ownership === "BucketOwnerPreferred" && headers.get("x-amz-acl") === "bucket-owner-full-control";
  const owner = isGiven ? bucket.owner : writer;
  if (owner === undefined)
    return refuse(
      "NotImplemented",
      "An object that belongs to nobody is not implemented: set the object ownership BucketOwnerEnforced, or BucketOwnerPreferred and send the ACL bucket-owner-full-control.",
    );
  const acl = await readAcl({ headers }, bucket, ports, owner);
  return isRefusal(acl) ? acl : { owner, acl: acl === undefined ? {} : { acl } };
}
