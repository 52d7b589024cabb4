import type { CommonErrorCode, ErrorCode } from "../errors/error-table.ts";

/**
 * Shapes of signatures as a server sees them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */

/** A request as sent: nothing decoded, nothing normalised. */
export interface WireRequest {
  /** `GET`. */
  readonly method: string;
  /** Raw path of the request target, before `?`, as sent. */
  readonly path: string;
  /** Raw query of the request target, after `?`, as sent; empty when there is none. */
  readonly query: string;
  /** In the order sent, names in any case, repeated headers repeated. Each character of a value is one byte (ISO 8859-1). */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface CredentialScope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** What the sender promised about the body. */
export type PayloadMode =
  /** `x-amz-content-sha256` holds the digest (lower-case hex). */
  | { readonly kind: "signed"; readonly sha256: string }
  /** No such header (IAM, STS): the digest of the body itself is signed. */
  | { readonly kind: "body" }
  | { readonly kind: "unsigned" }
  /** `STREAMING-…`: aws-chunked framing, each chunk signed or not, with a trailer or not. */
  | { readonly kind: "streaming"; readonly signed: boolean; readonly trailer: boolean };

export interface RequestAuth {
  /** `post`: the policy of a form is signed, and no header. */
  readonly form: "header" | "presigned" | "post";
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Lower case, sorted, as listed. */
  readonly signedHeaders: readonly string[];
  /** Lower-case hex. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` as sent, and the same in ms since the epoch. */
  readonly amzDate: string;
  readonly time: number;
  /** Presigned only: 1 to 604800. */
  readonly expiresSeconds?: number | undefined;
  readonly sessionToken?: string | undefined;
  readonly payload: PayloadMode;
}

/** Signature Version 2 in the query of a URL. It names no region, no service and no time of signing, and leaves the body unsigned. */
export interface RequestAuthV2 {
  readonly form: "presigned-v2";
  readonly accessKeyId: string;
  /** As sent. */
  readonly signature: string;
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly sessionToken?: string;
  /** Never streaming. */
  readonly payload: PayloadMode;
}

/** A refusal that the client receives. The codes are the same for every service, because one parser serves all. */
export interface AuthRefusal<Code extends ErrorCode = CommonErrorCode> {
  readonly kind: "refused";
  readonly code: Code;
  readonly message: string;
  /** Elements of the answer beside code and message, by name. */
  readonly details?: Readonly<Record<string, string>>;
}

/** Neither header nor query credentials: anonymous. Both: refused (400). */
export type AuthOutcome =
  | { readonly kind: "anonymous" }
  | { readonly kind: "signed"; readonly auth: RequestAuth }
  | {
      readonly kind: "signed-v2";
      readonly auth: RequestAuthV2;
      /** Those sent, and after them the `x-amz-` parameters of the query, which are headers of the same names. */
      readonly headers: WireRequest["headers"];
    }
  | AuthRefusal;

/** What chunk signatures continue from. */
export interface ChunkSigning {
  readonly signingKey: Buffer;
  readonly seedSignature: string;
  readonly scope: CredentialScope;
  readonly amzDate: string;
}

export type ChecksumAlgorithm =
  | "CRC32"
  | "CRC32C"
  | "CRC64NVME"
  | "MD5"
  | "SHA1"
  | "SHA256"
  | "SHA512"
  | "XXHASH3"
  | "XXHASH64"
  | "XXHASH128";

/** What must hold of a body before it may be committed. */
export interface BodyPlan {
  readonly payload: PayloadMode;
  /** Length of the payload after framing is removed, bytes (`x-amz-decoded-content-length` or `content-length`). */
  readonly length: number;
  /** The payload may be shorter: where the file of a form ends is found while it is read. */
  readonly atMost?: true;
  /** `Content-MD5`, base64. */
  readonly contentMd5?: string;
  /** A checksum sent as a header (`value`, base64) or announced in `x-amz-trailer` (no value yet). */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: string };
  /** Required when the payload is streaming and signed. */
  readonly chunkSigning?: ChunkSigning;
}

export interface BodyDigests {
  readonly size: number;
  /** 16 bytes. */
  readonly md5: Buffer;
  /** The declared checksum, or CRC64NVME when none was declared; base64. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

/** The bytes of a body as they come off the wire, either way once. */
export interface BodySource {
  readonly bytes: () => AsyncIterable<Buffer>;
  /** All bytes at once, which costs less. Absent or undefined: read them with `bytes`, because they may be many. */
  readonly whole?: () => Promise<Buffer> | undefined;
}

/** Payload bytes, verified as they pass. Iteration throws `BodyFault` and never ends normally when anything does not hold. */
export interface VerifiedBody extends AsyncIterable<Buffer> {
  /** Of the file of a form: at most. */
  readonly length: number;
  /** The body may be shorter than `length`. */
  readonly isAtMost?: true | undefined;
  /** What was known of the payload before it came. All of it is verified. */
  readonly promised?: {
    /** Lower-case hex. */
    readonly sha256?: string | undefined;
    readonly checksum?: BodyDigests["checksum"] | undefined;
    /** The algorithm of a checksum that comes after the payload. */
    readonly trailer?: ChecksumAlgorithm | undefined;
  };
  /** In place of iterating: all bytes, once they have been verified. For bodies that are short, or that are needed whole. */
  whole(): Promise<Buffer>;
  /** Only after iteration ended normally, or `whole` resolved; throws otherwise. */
  digests(): BodyDigests;
}
