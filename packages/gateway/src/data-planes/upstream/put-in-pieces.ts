import type { VerifiedBody } from "@s3-credentials/protocol";
import type { NamedPart } from "../../domain/objects/complete-upload.ts";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { Grant } from "../../ports/grant.ts";
import type { ObjectMetadata } from "../../ports/object-version.ts";
import type { WriteRefusal, WriteTarget, Written } from "../../ports/object-write.ts";
import { digestedBody } from "../local/write-body.ts";

/** Bytes of a body whose length is known at its end alone that are held in memory: an engine asks for a length before. */
const pieceSize = 8 * 1024 * 1024;

/** The file of a form that is too large to be held until its length is known. */
export function needsPieces({ isAtMost, length }: VerifiedBody): boolean {
  return isAtMost === true && length > pieceSize;
}

type Uploads = Pick<DataPlane, "createUpload" | "putPart" | "completeUpload" | "abortUpload">;

/**
 * Writes a body as an upload of parts. INVARIANT: it is completed only when the body has verified, so that nobody ever reads anything else.
 * Rejects with the body's own error when it does not verify.
 */
export async function putInPieces(
  uploads: Uploads,
  grant: Grant,
  target: WriteTarget,
  metadata: ObjectMetadata,
  body: VerifiedBody,
): Promise<Written | WriteRefusal> {
  const { bucketId, key, owner } = target;
  const { principal } = grant;
  const initiator = "arn" in principal ? principal.arn : "anonymous";
  const begun = await uploads.createUpload(grant, bucketId, { key, initiator, owner, metadata, checksum: undefined });
  if (begun.kind !== "created") return begun;
  const { upload } = begun;
  let isWritten = false;
  try {
    const parts: NamedPart[] = [];
    for await (const piece of piecesOf(body)) {
      const number = parts.length + 1;
      const sent = digestedBody(only(piece), piece.length, "CRC64NVME");
      const put = await uploads.putPart(grant, bucketId, upload, number, sent, undefined);
      if (put.kind !== "part") return put;
      parts.push({ number, etag: put.part.etag });
    }
    const outcome = await uploads.completeUpload(grant, target, upload.uploadId, parts);
    isWritten = outcome.kind === "written";
    return outcome;
  } finally {
    // Where the engine is away, its listing goes on showing the upload, as any other that nobody completed.
    if (!isWritten) await uploads.abortUpload(grant, bucketId, key, upload.uploadId).catch(() => false);
  }
}

/** In memory that is used again for the next piece. The last piece comes when the body has verified. */
async function* piecesOf(body: VerifiedBody): AsyncGenerator<Buffer> {
  const piece = Buffer.allocUnsafeSlow(pieceSize);
  let used = 0;
  for await (const chunk of body) {
    let rest = chunk;
    while (rest.length > 0) {
      if (used === pieceSize) {
        yield piece;
        used = 0;
      }
      const copied = rest.copy(piece, used);
      used += copied;
      rest = rest.subarray(copied);
    }
  }
  yield piece.subarray(0, used);
}

async function* only(piece: Buffer): AsyncGenerator<Buffer> {
  yield piece;
}
