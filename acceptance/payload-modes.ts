import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Keys } from "./gateway.ts";
import { chunkedBody, type RawRequest, sha256 } from "./raw.ts";

/** What the modes send. */
export const data = Buffer.from("what was sent, byte by byte");
export const crc = (body: Buffer): string => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString("base64");
};
export const length = { "x-amz-decoded-content-length": String(data.length) };
export const trailer = { ...length, "x-amz-trailer": "x-amz-checksum-crc32" };

/** Every payload mode as it goes over the wire: sound, and with one thing wrong. */
export const modes: Readonly<Record<string, (path: string, keys: Keys | undefined, body?: Buffer) => RawRequest>> = {
  signed: (path, keys, body = data) => ({ path, keys, body, payload: sha256(data) }),
  "UNSIGNED-PAYLOAD": (path, keys, body = data) => ({
    path,
    keys,
    body,
    payload: "UNSIGNED-PAYLOAD",
    headers: { "content-md5": createHash("md5").update(data).digest("base64") },
  }),
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": (path, keys, body) => ({
    path,
    keys,
    payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    headers: { ...length, "content-encoding": "aws-chunked" },
    chunked: (signer) => swap(chunkedBody(data, { signer }), body),
  }),
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": (path, keys, body) => ({
    path,
    keys,
    payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    headers: { ...trailer, "content-encoding": "aws-chunked" },
    chunked: (signer) =>
      swap(chunkedBody(data, { signer, trailer: [`x-amz-checksum-crc32:${crc(data)}`], signTrailer: true }), body),
  }),
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER": (path, keys, body) => ({
    path,
    keys,
    payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    headers: { ...trailer, "content-encoding": "aws-chunked" },
    chunked: () => swap(chunkedBody(data, { trailer: [`x-amz-checksum-crc32:${crc(data)}`] }), body),
  }),
};

/** The framed body with the payload replaced, byte for byte. */
function swap(framed: Buffer, body: Buffer | undefined): Buffer {
  if (body === undefined) return framed;
  const at = framed.indexOf(data);
  return Buffer.concat([framed.subarray(0, at), body, framed.subarray(at + data.length)]);
}
