import { element, renderXml, textOf } from "@s3-credentials/protocol";
import type { Versioning } from "../../ports/bucket-registry.ts";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { ListQuery } from "../../ports/object-listing.ts";
import { PlaceTaken } from "../../ports/store-error.ts";
import { need } from "./abilities.ts";
import { unexpected } from "./engine-errors.ts";
import { uploadsPage, versionsPage } from "./upstream-listings.ts";
import { abortUpload } from "./upstream-uploads.ts";
import type { Upstream, UpstreamOf } from "./upstream-reads.ts";
import { documentHeaders } from "./upstream-writes.ts";

export function upstreamBuckets(
  upstreamOf: UpstreamOf,
  region: string,
): Pick<DataPlane, "openBucket" | "closeBucket" | "setVersioning"> {
  return {
    openBucket: (grant, bucket) => createBucket(upstreamOf(grant), region, bucket),
    closeBucket: (grant, bucket) => deleteBucket(upstreamOf(grant), bucket),
    setVersioning: (grant, bucket, versioning) => setVersioning(upstreamOf(grant), bucket, versioning),
  };
}

/** Whether there is a bucket of this name, whoever has it. */
export async function bucketExists({ client }: Pick<Upstream, "client">, bucket: string): Promise<boolean> {
  const reply = await client.sendForHead({ method: "HEAD", bucket });
  if (!("kind" in reply) || reply.status === 403) return true;
  if (reply.status === 404) return false;
  throw unexpected(reply);
}

/** Undefined: the engine has no such bucket. */
export async function versioningOf({ client }: Upstream, bucket: string): Promise<Versioning | undefined> {
  const request = { method: "GET", bucket, query: { versioning: "" } } as const;
  const reply = await client.sendForDocument(request, "VersioningConfiguration");
  if (!("kind" in reply)) {
    const status = textOf(reply.root, "Status")?.trim();
    return status === "Enabled" ? "enabled" : status === "Suspended" ? "suspended" : "off";
  }
  if (reply.status === 404) return undefined;
  // An engine without versions says so in its own way. The bucket itself is asked for, because it may be what is missing.
  if (reply.meaning !== "unsupported" && reply.status !== 400 && reply.status !== 405)
    throw unexpected(reply, "versioning");
  return (await bucketExists({ client }, bucket)) ? "off" : undefined;
}

export async function createBucket({ client }: Upstream, region: string, bucket: string): Promise<void> {
  // "us-east-1" cannot be named: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
  const document = element("CreateBucketConfiguration", element("LocationConstraint", region));
  const body = region === "us-east-1" ? undefined : Buffer.from(renderXml(document));
  const sent = body === undefined ? {} : { body, headers: documentHeaders(body) };
  const reply = await client.sendForHead({ method: "PUT", bucket, ...sent });
  if (!("kind" in reply) || reply.meaning === "own-bucket") return;
  if (reply.meaning === "foreign-bucket") throw new PlaceTaken(reply.text);
  throw unexpected(reply, `a bucket named ${bucket}`);
}

/** Pages of uploads in progress that closing a bucket aborts. */
const maxRounds = 100;

/** An engine deletes only an empty bucket. Some count uploads in progress as contents. */
export async function deleteBucket(upstream: Upstream, bucket: string): Promise<boolean> {
  const { client } = upstream;
  const page: ListQuery = { prefix: "", delimiter: "", after: undefined, limit: 1000, turn: async () => {} };
  for (let round = 0; round < maxRounds; round += 1) {
    const reply = await client.sendForHead({ method: "DELETE", bucket });
    if (!("kind" in reply) || reply.meaning === "no-bucket" || reply.status === 404) return true;
    if (reply.meaning !== "not-empty") throw unexpected(reply);
    const kept = await versionsPage(upstream, bucket, { ...page, limit: 1 });
    if (kept.entries.length > 0) return false;
    const { entries } = await uploadsPage(upstream, bucket, page);
    if (entries.length === 0) return false; // something that is not shown, or that was there for a moment
    for (const entry of entries)
      if (entry.kind === "item") await abortUpload(upstream, bucket, entry.item.key, entry.item.uploadId);
  }
  return false;
}

async function setVersioning(upstream: Upstream, bucket: string, versioning: "enabled" | "suspended"): Promise<void> {
  need(upstream.abilities, "versioning");
  const status = versioning === "enabled" ? "Enabled" : "Suspended";
  const body = Buffer.from(renderXml(element("VersioningConfiguration", element("Status", status))));
  const request = { method: "PUT", bucket, query: { versioning: "" }, body, headers: documentHeaders(body) } as const;
  const reply = await upstream.client.sendForHead(request);
  if ("kind" in reply) throw unexpected(reply, "versioning");
}
