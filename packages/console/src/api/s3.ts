import { callS3, callS3Text, orNone } from "./call.ts";
import type { Tag } from "./iam/iam-tags.ts";
import { childOf, childrenOf, element, emptyTree, renderXml, textOf, type TreeNode } from "./tree.ts";

/** S3's operations as the pages use them. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */

export interface Bucket {
  readonly name: string;
  readonly created: string;
}

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly modified: string;
}

export interface ObjectVersion extends StoredObject {
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
}

export interface Listing<T> {
  readonly folders: readonly string[];
  readonly items: readonly T[];
  /** Parameters of the next page; undefined on the last. */
  readonly next: Readonly<Record<string, string>> | undefined;
}

export async function listBuckets(): Promise<readonly Bucket[]> {
  const { tree } = await callS3({});
  return childrenOf(childOf(tree, "Buckets"), "Bucket").map((node) => ({
    name: textOf(node, "Name"),
    created: textOf(node, "CreationDate"),
  }));
}

export async function createBucket(name: string): Promise<void> {
  await callS3({ method: "PUT", bucket: name });
}

export async function deleteBucket(name: string): Promise<void> {
  await callS3({ method: "DELETE", bucket: name });
}

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  /** Undefined lists the keys of every folder below the prefix. */
  readonly delimiter?: string;
  readonly page?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const pageSize = 1000;

function prefixesOf(tree: TreeNode): readonly string[] {
  return childrenOf(tree, "CommonPrefixes").map((node) => textOf(node, "Prefix"));
}

const readObject = (node: TreeNode): StoredObject => ({
  key: textOf(node, "Key"),
  size: Number(textOf(node, "Size")),
  modified: textOf(node, "LastModified"),
});

/** One page of a thousand, and one request. */
export async function listObjects(request: ListRequest): Promise<Listing<StoredObject>> {
  const { bucket, prefix, delimiter, page = {}, signal } = request;
  const query = { "list-type": 2, prefix, delimiter, "max-keys": pageSize, ...page };
  const { tree } = await callS3({ bucket, query, ...(signal === undefined ? {} : { signal }) });
  const token = textOf(tree, "NextContinuationToken");
  return {
    folders: prefixesOf(tree),
    items: childrenOf(tree, "Contents").map(readObject),
    next: token === "" ? undefined : { "continuation-token": token },
  };
}

export async function listVersions(request: ListRequest): Promise<Listing<ObjectVersion>> {
  const { bucket, prefix, delimiter, page = {}, signal } = request;
  const query = { versions: "", prefix, delimiter, "max-keys": pageSize, ...page };
  const { tree } = await callS3({ bucket, query, ...(signal === undefined ? {} : { signal }) });
  const isVersion = (item: TreeNode | string): item is TreeNode =>
    typeof item === "object" && (item.name === "Version" || item.name === "DeleteMarker");
  return {
    folders: prefixesOf(tree),
    items: tree.content.filter(isVersion).map((node) => ({
      ...readObject(node),
      versionId: textOf(node, "VersionId"),
      isLatest: textOf(node, "IsLatest") === "true",
      isDeleteMarker: node.name === "DeleteMarker",
    })),
    next:
      textOf(tree, "IsTruncated") === "true"
        ? { "key-marker": textOf(tree, "NextKeyMarker"), "version-id-marker": textOf(tree, "NextVersionIdMarker") }
        : undefined,
  };
}

export async function deleteObject(bucket: string, key: string, versionId?: string): Promise<void> {
  await callS3({ method: "DELETE", bucket, key, query: { versionId } });
}

export async function isVersioned(bucket: string): Promise<"Enabled" | "Suspended" | ""> {
  const { tree } = await callS3({ bucket, query: { versioning: "" } });
  const status = textOf(tree, "Status");
  return status === "Enabled" || status === "Suspended" ? status : "";
}

export async function setVersioning(bucket: string, status: "Enabled" | "Suspended"): Promise<void> {
  await putDocument(bucket, "versioning", element("VersioningConfiguration", [element("Status", status)]));
}

async function putDocument(bucket: string, name: string, document: TreeNode): Promise<void> {
  await callS3({ method: "PUT", bucket, query: { [name]: "" }, body: renderXml(document) });
}

/** `account`: refused when the bucket is of another account. */
export function getBucketPolicy(bucket: string, account?: string): Promise<string | undefined> {
  const headers = account === undefined ? {} : { "x-amz-expected-bucket-owner": account };
  return orNone(callS3Text({ bucket, query: { policy: "" }, headers }), "NoSuchBucketPolicy");
}

export async function putBucketPolicy(bucket: string, document: string): Promise<void> {
  await callS3({ method: "PUT", bucket, query: { policy: "" }, body: document });
}

export async function deleteBucketPolicy(bucket: string): Promise<void> {
  await callS3({ method: "DELETE", bucket, query: { policy: "" } });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
export const blockSettings = [
  "BlockPublicAcls",
  "IgnorePublicAcls",
  "BlockPublicPolicy",
  "RestrictPublicBuckets",
] as const;
export type BlockSetting = (typeof blockSettings)[number];
export type PublicBlock = Readonly<Record<BlockSetting, boolean>>;

function blockOf(isOn: (setting: BlockSetting) => boolean): PublicBlock {
  return {
    BlockPublicAcls: isOn("BlockPublicAcls"),
    IgnorePublicAcls: isOn("IgnorePublicAcls"),
    BlockPublicPolicy: isOn("BlockPublicPolicy"),
    RestrictPublicBuckets: isOn("RestrictPublicBuckets"),
  };
}

export async function getPublicBlock(bucket: string): Promise<PublicBlock> {
  const answer = await orNone(
    callS3({ bucket, query: { publicAccessBlock: "" } }),
    "NoSuchPublicAccessBlockConfiguration",
  );
  return blockOf((setting) => answer !== undefined && textOf(answer.tree, setting) === "true");
}

/** The block of S3 Control, which the whole account has. */
export async function getAccountPublicBlock(account: string): Promise<PublicBlock> {
  const headers = { "x-amz-account-id": account };
  const call = callS3({ bucket: "v20180820", key: "configuration/publicAccessBlock", headers });
  const answer = await orNone(call, "NoSuchPublicAccessBlockConfiguration");
  return blockOf((setting) => answer !== undefined && textOf(answer.tree, setting) === "true");
}

export async function putPublicBlock(bucket: string, block: PublicBlock): Promise<void> {
  const settings = blockSettings.map((setting) => element(setting, String(block[setting])));
  await putDocument(bucket, "publicAccessBlock", element("PublicAccessBlockConfiguration", settings));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
export const ownerships = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"] as const;
export type Ownership = (typeof ownerships)[number];

/** Undefined: the bucket has no ownership controls, which means what `ObjectWriter` means. */
export async function getOwnership(bucket: string): Promise<Ownership | undefined> {
  const answer = await orNone(callS3({ bucket, query: { ownershipControls: "" } }), "OwnershipControlsNotFoundError");
  const set = textOf(childOf(answer?.tree ?? emptyTree, "Rule"), "ObjectOwnership");
  return ownerships.find((one) => one === set);
}

export async function putOwnership(bucket: string, ownership: Ownership | undefined): Promise<void> {
  if (ownership === undefined) {
    await callS3({ method: "DELETE", bucket, query: { ownershipControls: "" } });
    return;
  }
  const rule = element("Rule", [element("ObjectOwnership", ownership)]);
  await putDocument(bucket, "ownershipControls", element("OwnershipControls", [rule]));
}

/** How objects are encrypted that do not say it themselves. */
export interface DefaultEncryption {
  readonly algorithm: "" | "AES256" | "aws:kms";
  /** An ARN or alias; empty: the key `aws/s3`. */
  readonly key: string;
  /** What else the rule has, which stays as it is: which kinds of encryption are blocked. */
  readonly rest: readonly TreeNode[];
}

const sse = "ServerSideEncryption";
const byDefault = `Apply${sse}ByDefault`;

export async function getEncryption(bucket: string): Promise<DefaultEncryption> {
  const answer = await orNone(callS3({ bucket, query: { encryption: "" } }), `${sse}ConfigurationNotFoundError`);
  const rule = childOf(answer?.tree ?? emptyTree, "Rule");
  const set = childOf(rule, byDefault);
  const isRest = (item: TreeNode | string): item is TreeNode => typeof item === "object" && item.name !== byDefault;
  const algorithm = textOf(set, "SSEAlgorithm");
  return {
    algorithm: algorithm === "AES256" || algorithm === "aws:kms" ? algorithm : "",
    key: textOf(set, "KMSMasterKeyID"),
    rest: rule.content.filter(isRest),
  };
}

export async function putEncryption(bucket: string, { algorithm, key, rest }: DefaultEncryption): Promise<void> {
  if (algorithm === "") {
    await callS3({ method: "DELETE", bucket, query: { encryption: "" } });
    return;
  }
  const named = algorithm === "aws:kms" && key !== "" ? [element("KMSMasterKeyID", key)] : [];
  const set = element(byDefault, [element("SSEAlgorithm", algorithm), ...named]);
  await putDocument(bucket, "encryption", element(`${sse}Configuration`, [element("Rule", [set, ...rest])]));
}

export async function getBucketTags(bucket: string): Promise<readonly Tag[]> {
  const answer = await orNone(callS3({ bucket, query: { tagging: "" } }), "NoSuchTagSet");
  return childrenOf(childOf(answer?.tree ?? emptyTree, "TagSet"), "Tag").map((tag) => ({
    key: textOf(tag, "Key"),
    value: textOf(tag, "Value"),
  }));
}

export async function putBucketTags(bucket: string, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) {
    await callS3({ method: "DELETE", bucket, query: { tagging: "" } });
    return;
  }
  const set = tags.map(({ key, value }) => element("Tag", [element("Key", key), element("Value", value)]));
  await putDocument(bucket, "tagging", element("Tagging", [element("TagSet", set)]));
}
