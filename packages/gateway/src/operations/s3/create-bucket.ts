import { textOf, type XmlElement } from "@s3-credentials/protocol";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineNewBucketOperation } from "./define-s3.ts";
import type { S3Request } from "./s3-request.ts";
import { type Acl, isPublicGrant, type ObjectOwnership, sameAcl } from "../../ports/acl.ts";
import { isOnEngine, unsupportedByEngine } from "./engine-refusals.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { newBucketBlock } from "../../ports/public-access.ts";
import type { Ports } from "../../ports/ports.ts";
import { aclHeadersOf, readAcl } from "./acl-input.ts";
import { readOwnership } from "./ownership-controls.ts";
import { enabledMember, hasObjectLock } from "./object-lock-input.ts";
import { aclMembers, unsupportedAcl } from "./object-metadata.ts";
import { optionalXmlBody } from "./read-document.ts";
import { emptyReply } from "./reply.ts";
import type { Grant } from "../../ports/grant.ts";
import type { RequestTime } from "../../ports/time-budget.ts";
import { PlaceTaken, StoreError, Unsupported } from "../../ports/store-error.ts";

interface Input extends Head {
  /** Undefined: `us-east-1`, or wherever the gateway is. */
  readonly location: string | undefined;
}

interface Head {
  /** Undefined: the request does not say it. */
  readonly ownership: ObjectOwnership | undefined;
  readonly acl: ReadonlyMap<string, string>;
  readonly hasObjectLock: boolean;
}

const reserved = {
  prefixes: ["xn--", "sthree-", "amzn-s3-demo-"],
  suffixes: ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"],
} as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function isNewBucketName(name: string): boolean {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes("..")) return false;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return false;
  return (
    !reserved.prefixes.some((prefix) => name.startsWith(prefix)) &&
    !reserved.suffixes.some((suffix) => name.endsWith(suffix))
  );
}

function readLocation(root: XmlElement | undefined): string | undefined | Refusal {
  if (root === undefined) return undefined;
  const unknown = root.children.find(({ name }) => name !== "LocationConstraint");
  if (unknown !== undefined)
    return refuse("NotImplemented", `Creating a bucket with ${unknown.name} is not implemented.`);
  return textOf(root, "LocationConstraint")?.trim() || undefined;
}

function unsupported({ headers }: S3Request): Refusal | undefined {
  const ownership = readOwnership(headers.get("x-amz-object-ownership"));
  if (isRefusal(ownership)) return ownership;
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html: an ACL needs another object ownership.
  if (ownership === "BucketOwnerEnforced" && unsupportedAcl(headers) !== undefined)
    return refuse("InvalidBucketAclWithObjectOwnership");
  return undefined;
}

/** As the bucket will have it, which does not exist yet. New buckets block public ACLs. */
async function newAcl(
  headers: ReadonlyMap<string, string>,
  bucket: BucketRecord,
  ports: Ports,
): Promise<Acl | undefined | Refusal> {
  const acl = await readAcl({ headers }, bucket, ports);
  return acl !== undefined && !isRefusal(acl) && acl.some(isPublicGrant)
    ? refuse("InvalidBucketAclWithBlockPublicAccessError")
    : acl;
}

/**
 * False when the bucket is another one's. To make a bucket that one has already is no error to engines, and whoever has the gateway's keys
 * may have made it since it was looked for, or since an earlier try broke off: a bucket that holds anything was not made here.
 */
async function isOpened(
  grant: Grant,
  { objects, buckets }: Ports,
  bucket: BucketRecord,
  time: RequestTime,
): Promise<boolean> {
  const { id, place, owner } = bucket;
  try {
    await objects.openBucket(grant, place, owner);
  } catch (error) {
    if (error instanceof PlaceTaken) return false;
    // Nothing was made, so nobody keeps the name.
    const isRefused = error instanceof Unsupported || (error instanceof StoreError && error.kind === "full");
    if (isRefused && isOnEngine(bucket)) await buckets.giveUp(grant, id);
    throw error;
  }
  if (!isOnEngine(bucket)) return true;
  const any = { prefix: "", delimiter: "", after: undefined, limit: 1, turn: time.turn };
  const held = await objects.listVersions(grant, place, any).catch((error: unknown) => {
    if (error instanceof Unsupported) return objects.listObjects(grant, place, any);
    throw error;
  });
  return held.entries.length === 0;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export const createBucket = defineNewBucketOperation<Input, Head, XmlElement | undefined>({
  name: "CreateBucket",
  route: { method: "PUT" },
  reads: [...aclMembers, enabledMember, "x-amz-object-ownership", "/LocationConstraint"],
  body: optionalXmlBody("CreateBucketConfiguration", { maxBytes: 64 * 1024, maxElements: 256 }),
  demands: [
    { action: "s3:CreateBucket", resource: "bucket" },
    { action: "s3:PutBucketAcl", resource: "bucket", when: "acl-header" },
    { action: "s3:PutBucketOwnershipControls", resource: "bucket", when: "object-ownership-header" },
    { action: "s3:PutBucketObjectLockConfiguration", resource: "bucket", when: "object-lock-enabled-header" },
    { action: "s3:PutBucketVersioning", resource: "bucket", when: "object-lock-enabled-header" },
  ],
  unsupported,
  parse({ bucket, headers }) {
    if (!isNewBucketName(bucket)) return refuse("InvalidBucketName", undefined, { details: { BucketName: bucket } });
    const ownership = readOwnership(headers.get("x-amz-object-ownership"));
    if (isRefusal(ownership)) return ownership;
    const asked = headers.has("x-amz-object-ownership") ? ownership : undefined;
    const locking = headers.get(enabledMember)?.toLowerCase() ?? "false";
    if (locking !== "true" && locking !== "false")
      return refuse("InvalidArgument", `The value of ${enabledMember} is neither true nor false.`, {
        details: { ArgumentName: enabledMember },
      });
    return { ownership: asked, acl: aclHeadersOf(headers), hasObjectLock: hasObjectLock(headers) };
  },
  parseBody(head, root) {
    const location = readLocation(root);
    return isRefusal(location) ? location : { ...head, location };
  },
  detailsOfBody: ({ location }) =>
    location === undefined ? {} : { context: new Map([["s3:LocationConstraint", location]]) },
  async run(
    grant,
    { location, ownership: askedOwnership, acl: asked, hasObjectLock: isLocking },
    { ports, bucketName: name, principal, now, time },
  ) {
    if (!("accountId" in principal)) return refuse("AccessDenied");
    if (location !== undefined && location !== ports.region) {
      return refuse(
        "IllegalLocationConstraintException",
        `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      );
    }
    const owner = principal.accountId;
    const ownership = askedOwnership ?? "BucketOwnerEnforced";
    const planned = { name, owner, ownership } as BucketRecord;
    const acl = ownership === "BucketOwnerEnforced" ? undefined : await newAcl(asked, planned, ports);
    if (isRefusal(acl)) return acl;
    const id = ports.ids.bucketId();
    const home = ports.homes.choose({ id, name, owner });
    if ("refused" in home) return refuse("InvalidBucketName", home.refused, { details: { BucketName: name } });
    const { place } = home;
    if (isOnEngine(home) && ownership !== "BucketOwnerEnforced")
      return unsupportedByEngine("access control lists (ACLs)");
    if (isOnEngine(home) && isLocking) return unsupportedByEngine("Object Lock");
    // What an engine has under the name before the bucket is known here is another one's. Only the operator adopts it.
    const isOurs = !isOnEngine(home) || (await ports.buckets.findAny(name)) !== undefined;
    if (!isOurs && (await ports.homes.isTaken(place)))
      return refuse("BucketAlreadyExists", undefined, { details: { BucketName: name } });
    const created = await ports.buckets.create(grant, {
      id,
      place,
      name,
      owner,
      region: ports.region,
      createdAt: now,
    });
    const bucket = "made" in created ? created.made : created.exists;
    if (bucket.owner !== owner || bucket.name !== name)
      return refuse("BucketAlreadyExists", undefined, { details: { BucketName: name } });
    // "For legacy compatibility, if you re-create an existing bucket that you already own in us-east-1, Amazon S3 returns 200 OK and
    // resets the bucket access control lists". Here nothing of the bucket changes, so one that is not as asked is refused.
    const isAsAsked =
      sameAcl(bucket.acl, acl) &&
      (askedOwnership === undefined || askedOwnership === bucket.ownership) &&
      (!isLocking || bucket.objectLock !== undefined);
    if (bucket.state === "active" && ports.region === "us-east-1" && isAsAsked)
      return emptyReply(200, { location: `/${name}` });
    if (bucket.state !== "creating")
      return refuse("BucketAlreadyOwnedByYou", undefined, { details: { BucketName: name } });
    // A bucket whose creation was interrupted gets here too: nobody has seen it yet, and it is finished now.
    await ports.buckets.setPublicAccessBlock(grant, bucket.id, newBucketBlock);
    if (bucket.ownership !== ownership) await ports.buckets.setOwnership(grant, bucket.id, ownership);
    if (!sameAcl(bucket.acl, acl)) await ports.buckets.setAcl(grant, bucket.id, acl);
    if (isLocking) {
      await ports.buckets.setVersioning(grant, bucket.id, "enabled");
      await ports.buckets.setObjectLock(grant, bucket.id, { defaultRetention: undefined });
    }
    if (!(await isOpened(grant, ports, bucket, time))) {
      // What is there is another one's and stays; only the name here is free again.
      await ports.buckets.giveUp(grant, bucket.id);
      return refuse("BucketAlreadyExists", undefined, { details: { BucketName: name } });
    }
    await ports.buckets.move(grant, bucket.id, "creating", "active");
    return emptyReply(200, { location: `/${name}` });
  },
});
