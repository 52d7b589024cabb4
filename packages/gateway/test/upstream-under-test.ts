import type { Versioning } from "../src/ports/bucket-registry.ts";
import type { Abilities } from "../src/data-planes/upstream/abilities.ts";
import type { DataPlane } from "../src/ports/data-plane.ts";
import type { Lacks } from "./contract/plane-under-test.ts";
import { testGrant } from "./test-grant.ts";

/**
 * The contract says at each write what versioning the bucket has. An upstream has a state of its own, so here the state changes when a
 * write has another one. Off cannot come back after enabled: then it is suspended, which writes alike.
 */
export function followVersioning(plane: DataPlane): DataPlane {
  const states = new Map<string, Versioning>();
  const grant = testGrant();
  const follow = async ({ bucketId, versioning }: { bucketId: string; versioning: Versioning }): Promise<void> => {
    const now = states.get(bucketId) ?? "off";
    const wanted = versioning === "off" && now !== "off" ? "suspended" : versioning;
    if (wanted === now || wanted === "off") return;
    states.set(bucketId, wanted);
    await plane.setVersioning(grant, bucketId, wanted).catch((error: unknown) => {
      if (!(error instanceof Error && /NoSuchBucket/.test(error.message))) throw error;
    });
  };
  return {
    ...plane,
    async put(given, target, metadata, body, key) {
      await follow(target);
      return plane.put(given, target, metadata, body, key);
    },
    async copy(given, source, target, metadata, key) {
      await follow(target);
      return plane.copy(given, source, target, metadata, key);
    },
    async delete(given, target) {
      await follow(target);
      return plane.delete(given, target);
    },
    async completeUpload(given, target, uploadId, parts) {
      await follow(target);
      return plane.completeUpload(given, target, uploadId, parts);
    },
  };
}

/** What the protocol between the gateway and an engine cannot carry, whatever the engine. */
export const upstreamLacks = {
  nul: "requests to S3 cannot name such a key; the gateway refuses it before a data plane hears of it",
  owners: "the engine knows its own accounts; objects in upstream buckets belong to the owner of the bucket",
  "upload metadata": "engines show it only when the upload is completed",
  parts: "HeadObject does not list the parts of an object",
  "same bytes":
    "the ETag of the same bytes is the same, and without versioning there is nothing else that an engine pins",
  "seen tags": "PutObjectTagging has no condition, so it could change the tags of another object",
  acls: "ACLs end at the gateway",
  locks: "whether an engine keeps locks cannot be tried without leaving what nobody can remove",
  "other keys": "keys of the gateway do not leave it",
} as const satisfies Lacks;

/** What is found out of an engine by trying, in the words of the contract. */
export function lacksOf(abilities: Abilities): Lacks {
  const names = {
    checksums: "checksums",
    conditionalComplete: "conditional completes",
    conditionalCopy: "conditional copies",
    conditionalDelete: "conditional deletes",
    conditionalVersions: "conditions with versioning",
    encryption: "encryption",
    tagsUploads: "tags of uploads",
  } as const;
  const found = Object.entries(names).filter(([ability]) => !abilities[ability as keyof typeof names]);
  return { ...upstreamLacks, ...Object.fromEntries(found.map(([, name]) => [name, "the engine cannot do it"])) };
}
