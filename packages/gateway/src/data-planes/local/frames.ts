import { createCipheriv, createDecipheriv } from "node:crypto";
import { StoreError } from "../../ports/store-error.ts";

/**
 * An encrypted body: frames of 64 KiB of plain bytes, each encrypted with AES-256-GCM and followed by its tag; the last one is shorter.
 * The key belongs to this body alone, so the number of the frame is the nonce. The number and whether the frame is the last are
 * authenticated, so that a body that was cut short, or whose frames were exchanged, does not open. A range needs only the frames that
 * it touches.
 */
export const frameSize = 64 * 1024;
const tagSize = 16;
export const sealedFrameSize = frameSize + tagSize;

/** On the disk, of a body of so many plain bytes. */
export function sealedSize(size: number): number {
  return size + tagSize * framesOf(size);
}

function framesOf(size: number): number {
  return Math.ceil(size / frameSize);
}

function nonceOf(frame: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(frame, 6, 6);
  return nonce;
}

function boundTo(frame: number, isLast: boolean): Buffer {
  const bound = Buffer.alloc(7);
  bound.writeUIntBE(frame, 0, 6);
  bound.writeUInt8(isLast ? 1 : 0, 6);
  return bound;
}

/** Encrypts a body while it comes in, with one frame in memory. */
export class FrameSealer {
  readonly #key: Buffer;
  #frame = 0;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** Sealed bytes that can go to the disk. A full frame waits for more bytes, because it may be the last. */
  add(chunk: Buffer): readonly Buffer[] {
    const sealed: Buffer[] = [];
    for (let at = 0; at < chunk.length;) {
      if (this.#length === frameSize) sealed.push(...this.#seal(false));
      const piece = chunk.subarray(at, at + frameSize - this.#length);
      this.#pieces.push(piece);
      this.#length += piece.length;
      at += piece.length;
    }
    return sealed;
  }

  /** The last frame. An empty body has none. */
  end(): readonly Buffer[] {
    return this.#length === 0 ? [] : this.#seal(true);
  }

  #seal(isLast: boolean): readonly Buffer[] {
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonceOf(this.#frame));
    cipher.setAAD(boundTo(this.#frame, isLast));
    const sealed = this.#pieces.map((piece) => cipher.update(piece));
    cipher.final();
    this.#frame += 1;
    this.#pieces = [];
    this.#length = 0;
    return [...sealed, cipher.getAuthTag()];
  }
}

export function sealFrames(key: Buffer, bytes: Buffer): Buffer {
  const sealer = new FrameSealer(key);
  return Buffer.concat([...sealer.add(bytes), ...sealer.end()]);
}

/** The frames from number `first` on, of a body of `size` plain bytes. Throws when one of them is not what was sealed. */
export function openFrames(key: Buffer, size: number, first: number, sealed: Buffer): Buffer {
  const opened = [...openEach(key, size, first, sealed)];
  return opened.length === 1 && opened[0] ? opened[0] : Buffer.concat(opened);
}

/** The same; the plain bytes take the place of the sealed ones. Gives their number. */
export function openInPlace(key: Buffer, size: number, first: number, sealed: Buffer): number {
  let at = 0;
  // A frame is shorter when it is plain, so it never reaches the next one.
  for (const plain of openEach(key, size, first, sealed)) at += plain.copy(sealed, at);
  return at;
}

function* openEach(key: Buffer, size: number, first: number, sealed: Buffer): Generator<Buffer> {
  const last = framesOf(size) - 1;
  for (let frame = first, at = 0; at < sealed.length; frame += 1, at += sealedFrameSize)
    yield openFrame(key, frame, frame === last, sealed.subarray(at, at + sealedFrameSize));
}

function openFrame(key: Buffer, frame: number, isLast: boolean, sealed: Buffer): Buffer {
  if (sealed.length <= tagSize) throw unverified();
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(frame), { authTagLength: tagSize });
  decipher.setAAD(boundTo(frame, isLast));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagSize));
  const plain = decipher.update(sealed.subarray(0, sealed.length - tagSize));
  try {
    decipher.final();
  } catch (cause) {
    throw unverified(cause);
  }
  return plain;
}

function unverified(cause?: unknown): StoreError {
  return new StoreError("corrupt", "a frame of an encrypted blob is not what was written", { cause });
}
