import { type BodyDigests, type ChecksumAlgorithm, checksumLength, headerOf } from "@s3-credentials/protocol";

/** A body around which the frame of a trailer is sent. */
interface Framed {
  readonly headers: Readonly<Record<string, string>>;
  /** In place of the SHA-256 of the body. */
  readonly sha256: string;
  /** Of the body with its frame, bytes. */
  readonly length: number;
  readonly before: Buffer;
  readonly after: (checksum: BodyDigests["checksum"]) => Buffer;
}

/**
 * The body as one chunk, with its checksum after it, for a checksum that is known at the end alone. AWS's SDK for Go sends one chunk too.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 *
 * `size`: of the body, bytes. `encoding`: the `Content-Encoding` that the object keeps; the engine takes `aws-chunked` away from it.
 */
export function withTrailer(algorithm: ChecksumAlgorithm, size: number, encoding: string | undefined): Framed {
  const name = headerOf(algorithm);
  const before = Buffer.from(`${size.toString(16)}\r\n`);
  const after = (value: string): Buffer => Buffer.from(`\r\n0\r\n${name}:${value}\r\n\r\n`);
  const placeholder = Buffer.alloc(checksumLength[algorithm]).toString("base64");
  return {
    headers: {
      "content-encoding": encoding === undefined ? "aws-chunked" : `aws-chunked,${encoding}`,
      "x-amz-decoded-content-length": String(size),
      "x-amz-trailer": name,
    },
    sha256: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    length: before.length + size + after(placeholder).length,
    before,
    after: ({ value }) => after(value),
  };
}
