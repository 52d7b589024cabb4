import { type BodyDigests, type ChecksumAlgorithm, createChecksum, type VerifiedBody } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";
import { isDiskFullError, StoreError } from "../../ports/store-error.ts";
import type { BlobFiles, NewFile } from "./blob-files.ts";
import type { DataKey } from "./data-keys.ts";
import { FrameSealer, sealedSize, sealFrames } from "./frames.ts";
import type { NewBody } from "./manifests.ts";
import { type Admission, type SpaceGuard, diskFull } from "./space-guard.ts";

/** Bodies up to this go into the index: no file, no second fsync. The index never gives space back, so longer ones stay out of it. */
const inlineLimit = 16 * 1024;

/** Bodies up to this are read at once, which costs less than piece by piece. */
const wholeLimit = 128 * 1024;

/** What is gathered before it is written. */
const writeSize = 1024 * 1024;

export interface WrittenBody {
  readonly body: NewBody;
  readonly digests: BodyDigests;
  /** For a body that was refused for certain. */
  discard(): Promise<void>;
}

/**
 * Takes a body to the disk. Ends normally only after the body verified and its bytes are durable; a fault of the body
 * is thrown as it is, and nothing is left.
 */
export async function writeBody(
  files: BlobFiles,
  guard: SpaceGuard,
  body: VerifiedBody,
  dataKey?: DataKey,
): Promise<WrittenBody> {
  const admission = await guard.admit(dataKey === undefined ? body.length : sealedSize(body.length));
  try {
    return body.length <= inlineLimit
      ? await inline(admission, body, dataKey)
      : await intoFile(files, admission, body, dataKey);
  } finally {
    admission.end();
  }
}

async function inline(admission: Admission, body: VerifiedBody, dataKey: DataKey | undefined): Promise<WrittenBody> {
  const plain = await wholeOf(body);
  const size = plain.length;
  const bytes = dataKey === undefined ? plain : sealFrames(dataKey.key, plain);
  await admission.wrote(bytes.length); // the index will write them
  return {
    body: size === 0 ? { kind: "empty" } : { kind: "inline", bytes, size, ...wrapped(dataKey) },
    digests: body.digests(),
    discard: () => Promise.resolve(),
  };
}

async function wholeOf(body: VerifiedBody): Promise<Buffer> {
  const bytes = await body.whole();
  if (bytes.length > body.length) throw tooLong();
  checkSize(body.digests(), bytes.length);
  return bytes;
}

function wrapped(dataKey: DataKey | undefined): Pick<Extract<NewBody, { kind: "file" }>, "dataKey"> {
  return dataKey === undefined ? {} : { dataKey: dataKey.wrapped };
}

async function intoFile(
  files: BlobFiles,
  admission: Admission,
  body: VerifiedBody,
  dataKey: DataKey | undefined,
): Promise<WrittenBody> {
  const whole = body.length <= wholeLimit ? await wholeOf(body) : undefined;
  const file = await stored(files.create());
  try {
    const size = await pour(whole === undefined ? body : [whole], body.length, file, admission, dataKey);
    const digests = body.digests();
    checkSize(digests, size);
    if (size === 0) {
      // The file of a form, of which only the most that it could have was known.
      await stored(file.discard());
      return { body: { kind: "empty" }, digests, discard: () => Promise.resolve() };
    }
    await stored(file.keep());
    const kept = { kind: "file", file: file.name, size, ...wrapped(dataKey) } as const;
    return { body: kept, digests, discard: () => stored(file.discard()) };
  } catch (error) {
    await file.discard().catch(() => {}); // else the sweep of the next start finds it; the first error is the one to report
    throw error;
  }
}

/** Writes while the next chunks come in, at most two write sizes in memory. */
async function pour(
  body: AsyncIterable<Buffer> | Iterable<Buffer>,
  length: number,
  file: NewFile,
  admission: Admission,
  dataKey: DataKey | undefined,
): Promise<number> {
  const sealer = dataKey && new FrameSealer(dataKey.key);
  let size = 0;
  let gathered: Buffer[] = [];
  let pending = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const chunk of body) {
      for (const piece of sealer?.add(chunk) ?? [chunk]) {
        gathered.push(piece);
        pending += piece.length;
      }
      size += chunk.length;
      if (size > length) throw tooLong();
      if (pending < writeSize) continue;
      await writing;
      writing = write(file, gathered, pending, admission);
      writing.catch(() => {}); // the next await of it reports it
      gathered = [];
      pending = 0;
    }
    for (const piece of sealer?.end() ?? []) {
      gathered.push(piece);
      pending += piece.length;
    }
    await writing;
    await write(file, gathered, pending, admission);
    return size;
  } finally {
    await writing.catch(() => {}); // the file is not closed under a write
  }
}

async function write(file: NewFile, chunks: readonly Buffer[], size: number, admission: Admission): Promise<void> {
  await stored(file.write(chunks));
  await admission.wrote(size);
}

function checkSize(digests: BodyDigests, size: number): void {
  if (digests.size !== size) throw new StoreError("corrupt", "a body's digests are of another size");
}

function tooLong(): StoreError {
  return new StoreError("corrupt", "a body longer than it said");
}

async function stored<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (isDiskFullError(cause)) throw diskFull(cause);
    throw new StoreError("unavailable", "a blob file cannot be written", { cause });
  }
}

/** Makes a body of bytes that the gateway has itself. There is nothing to verify, but a copied part has digests of its own. */
export function digestedBody(
  chunks: AsyncIterable<Buffer>,
  length: number,
  algorithm: ChecksumAlgorithm,
): VerifiedBody {
  let digests: BodyDigests | undefined;
  async function* digested(): AsyncGenerator<Buffer> {
    const md5 = createHash("md5");
    const checksum = createChecksum(algorithm);
    let size = 0;
    for await (const chunk of chunks) {
      md5.update(chunk);
      checksum.update(chunk);
      size += chunk.length;
      yield chunk;
    }
    const value = checksum.digest().toString("base64");
    digests = { size, md5: md5.digest(), checksum: { algorithm, value } };
  }
  return {
    length,
    [Symbol.asyncIterator]: digested,
    async whole() {
      const pieces: Buffer[] = [];
      for await (const piece of digested()) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    digests: () => {
      if (digests === undefined) throw new Error("digests before the end of the body");
      return digests;
    },
  };
}
