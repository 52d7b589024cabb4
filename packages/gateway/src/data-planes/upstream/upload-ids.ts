import type { StorageClass } from "../../ports/object-version.ts";
import type { Upload } from "../../ports/upload.ts";
import { isChecksumAlgorithm } from "@s3-credentials/protocol";
import { ownerOfBucket, storageClassFrom } from "./object-headers.ts";

/** What an engine does not report of an upload, and what the gateway has to know at each part. It is in the id of the upload. */
export type UploadFacts = Pick<Upload, "initiator" | "initiatedAt" | "checksum"> & {
  readonly storageClass: StorageClass;
};

/**
 * `ENGINE~FACTS` and the suffix that was asked for, both parts in base64url: no part has a `.`, with which a suffix begins. Whoever
 * changes the facts changes only what is shown of the upload, and which checksum his own parts have to have.
 */
export function uploadIdOf(engineId: string, facts: UploadFacts | undefined, suffix = ""): string {
  const id = Buffer.from(engineId).toString("base64url");
  const { initiator, initiatedAt, storageClass, checksum } = facts ?? {};
  const all = [initiator, initiatedAt, storageClass, checksum?.algorithm, checksum?.type];
  const known = facts && Buffer.from(JSON.stringify(all));
  return `${id}${known === undefined ? "" : `~${known.toString("base64url")}`}${suffix}`;
}

/** Undefined: no engine gave this id. */
export function parseUploadId(
  uploadId: string,
): { readonly engineId: string; readonly facts: UploadFacts | undefined } | undefined {
  const match = /^([\w-]{1,2000})(?:~([\w-]{1,2000}))?(?:\.[\w-]*)?$/.exec(uploadId);
  const engineId = Buffer.from(match?.[1] ?? "", "base64url").toString();
  if (!/^[\x21-\x7e]+$/.test(engineId)) return undefined;
  return { engineId, facts: match?.[2] === undefined ? undefined : factsFrom(match[2]) };
}

function factsFrom(text: string): UploadFacts | undefined {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (!Array.isArray(read)) return undefined;
    const [initiator, initiatedAt, storageClass, algorithm, type]: unknown[] = read;
    if (typeof initiator !== "string" || !Number.isSafeInteger(initiatedAt)) return undefined;
    const isKnown = typeof algorithm === "string" && isChecksumAlgorithm(algorithm);
    const kind = type === "COMPOSITE" ? ("COMPOSITE" as const) : ("FULL_OBJECT" as const);
    const checksum = isKnown ? { algorithm, type: kind } : undefined;
    return { initiator, initiatedAt: Number(initiatedAt), storageClass: storageClassFrom(storageClass), checksum };
  } catch {
    return undefined;
  }
}

/** Of an upload that was found by a listing of the engine: shown as begun by the owner of the bucket. */
export function factsOfListed(listed: Omit<UploadFacts, "initiator">): UploadFacts {
  return { initiator: `arn:aws:iam::${ownerOfBucket}:root`, ...listed };
}
