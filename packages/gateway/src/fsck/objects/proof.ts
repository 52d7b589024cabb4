import { type ChecksumAlgorithm, compositeChecksum, createChecksum } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";
import { multipartEtag } from "../../domain/objects/complete-upload.ts";
import type { ObjectPart, StoredChecksum } from "../../ports/object-version.ts";

/** What is stored of bytes, to hold them against. */
export interface Stored {
  readonly size: number;
  /** Undefined: it is no digest of the bytes. */
  readonly etag: string | undefined;
  readonly checksum: StoredChecksum | undefined;
  /** Empty: the bytes were not sent in parts. */
  readonly parts: readonly ObjectPart[];
}

interface Digests {
  readonly size: number;
  update(bytes: Buffer): void;
  readonly end: () => { readonly etag: string; readonly checksum: string | undefined };
}

function digestsOf(size: number, algorithm: ChecksumAlgorithm | undefined): Digests {
  const md5 = createHash("md5");
  const checksum = algorithm && createChecksum(algorithm);
  return {
    size,
    update(bytes) {
      md5.update(bytes);
      checksum?.update(bytes);
    },
    end: () => ({ etag: md5.digest("hex"), checksum: checksum?.digest().toString("base64") }),
  };
}

/** What differs between the bytes and what is stored of them; undefined: nothing. */
export async function difference(stored: Stored, bytes: AsyncIterable<Buffer>): Promise<string | undefined> {
  const { size, checksum, parts } = stored;
  const whole = digestsOf(size, checksum?.type === "FULL_OBJECT" ? checksum.algorithm : undefined);
  const each = parts.map((part) => digestsOf(part.size, part.checksum?.algorithm));
  let read = 0;
  let [at, left] = [0, each[0]?.size ?? 0];
  for await (const piece of bytes) {
    read += piece.length;
    whole.update(piece);
    for (let from = 0; from < piece.length && each[at] !== undefined;) {
      const taken = piece.subarray(from, from + left);
      each[at]?.update(taken);
      [from, left] = [from + taken.length, left - taken.length];
      while (left === 0 && at < each.length) left = each[++at]?.size ?? 0;
    }
  }
  if (read !== size) return "the length";
  return differing(
    stored,
    whole.end(),
    each.map((one) => one.end()),
  );
}

function differing(
  { etag, checksum, parts }: Stored,
  whole: ReturnType<Digests["end"]>,
  each: readonly ReturnType<Digests["end"]>[],
): string | undefined {
  const isOfParts = etag?.includes("-") === true;
  if (etag !== undefined && !isOfParts && whole.etag !== etag) return "the ETag";
  if (isOfParts && each.length > 0 && multipartEtag(each) !== etag) return "the ETag";
  if (checksum?.type === "FULL_OBJECT" && whole.checksum !== checksum.value)
    return `the checksum ${checksum.algorithm}`;
  const wrong = parts.findIndex(
    (part, at) => part.checksum !== undefined && each[at]?.checksum !== part.checksum.value,
  );
  if (wrong !== -1) return `the checksum of part ${wrong + 1} of ${parts.length}`;
  if (checksum?.type !== "COMPOSITE" || checksum.algorithm === "CRC64NVME") return undefined;
  const values = each.flatMap(({ checksum: value }) => (value === undefined ? [] : [value]));
  const isKnown = values.length > 0 && values.length === each.length;
  const differs = isKnown && compositeChecksum(checksum.algorithm, values) !== checksum.value;
  return differs ? `the checksum ${checksum.algorithm}` : undefined;
}
