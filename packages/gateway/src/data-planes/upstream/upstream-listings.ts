import { children, decodeComponent, isChecksumAlgorithm, textOf, type XmlElement } from "@s3-credentials/protocol";
import { commonPrefix, passedPrefix } from "../../domain/listing/list-entries.ts";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { Entry, ListedBefore, ListedObject, Listing, ListQuery } from "../../ports/object-listing.ts";
import type { Version } from "../../ports/object-version.ts";
import type { Upload } from "../../ports/upload.ts";
import { unexpected } from "./engine-errors.ts";
import { contentHandle, ownerOfBucket, storageClassFrom, timeFrom, unquoted } from "./object-headers.ts";
import { factsOfListed, parseUploadId, uploadIdOf } from "./upload-ids.ts";
import { checksumOf, uploadFrom } from "./upload-reads.ts";
import type { Upstream, UpstreamOf } from "./upstream-reads.ts";

type Query = Readonly<Record<string, string | undefined>>;
type Keyed = { readonly key: string };

/** How an engine lists one kind of thing. */
interface Kind<Item extends Keyed> {
  /** The root of the document. */
  readonly root: string;
  readonly query: Query;
  /** Where a listing begins that goes on after an item, or after all items of a key. */
  readonly begin: (after: ListedBefore) => Query;
  /** What is listed under one key. */
  readonly id: (item: Item) => string | undefined;
  /** Where the page after an empty one begins, as that says; undefined: it does not say. */
  readonly next: (page: XmlElement) => Query | undefined;
  /** Elements that are items, and what they are. */
  readonly items: readonly string[];
  readonly read: (item: XmlElement, key: string) => Item;
}

/** Empty pages, or pages with nothing new, that an engine may give before its listing is a fault. */
const maxEmptyPages = 50;
/** What engines list at most in one page. */
const largestPage = 1000;

/** After all keys that begin with a common prefix. */
function beyond(prefix: string): ListedBefore {
  return { key: `${prefix}\u{10ffff}` };
}

/**
 * A page of a listing. Keys come escaped (`encoding-type=url`), because XML cannot hold every key. After a common prefix the engine is
 * asked for what comes after the last key that could have it, as engines differ in whether they would name the prefix again; so do they for
 * the key after which a page begins.
 */
async function listPage<Item extends Keyed>(
  { client }: Upstream,
  bucket: string,
  { prefix, delimiter, after, limit, turn }: ListQuery,
  kind: Kind<Item>,
): Promise<Listing<Item>> {
  const entries: Entry<Item>[] = [];
  if (limit === 0) return { entries, truncated: false };
  const passed = after === undefined ? undefined : passedPrefix(after.key, { prefix, delimiter });
  const lastKey = passed === undefined ? after : beyond(passed);
  const isOfUploads = kind.root === uploads.root;
  // Common prefixes of uploads are made here, of all keys: Ceph 16 makes them from names of its own.
  const isGrouped = isOfUploads && delimiter !== "";
  let position: Query = lastKey === undefined ? {} : kind.begin(lastKey);
  for (let empty = 0; empty < maxEmptyPages;) {
    await turn();
    const wanted = String(isGrouped ? largestPage : limit - entries.length);
    const query = {
      ...kind.query,
      "encoding-type": "url",
      "max-keys": wanted,
      ...(isOfUploads ? { "max-uploads": wanted } : {}),
      ...(prefix === "" ? {} : { prefix }),
      ...(delimiter === "" || isGrouped ? {} : { delimiter }),
      ...position,
    };
    const ask = (asked: Query) => client.sendForDocument({ method: "GET", bucket, query: asked }, kind.root);
    const answer = await ask(query);
    if ("kind" in answer) {
      if (answer.meaning === "no-bucket") return { entries, truncated: false };
      throw unexpected(answer, "this listing");
    }
    const { root } = answer;
    let isEscaped = textOf(root, "EncodingType")?.toLowerCase() === "url";
    if (isOfUploads && !isEscaped && hasPercent(root)) {
      const plain = await ask({ ...query, "encoding-type": undefined });
      isEscaped = "root" in plain && isEscapedUnsaid(root, plain.root);
    }
    const listed = entriesOf(root, isEscaped, kind, client);
    const page = (isGrouped ? grouped(listed, { prefix, delimiter }) : listed).filter((entry) =>
      isNew(entry, entries.at(-1), passed, after),
    );
    for (const entry of page) {
      const key = keyOf(entry);
      const group = entry.kind === "item" ? commonPrefix(key, { prefix, delimiter }) : key;
      if (!key.startsWith(prefix) || (entry.kind === "item" && group !== undefined))
        throw client.error("corrupt", "listed a key that was not asked for");
      entries.push(entry);
    }
    const isTruncated = textOf(root, "IsTruncated") === "true";
    // What is left may all be under the last common prefix.
    if (!isTruncated || entries.length > limit || (entries.length === limit && !isGrouped))
      return { entries: entries.slice(0, limit), truncated: isTruncated || entries.length > limit };
    const tail = (isGrouped ? entries : listed).at(-1) ?? listed.at(-1);
    const next = tail === undefined ? kind.next(root) : kind.begin(endOf(tail, kind));
    if (next === undefined) throw client.error("corrupt", "listed a part and did not say where the rest begins");
    position = next;
    empty = page.length === 0 ? empty + 1 : 0;
  }
  throw client.error("corrupt", "goes on listing nothing");
}

/** Where a page ended. It is read from its entries, because Ceph 16 does not escape markers, also where it says that it escapes. */
function endOf<Item extends Keyed>(entry: Entry<Item>, { id }: Kind<Item>): ListedBefore {
  if (entry.kind === "prefix") return beyond(entry.prefix);
  const ofKey = id(entry.item);
  return { key: entry.item.key, ...(ofKey === undefined ? {} : { id: ofKey }) };
}

function keyOf<Item extends Keyed>(entry: Entry<Item>): string {
  return entry.kind === "item" ? entry.item.key : entry.prefix;
}

function isNew<Item extends Keyed>(
  entry: Entry<Item>,
  last: Entry<Item> | undefined,
  passed: string | undefined,
  after: ListedBefore | undefined,
): boolean {
  const key = keyOf(entry);
  if (passed !== undefined && key.startsWith(passed)) return false;
  if (entry.kind === "item" && after !== undefined && after.id === undefined && key === after.key) return false;
  return entry.kind === "item" || last?.kind !== "prefix" || last.prefix !== entry.prefix;
}

/** The common prefix of items in the place of those that have one. */
function grouped<Item extends Keyed>(
  found: readonly Entry<Item>[],
  query: Pick<ListQuery, "prefix" | "delimiter">,
): readonly Entry<Item>[] {
  const entries: Entry<Item>[] = [];
  for (const entry of found) {
    const prefix = commonPrefix(keyOf(entry), query);
    const last = entries.at(-1);
    if (prefix === undefined) entries.push(entry);
    else if (last?.kind !== "prefix" || last.prefix !== prefix) entries.push({ kind: "prefix", prefix });
  }
  return entries;
}

function hasPercent(root: XmlElement): boolean {
  return children(root, "Upload").some((upload) => textOf(upload, "Key")?.includes("%") === true);
}

/** Ceph 16 escapes the keys of uploads and does not say so. Then they are others than in the page that was asked for without. */
function isEscapedUnsaid(root: XmlElement, plain: XmlElement): boolean {
  const plainKeys = new Map(children(plain, "Upload").map((one) => [textOf(one, "UploadId"), textOf(one, "Key")]));
  return children(root, "Upload").some((one) => {
    const key = plainKeys.get(textOf(one, "UploadId"));
    return key !== undefined && key !== textOf(one, "Key");
  });
}

/** Items and common prefixes come in lists of their own; here they are in one order, that of the bytes of their keys. */
function entriesOf<Item extends Keyed>(
  root: XmlElement,
  isEscaped: boolean,
  { items, read }: Kind<Item>,
  client: Upstream["client"],
): readonly Entry<Item>[] {
  const decoded = (text: string | undefined): string => {
    const key = text === undefined || !isEscaped ? text : decodeComponent(text.replaceAll("+", "%20"));
    if (key === undefined || key === "") throw client.error("corrupt", "listed a key that cannot be read");
    return key;
  };
  const found: Entry<Item>[] = root.children
    .filter(({ name }) => items.includes(name))
    .map((one) => ({ kind: "item", item: read(one, decoded(textOf(one, "Key"))) }));
  const prefixes: Entry<Item>[] = children(root, "CommonPrefixes").map((one) => ({
    kind: "prefix",
    prefix: decoded(textOf(one, "Prefix")),
  }));
  if (prefixes.length === 0) return found;
  const bytes = new Map([...found, ...prefixes].map((entry) => [entry, Buffer.from(keyOf(entry))]));
  const none = Buffer.alloc(0);
  return [...bytes.keys()].sort((one, other) => Buffer.compare(bytes.get(one) ?? none, bytes.get(other) ?? none));
}

const objects: Kind<ListedObject> = {
  root: "ListBucketResult",
  query: { "list-type": "2" },
  begin: ({ key }) => ({ "start-after": key }),
  id: () => undefined,
  next: (page) => {
    const token = textOf(page, "NextContinuationToken");
    return token === undefined || token === "" ? undefined : { "continuation-token": token };
  },
  items: ["Contents"],
  read: (item, key) => {
    const algorithm = textOf(item, "ChecksumAlgorithm");
    const isKnown = algorithm !== undefined && isChecksumAlgorithm(algorithm);
    const type = textOf(item, "ChecksumType") === "COMPOSITE" ? ("COMPOSITE" as const) : ("FULL_OBJECT" as const);
    return {
      key,
      size: Number(textOf(item, "Size")),
      etag: unquoted(textOf(item, "ETag")),
      lastModified: timeFrom(textOf(item, "LastModified")),
      owner: ownerOfBucket,
      checksum: isKnown ? { algorithm, type } : undefined,
      storageClass: storageClassFrom(textOf(item, "StorageClass")),
    };
  },
};

/** Markers are in the encoding that was asked for. */
function marker(page: XmlElement, name: string): string | undefined {
  const text = textOf(page, name);
  if (text === undefined || text === "") return undefined;
  return textOf(page, "EncodingType")?.toLowerCase() === "url" ? decodeComponent(text.replaceAll("+", "%20")) : text;
}

const versions: Kind<Version> = {
  root: "ListVersionsResult",
  query: { versions: "" },
  begin: ({ key, id }) => ({ "key-marker": key, "version-id-marker": id }),
  id: ({ versionId }) => versionId,
  next: (page) => {
    const key = marker(page, "NextKeyMarker");
    const id = textOf(page, "NextVersionIdMarker");
    return key === undefined ? undefined : { "key-marker": key, ...(id ? { "version-id-marker": id } : {}) };
  },
  items: ["Version", "DeleteMarker"],
  read: (item, key) => {
    const versionId = textOf(item, "VersionId") || "null";
    const common = {
      key,
      versionId,
      isLatest: textOf(item, "IsLatest") === "true",
      lastModified: timeFrom(textOf(item, "LastModified")),
      owner: ownerOfBucket,
    };
    if (item.name === "DeleteMarker") return { kind: "delete-marker", ...common };
    const etag = unquoted(textOf(item, "ETag"));
    const storageClass = storageClassFrom(textOf(item, "StorageClass"));
    return {
      kind: "object",
      ...common,
      content: contentHandle(versionId, etag),
      size: Number(textOf(item, "Size")),
      etag,
      metadata: { headers: {}, user: {}, storageClass },
      checksum: undefined,
      parts: [],
    };
  },
};

const uploads: Kind<Upload> = {
  root: "ListMultipartUploadsResult",
  query: { uploads: "" },
  begin: ({ key, id }) => {
    const engineId = id === undefined ? undefined : parseUploadId(id)?.engineId;
    return { "key-marker": key, ...(engineId === undefined ? {} : { "upload-id-marker": engineId }) };
  },
  id: ({ uploadId }) => uploadId,
  next: (page) => {
    const key = marker(page, "NextKeyMarker");
    const id = textOf(page, "NextUploadIdMarker");
    return key === undefined ? undefined : { "key-marker": key, ...(id ? { "upload-id-marker": id } : {}) };
  },
  items: ["Upload"],
  read: (item, key) => {
    const initiatedAt = timeFrom(textOf(item, "Initiated"));
    const storageClass = storageClassFrom(textOf(item, "StorageClass"));
    const facts = factsOfListed({ initiatedAt, storageClass, checksum: checksumOf(item) });
    return uploadFrom(key, uploadIdOf(textOf(item, "UploadId") ?? "", undefined), facts);
  },
};

export function versionsPage(upstream: Upstream, bucket: string, query: ListQuery): Promise<Listing<Version>> {
  return listPage(upstream, bucket, query, versions);
}

export function uploadsPage(upstream: Upstream, bucket: string, query: ListQuery): Promise<Listing<Upload>> {
  return listPage(upstream, bucket, query, uploads);
}

export function upstreamListings(
  upstreamOf: UpstreamOf,
): Pick<DataPlane, "listObjects" | "listVersions" | "listUploads"> {
  return {
    listObjects: (grant, bucket, query) => listPage(upstreamOf(grant), bucket, query, objects),
    listVersions: (grant, bucket, query) => versionsPage(upstreamOf(grant), bucket, query),
    listUploads: (grant, bucket, query) => uploadsPage(upstreamOf(grant), bucket, query),
  };
}
