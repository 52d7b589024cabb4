import type { DataPlane } from "../../ports/data-plane.ts";
import type { Abilities } from "./abilities.ts";
import type { Versioning } from "../../ports/bucket-registry.ts";
import { Unsupported } from "../../ports/store-error.ts";
import { bucketExists, upstreamBuckets, versioningOf } from "./upstream-buckets.ts";
import { EngineConnections, type UpstreamOptions } from "./engine-connections.ts";
import { UpstreamClient } from "./upstream-client.ts";
import { findPart } from "./find-part.ts";
import { openVersion } from "./open-version.ts";
import { needsPieces, putInPieces } from "./put-in-pieces.ts";
import { upstreamListings } from "./upstream-listings.ts";
import { type UpstreamOf, upstreamReads } from "./upstream-reads.ts";
import { upstreamUploads } from "./upstream-uploads.ts";
import { upstreamWrites } from "./upstream-writes.ts";

interface UpstreamPlaneOptions extends UpstreamOptions {
  /** What the engine can do: see `probeAbilities`. */
  readonly abilities: Abilities;
}

export interface UpstreamPlane extends DataPlane {
  readonly openObject: NonNullable<DataPlane["openObject"]>;
  readonly findPart: NonNullable<DataPlane["findPart"]>;
  /** Whether the engine has a bucket of this name, of whomever. */
  bucketExists(bucket: string): Promise<boolean>;
  /** The bucket's versioning; undefined: the engine has no such bucket. */
  versioningOf(bucket: string): Promise<Versioning | undefined>;
  /** Requests to the engine that are under way. */
  readonly open: number;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/**
 * Objects in another S3 engine. What the port calls the id of a bucket is the bucket's name there. docs/design/upstream.md says how.
 */
export function createUpstreamPlane(options: UpstreamPlaneOptions): UpstreamPlane {
  const { abilities, clock, region } = options;
  const connections = new EngineConnections(options);
  const upstreamOf: UpstreamOf = (grant) => ({ client: new UpstreamClient(connections, grant), abilities });
  const upstream = upstreamOf(undefined);
  const now = (): number => clock.now();
  const [writes, uploads] = [upstreamWrites(upstreamOf, now), upstreamUploads(upstreamOf, now)];
  return {
    ...upstreamReads(upstreamOf),
    openObject: (grant, bucket, key, versionId, range) => openVersion(upstreamOf(grant), bucket, key, versionId, range),
    findPart: (grant, bucket, version, number) => findPart(upstreamOf(grant), bucket, version, number),
    ...writes,
    async put(grant, target, metadata, body, customerKey) {
      if (!needsPieces(body)) return writes.put(grant, target, metadata, body, customerKey);
      if (customerKey !== undefined) throw new Unsupported("large forms encrypted with keys of customers (SSE-C)");
      const release = upstreamOf(grant).client.hold("forms");
      return putInPieces(uploads, grant, target, metadata, body).finally(release);
    },
    ...uploads,
    ...upstreamListings(upstreamOf),
    ...upstreamBuckets(upstreamOf, region),
    bucketExists: (bucket) => bucketExists(upstream, bucket),
    versioningOf: (bucket) => versioningOf(upstream, bucket),
    close: () => connections.close(),
    get open() {
      return connections.open;
    },
  };
}
