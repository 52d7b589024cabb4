import {
  child,
  children,
  decodeComponent,
  element,
  renderXml,
  textOf,
  type XmlElement,
} from "@s3-credentials/protocol";
import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { type StorageClass, storageClasses } from "../../ports/object-version.ts";
import type { Abilities } from "./abilities.ts";
import { allAbilities, type CopyCondition, copyConditions } from "./abilities.ts";
import { unexpected } from "./engine-errors.ts";
import { createBucket, deleteBucket } from "./upstream-buckets.ts";
import type { EngineReply } from "./answer.ts";
import { EngineConnections, type EngineRequest, type UpstreamOptions } from "./engine-connections.ts";
import { type Answered, UpstreamClient } from "./upstream-client.ts";
import { versionsPage } from "./upstream-listings.ts";
import type { Upstream } from "./upstream-reads.ts";
import { unquoted } from "./object-headers.ts";
import { withTrailer } from "./trailing-checksum.ts";
import { documentHeaders } from "./upstream-writes.ts";

/**
 * Finds out what an engine can do, by trying it. What an engine ignores it cannot do: a condition that does not hold has to be refused,
 * and what is stored has to come back. The bucket must not exist yet and is removed at the end; or it `isThere`, and keeps its settings
 * and all objects but those that are made here. Rejects with `EngineError` when the engine cannot be used at all.
 */
export async function probeAbilities(
  options: UpstreamOptions,
  bucket: string,
  { isThere }: { readonly isThere: boolean },
): Promise<Abilities> {
  const connections = new EngineConnections(options);
  const client = new UpstreamClient(connections);
  const upstream = { client, abilities: allAbilities };
  const place = { bucket, folder: isThere ? `probe-${randomBytes(8).toString("hex")}/` : "", isThere };
  try {
    if (!isThere) await createBucket(upstream, options.region, bucket);
    try {
      return await new Probe(client, place).abilities();
    } finally {
      await empty(upstream, place);
      if (!isThere) await deleteBucket(upstream, bucket);
    }
  } finally {
    await connections.close();
  }
}

interface Place {
  readonly bucket: string;
  /** What all keys begin with. */
  readonly folder: string;
  readonly isThere: boolean;
}

async function empty(upstream: Upstream, { bucket, folder }: Place): Promise<void> {
  const { client } = upstream;
  const page = { prefix: folder, delimiter: "", after: undefined, limit: 1000, turn: async () => {} };
  const { entries } = await versionsPage(upstream, bucket, page);
  for (const entry of entries) {
    if (entry.kind !== "item") continue;
    const { key, versionId } = entry.item;
    const reply = await client.sendForHead({ method: "DELETE", bucket, key, query: { versionId } });
    // Without versioning some engines know no ids, not even `null`.
    if ("kind" in reply) await client.sendForHead({ method: "DELETE", bucket, key });
  }
}

const bytes = Buffer.from("What can this engine do?");
const ownEtag = createHash("md5").update(bytes).digest("hex");
const otherEtag = `"${"0".repeat(32)}"`;
const sumName = "x-amz-checksum-crc32";
const [rightSum, wrongSum] = [sumOf(crc32(bytes)), sumOf(crc32(bytes) + 1)];

function sumOf(sum: number): string {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(sum >>> 0);
  return four.toString("base64");
}

class Probe {
  readonly #client: UpstreamClient;
  readonly #place: Place;

  constructor(client: UpstreamClient, place: Place) {
    this.#client = client;
    this.#place = place;
  }

  async abilities(): Promise<Abilities> {
    const first = await this.#put("k", {});
    if ("kind" in first) throw unexpected(first, "objects");
    const tags = await this.#tags();
    const copies = await this.#copies();
    const multipart = await this.#multipart();
    return {
      ...(await this.#conditionalPut()),
      conditionalDelete: await this.#conditionalDelete(),
      ...copies,
      ...multipart,
      ...tags,
      checksums: await this.#checksums(),
      trailers: await this.#trailers(),
      encryption: await this.#comesBack("x-amz-server-side-encryption", "AES256"),
      exactKeys: await this.#exactKeys(),
      websiteRedirects: await this.#comesBack("x-amz-website-redirect-location", "/there"),
      storageClasses: await this.#storageClasses(),
      ...(await this.#versioning()), // at the end, because it cannot be taken back
    };
  }

  #at(key: string): { readonly bucket: string; readonly key: string } {
    const { bucket, folder } = this.#place;
    return { bucket, key: `${folder}${key}` };
  }

  #source(key: string): { readonly "x-amz-copy-source": string } {
    const { bucket, folder } = this.#place;
    return { "x-amz-copy-source": `/${bucket}/${folder}${key}` };
  }

  #put(key: string, headers: Readonly<Record<string, string>>): Promise<Answered<EngineReply>> {
    return this.#client.sendForHead({ method: "PUT", ...this.#at(key), headers, body: bytes });
  }

  #head(key: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered<EngineReply>> {
    return this.#client.sendForHead({ method: "HEAD", ...this.#at(key), headers });
  }

  /** The root of the answer; undefined when the engine refused. */
  async #document(
    key: string,
    request: Omit<EngineRequest, "bucket" | "key">,
    name: string,
  ): Promise<XmlElement | undefined> {
    const answer = await this.#client.sendForDocument({ ...request, ...this.#at(key) }, name);
    return "kind" in answer ? undefined : answer.root;
  }

  async #conditionalPut(): Promise<Pick<Abilities, "conditionalPut" | "quotesIfMatch">> {
    await this.#put("conditional", {});
    const put = (headers: Readonly<Record<string, string>>) => this.#put("conditional", headers);
    const refused = isRefused(await put({ "if-none-match": "*" })) && isRefused(await put({ "if-match": otherEtag }));
    const quotesIfMatch = !isFault(await put({ "if-match": `"${ownEtag}"` }));
    const matches = quotesIfMatch || !isFault(await put({ "if-match": ownEtag }));
    return { conditionalPut: matches && refused, quotesIfMatch };
  }

  async #conditionalDelete(): Promise<boolean> {
    await this.#put("deleted", {});
    const headers = { "if-match": otherEtag };
    const request = { method: "DELETE", ...this.#at("deleted"), headers } as const;
    return isRefused(await this.#client.sendForHead(request));
  }

  async #copies(): Promise<Pick<Abilities, "copies" | "conditionalCopy" | "copiesTags">> {
    const copy = (headers: Readonly<Record<string, string>>): Promise<Answered<unknown>> => {
      const source = { ...this.#source("k"), "x-amz-metadata-directive": "REPLACE" };
      const request = { method: "PUT", ...this.#at("copy"), headers: { ...source, ...headers } } as const;
      return this.#client.sendForDocument(request, "CopyObjectResult");
    };
    // A copy that does not check its source could copy another object than the one that was authorized.
    if (isFault(await copy({}))) return { copies: false, conditionalCopy: false, copiesTags: false };
    const conditionalCopy = isRefused(await copy({ "if-none-match": "*" }));
    const tagged = { ...this.#source("tagged"), "x-amz-tagging-directive": "REPLACE" };
    await copy(tagged);
    const none = await this.#tagsOf("copy");
    await copy({ ...tagged, "x-amz-tagging": "c=d" });
    const copiesTags = none === "" && (await this.#tagsOf("copy")) === "c";
    return { copies: await this.#checked(copy), conditionalCopy, copiesTags };
  }

  /** The first header that makes the engine refuse a source with another ETag. */
  async #checked(
    copy: (headers: Readonly<Record<string, string>>) => Promise<Answered<unknown>>,
  ): Promise<CopyCondition | false> {
    for (const name of copyConditions) if (isRefused(await copy({ [name]: otherEtag }))) return name;
    return false;
  }

  async #multipart(): Promise<Pick<Abilities, "partCopies" | "conditionalComplete" | "tagsUploads">> {
    const uploadId = await this.#begin("k", {});
    if (uploadId === undefined) return { partCopies: false, conditionalComplete: false, tagsUploads: false };
    const source = this.#source("k");
    const part = { method: "PUT", ...this.#at("k"), query: { partNumber: "1", uploadId } } as const;
    const copy = (headers: Readonly<Record<string, string>>): Promise<Answered<unknown>> =>
      this.#client.sendForDocument({ ...part, headers: { ...source, ...headers } }, "CopyPartResult");
    const partCopies = isFault(await copy({})) ? (false as const) : await this.#checked(copy);
    const conditionalComplete = isRefused(await this.#complete("k", uploadId, { "if-none-match": "*" }));
    await this.#client.sendForHead({ method: "DELETE", ...this.#at("k"), query: { uploadId } });
    const tagged = (await this.#begin("uploaded", { "x-amz-tagging": "a=b" })) ?? "";
    await this.#complete("uploaded", tagged, {});
    return { partCopies, conditionalComplete, tagsUploads: (await this.#tagsOf("uploaded")) === "a" };
  }

  async #begin(key: string, headers: Readonly<Record<string, string>>): Promise<string | undefined> {
    const request = { method: "POST", query: { uploads: "" }, headers } as const;
    const begun = await this.#document(key, request, "InitiateMultipartUploadResult");
    return begun && textOf(begun, "UploadId");
  }

  /** Sends the only part before. */
  async #complete(
    key: string,
    uploadId: string,
    condition: Readonly<Record<string, string>>,
  ): Promise<Answered<unknown>> {
    const place = this.#at(key);
    const part = await this.#client.sendForHead({
      method: "PUT",
      ...place,
      query: { partNumber: "1", uploadId },
      body: bytes,
    });
    if (isFault(part)) return part;
    const named = element("Part", [element("PartNumber", 1), element("ETag", `"${ownEtag}"`)]);
    const body = Buffer.from(renderXml(element("CompleteMultipartUpload", named)));
    const headers = { ...documentHeaders(body), ...condition };
    const request = { method: "POST", ...place, query: { uploadId }, headers, body } as const;
    return this.#client.sendForDocument(request, "CompleteMultipartUploadResult");
  }

  async #exactKeys(): Promise<boolean> {
    const keys = ["exact//a", "exact/./b", "exact/../c", "/exact/d", "exact/."];
    for (const key of keys) await this.#put(key, {});
    const { bucket, folder } = this.#place;
    const query = { "list-type": "2", "encoding-type": "url", prefix: folder };
    const page = await this.#client.sendForDocument({ method: "GET", bucket, query }, "ListBucketResult");
    const listed = "kind" in page ? [] : children(page.root, "Contents").map((one) => textOf(one, "Key") ?? "");
    return keys.every((key) => listed.some((one) => decodeComponent(one) === folder + key));
  }

  /** An engine that cannot say now whether it has tags is asked again later: without them, no policy that asks for them could deny. */
  async #tags(): Promise<Pick<Abilities, "tags" | "countsTags">> {
    const put = await this.#put("tagged", { "x-amz-tagging": "a=b" });
    const request = { method: "GET", ...this.#at("tagged"), query: { tagging: "" } } as const;
    const got = await this.#client.sendForHead(request);
    for (const answer of [put, got])
      if (isFault(answer) && (answer.meaning === "busy" || answer.meaning === "away")) throw unexpected(answer, "tags");
    const tags = (await this.#tagsOf("tagged")) === "a";
    const heads = [
      await this.#head("tagged"),
      await this.#client.sendForHead({ method: "GET", ...this.#at("tagged") }),
    ];
    const countsTags = heads.every((one) => !isFault(one) && one.headers.get("x-amz-tagging-count") === "1");
    return { tags, countsTags };
  }

  /** Their keys in one text. */
  async #tagsOf(key: string): Promise<string> {
    // Some engines give no document where there are no tags.
    const root = await this.#document(key, { method: "GET", query: { tagging: "" } }, "Tagging").catch(() => undefined);
    const set = root && child(root, "TagSet");
    return (set === undefined ? [] : children(set, "Tag")).map((tag) => textOf(tag, "Key")).join();
  }

  async #checksums(): Promise<boolean> {
    const wrong = await this.#put("summed", { [sumName]: wrongSum });
    const stored = await this.#put("summed", { [sumName]: rightSum });
    return isFault(wrong) && !isFault(stored) && (await this.#summed("summed")) !== undefined;
  }

  /** The frame must not become a part of the object, nor its name one of the object's encodings. */
  async #trailers(): Promise<boolean> {
    const { headers, sha256, before, after } = withTrailer("CRC32", bytes.length, undefined);
    const put = (value: string) => {
      const body = Buffer.concat([before, bytes, after({ algorithm: "CRC32", value })]);
      return this.#client.sendForHead({ method: "PUT", ...this.#at("trailed"), headers, body, sha256 });
    };
    const wrong = await put(wrongSum);
    const stored = await put(rightSum);
    const head = isFault(wrong) && !isFault(stored) ? await this.#summed("trailed") : undefined;
    return (
      head !== undefined &&
      unquoted(head.headers.get("etag")) === ownEtag &&
      head.headers.get("content-encoding")?.includes("aws-chunked") !== true
    );
  }

  /** The head of an object that is there with its checksum. */
  async #summed(key: string): Promise<EngineReply | undefined> {
    const head = await this.#head(key, { "x-amz-checksum-mode": "ENABLED" });
    return !isFault(head) && head.headers.get(sumName) === rightSum ? head : undefined;
  }

  async #comesBack(name: string, value: string): Promise<boolean> {
    const stored = await this.#put("kept", { [name]: value });
    const head = isFault(stored) ? stored : await this.#head("kept");
    return !isFault(head) && head.headers.get(name) === value;
  }

  async #storageClasses(): Promise<readonly StorageClass[]> {
    const kept: StorageClass[] = ["STANDARD"];
    for (const name of storageClasses)
      if (name !== "STANDARD" && (await this.#comesBack("x-amz-storage-class", name))) kept.push(name);
    return kept;
  }

  async #versioning(): Promise<Pick<Abilities, "versioning" | "conditionalVersions">> {
    const { bucket, isThere } = this.#place;
    // A bucket of the operator keeps its settings, so there this is not tried and nothing is taken for possible.
    if (!isThere) {
      const body = Buffer.from(renderXml(element("VersioningConfiguration", element("Status", "Enabled"))));
      const query = { versioning: "" };
      await this.#client.sendForHead({ method: "PUT", bucket, query, body, headers: documentHeaders(body) });
    }
    const stored = await this.#put("k", {});
    const id = isFault(stored) ? undefined : stored.headers.get("x-amz-version-id");
    const hasVersions = id !== undefined && id !== "null";
    const conditionalVersions = hasVersions && (await this.#conditionalPut()).conditionalPut;
    return { versioning: hasVersions && !isThere, conditionalVersions };
  }
}

function isFault<Success>(answer: Answered<Success>): answer is Exclude<Answered<Success>, Success> {
  return typeof answer === "object" && answer !== null && "kind" in answer && answer.kind === "fault";
}

function isRefused(answer: Answered<unknown>): boolean {
  return isFault(answer) && (answer as { readonly meaning?: string }).meaning === "precondition";
}
