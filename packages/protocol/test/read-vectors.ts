import { readFileSync } from "node:fs";
import type { WireRequest } from "../src/sigv4/request-auth.ts";

export interface Vector {
  readonly name: string;
  /** As published: a path or query may hold characters that a server sees as UTF-8 bytes. */
  readonly request: WireRequest & { readonly body: string };
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}

export interface HeaderVector extends Vector {
  /** S3's signs the path as it is, the general suite has both. */
  readonly normalizePath?: boolean;
  /** What stands for the payload where it is not the digest of the body. */
  readonly payloadHash?: string;
  readonly authorization: string;
}

export interface PresignedVector extends Vector {
  readonly expiresSeconds: number;
  readonly signedQuery: string;
  readonly signature: string;
}

export interface ChunkedVector extends HeaderVector {
  readonly seedSignature: string;
  readonly chunks: readonly { readonly size: number; readonly signature: string }[];
  readonly trailer: readonly (readonly [name: string, value: string])[];
  readonly trailerSignature?: string;
}

export interface VectorFile<Header extends HeaderVector = HeaderVector> {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
  readonly amzDate: string;
  readonly vectors: readonly Header[];
  readonly presigned: readonly PresignedVector[];
}

/** Published test vectors, from `vectors/`. */
export function readVectors<Header extends HeaderVector = HeaderVector>(name: string): VectorFile<Header> {
  const text = readFileSync(new URL(`vectors/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text) as VectorFile<Header>;
}

/** As a server sees it: bytes, one character each. */
export function onTheWire({ method, path, query, headers }: WireRequest): WireRequest {
  const bytes = (text: string): string => Buffer.from(text).toString("latin1");
  return { method, path: bytes(path), query: bytes(query), headers };
}

export function withHeader(request: WireRequest, name: string, value: string): WireRequest {
  return { ...request, headers: [...request.headers, [name, value]] };
}
