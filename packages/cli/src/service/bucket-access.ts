/** What a bucket and its objects allow: by the bucket's policy and by ACLs, as far as public access blocks let them count. */
import type { GetBucketAclCommandOutput, GetPublicAccessBlockCommandOutput, S3Client } from "@aws-sdk/client-s3";
import {
  type AclGrant,
  aclPermissions,
  aclPlace,
  type AclPlace,
  bucketLayers,
  type ResourceLayers,
  isPublicGrant,
  isPublicPolicy,
  noResourceLayers,
  parseArn,
  parsePolicy,
} from "@s3-credentials/policy";
import { describeError, failedWith } from "../output/errors.ts";
import { callerAccount } from "./caller.ts";
import { regionOf, s3Client } from "./clients.ts";
import type { Connection } from "./connection.ts";

/** What is asked for, and on what. */
export interface BucketQuestion {
  readonly action: string;
  readonly resource: string;
  /** The account that has the bucket; undefined: the account of the credentials in use. */
  readonly account: string | undefined;
  /** Of the object, where a version is asked about. */
  readonly versionId?: string | undefined;
}

/** Reports what could not be read, and so does not count. */
type Missing = (what: string, error: unknown) => void;

/** A resource that is neither a bucket nor an object has no such access. `say` gets a line about what does not count. */
export async function bucketAccess(
  connection: Connection,
  question: BucketQuestion,
  say: (line: string) => void,
): Promise<ResourceLayers> {
  const bucket = bucketOf(question.resource);
  if (bucket === "" || /[*?]/.test(bucket)) return noResourceLayers;
  return accessIn(await bucketFacts(connection, { bucket, account: question.account }, say), question, say);
}

function bucketOf(resource: string): string {
  const arn = parseArn(resource);
  return arn?.service === "s3" ? (arn.resource.split("/")[0] ?? "") : "";
}

/** What a bucket says of who may reach it. Each is read when it is first asked for, and once. */
export interface BucketFacts {
  readonly s3: S3Client;
  readonly bucket: string;
  /** By its policy, and by an ACL. */
  readonly layers: () => Promise<ReturnType<typeof bucketLayers>>;
  /** Whether ACLs do not count. */
  readonly enforcesOwner: () => Promise<boolean>;
  readonly acl: () => Promise<GetBucketAclCommandOutput>;
  /** Whether the bucket or its account has the setting. */
  readonly blocks: (setting: BlockSetting) => Promise<boolean>;
}

/** `account`: the one that has the bucket; undefined: that of the credentials in use. `say`: see `bucketAccess`. */
export async function bucketFacts(
  connection: Connection,
  { bucket, account }: { readonly bucket: string; readonly account: string | undefined },
  say: (line: string) => void,
): Promise<BucketFacts> {
  const s3 = await s3Client(connection);
  const setting = (name: BlockSetting) => blocks(connection, { s3, bucket, setting: name }, account, missingTo(say));
  const settings = {
    IgnorePublicAcls: once(() => setting("IgnorePublicAcls")),
    RestrictPublicBuckets: once(() => setting("RestrictPublicBuckets")),
  };
  return {
    s3,
    bucket,
    layers: once(() => layersIn({ s3, bucket }, settings.RestrictPublicBuckets)),
    enforcesOwner: once(() => enforcesOwner(s3, bucket)),
    acl: once(async () => {
      const { GetBucketAclCommand } = await import("@aws-sdk/client-s3");
      return s3.send(new GetBucketAclCommand({ Bucket: bucket }));
    }),
    blocks: (name) => settings[name](),
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}

function missingTo(say: (line: string) => void): Missing {
  return (what, error) => say(`${what} is not counted, because it cannot be read: ${describeError(error)}`);
}

/** As `bucketAccess`, for a bucket that is asked about more than once. */
export async function accessIn(
  facts: BucketFacts,
  question: BucketQuestion,
  say: (line: string) => void,
): Promise<ResourceLayers> {
  const place = aclPlace(question.action, question.resource);
  const acl =
    place === undefined ? undefined : await readAcl(facts, { ...place, versionId: question.versionId }, missingTo(say));
  if (acl?.foreignOwner !== undefined)
    say(
      `The object belongs to another account (canonical user id ${acl.foreignOwner}). That account and the object's ACL decide, and the bucket's policy can only deny; the answer is for an object of the bucket's account.`,
    );
  const all = acl?.grants.filter(({ grantee }) => grantee !== acl.ownerId) ?? [];
  const grants =
    all.some(isPublicGrant) && (await facts.blocks("IgnorePublicAcls"))
      ? all.filter((one) => !isPublicGrant(one))
      : all;
  return (await facts.layers())({ grants, place, ownerId: acl?.ownerId });
}

async function layersIn(
  { s3, bucket }: Pick<BucketFacts, "s3" | "bucket">,
  restrictsPublic: () => Promise<boolean>,
): Promise<ReturnType<typeof bucketLayers>> {
  const text = await policyText(s3, bucket);
  const policy = text === undefined ? undefined : (parsePolicy(text, "resource").policy ?? "unreadable");
  const isPublic = policy !== undefined && policy !== "unreadable" && isPublicPolicy(policy);
  return bucketLayers({ bucket, policy, isRestricted: isPublic && (await restrictsPublic()) });
}

async function policyText(s3: S3Client, Bucket: string): Promise<string | undefined> {
  const { GetBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  try {
    return (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? "";
  } catch (error) {
    if (failedWith(error, "NoSuchBucketPolicy", "NoSuchBucket")) return undefined;
    throw error;
  }
}

interface ReadAcl {
  readonly grants: readonly AclGrant[];
  /** Of the bucket. */
  readonly ownerId: string | undefined;
  /** The owner of the object, when that is another account than the bucket's. */
  readonly foreignOwner: string | undefined;
}

/** Undefined: ACLs do not count there, there is none, or it cannot be read. */
async function readAcl(
  facts: BucketFacts,
  { owner, key: Key, versionId: VersionId }: AclPlace & Pick<BucketQuestion, "versionId">,
  missing: Missing,
): Promise<ReadAcl | undefined> {
  if (await facts.enforcesOwner()) return undefined;
  if (owner === "object" && /[*?]/.test(Key)) {
    missing("The ACL of an object", new Error("the resource is a pattern; name one object"));
    return undefined;
  }
  const { GetObjectAclCommand } = await import("@aws-sdk/client-s3");
  try {
    const { Grants = [], Owner } = await (owner === "bucket"
      ? facts.acl()
      : facts.s3.send(new GetObjectAclCommand({ Bucket: facts.bucket, Key, VersionId })));
    const grants = Grants.flatMap(({ Grantee, Permission }): readonly AclGrant[] => {
      const permission = aclPermissions.find((one) => one === Permission);
      const grantee = Grantee?.ID ?? Grantee?.URI;
      return permission === undefined || grantee === undefined ? [] : [{ grantee, permission }];
    });
    const ownerId = owner === "bucket" ? Owner?.ID : await bucketOwnerId(facts, missing);
    const isForeign = ownerId !== undefined && Owner?.ID !== ownerId;
    return { grants, ownerId: ownerId ?? Owner?.ID, foreignOwner: isForeign ? Owner?.ID : undefined };
  } catch (error) {
    if (!failedWith(error, "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "NotImplemented", "MethodNotAllowed"))
      missing(`The ACL of the ${owner}`, error);
    return undefined;
  }
}

async function bucketOwnerId(facts: BucketFacts, missing: Missing): Promise<string | undefined> {
  try {
    return (await facts.acl()).Owner?.ID;
  } catch (error) {
    missing("The owner of the bucket", error);
    return undefined;
  }
}

/** False when the setting cannot be read: ACLs may count then. */
async function enforcesOwner(s3: S3Client, Bucket: string): Promise<boolean> {
  const { GetBucketOwnershipControlsCommand } = await import("@aws-sdk/client-s3");
  try {
    const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
    return OwnershipControls?.Rules?.[0]?.ObjectOwnership === "BucketOwnerEnforced";
  } catch {
    return false;
  }
}

type BlockSetting = "IgnorePublicAcls" | "RestrictPublicBuckets";

async function blocks(
  connection: Connection,
  { s3, bucket, setting }: { readonly s3: S3Client; readonly bucket: string; readonly setting: BlockSetting },
  account: string | undefined,
  missing: Missing,
): Promise<boolean> {
  const { GetPublicAccessBlockCommand } = await import("@aws-sdk/client-s3");
  const has = async (whose: string, ask: () => Promise<GetPublicAccessBlockCommandOutput>): Promise<boolean> => {
    try {
      return (await ask()).PublicAccessBlockConfiguration?.[setting] === true;
    } catch (error) {
      if (!failedWith(error, "NoSuchPublicAccessBlockConfiguration"))
        missing(`The public access block of the ${whose}`, error);
      return false;
    }
  };
  return (
    (await has("bucket", () => s3.send(new GetPublicAccessBlockCommand({ Bucket: bucket })))) ||
    has("account", async () => accountPublicAccessBlock(connection, account ?? (await callerAccount(connection)) ?? ""))
  );
}

/** S3 Control is signed and answers as S3 does, at a path of its own, so the S3 client can ask it and no other SDK is needed. */
async function accountPublicAccessBlock(
  connection: Connection,
  account: string,
): Promise<GetPublicAccessBlockCommandOutput> {
  const { GetPublicAccessBlockCommand } = await import("@aws-sdk/client-s3");
  const region = regionOf(connection);
  const endpoint = connection.endpoints.s3 ?? `https://${account}.s3-control.${region}.amazonaws.com`;
  const command = new GetPublicAccessBlockCommand({ Bucket: "account" });
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as HttpRequestParts;
      request.hostname = new URL(endpoint).hostname;
      request.path = "/v20180820/configuration/publicAccessBlock";
      request.query = {};
      request.headers["x-amz-account-id"] = account;
      return next(args);
    },
    { step: "build", name: "askS3Control", priority: "high" },
  );
  return (await s3Client(connection)).send(command);
}

interface HttpRequestParts {
  hostname: string;
  path: string;
  query: object;
  readonly headers: Record<string, string>;
}
