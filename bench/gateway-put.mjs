// What a PUT costs the gateway: CPU time a request, beside a bare server that computes the same digests and drops the bytes.
import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { bucket, call, nobody, signedHead } from "./load/account.mjs";
import { measureRequests } from "./load/requests.mjs";
import { readOptions } from "./load/servers.mjs";

const [KiB, MiB] = [1024, 1024 ** 2];
const chunkBytes = 64 * KiB;
const made = new Map();
/** Paths that a server was sent in a turn. */
const written = new Map();
let names = 0;

function bodyOf(size) {
  if (!made.has(size)) {
    const bytes = randomBytes(size);
    made.set(size, { bytes, sha256: createHash("sha256").update(bytes).digest("hex"), chunked: awsChunked(bytes) });
  }
  return made.get(size);
}

/** As SDKs send a body by default. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
function awsChunked(bytes) {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) => {
    const chunk = bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    return [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")];
  });
  return Buffer.concat([...chunks.flat(), Buffer.from(`0\r\nx-amz-checksum-crc32:${sum.toString("base64")}\r\n\r\n`)]);
}

/** Each object is new. Where that would fill the disk, they are deleted after each turn, beside the clock. */
function signedLive(requestOf) {
  return {
    reference: "bare",
    next(server, size) {
      const paths = [];
      written.set(server.port, paths);
      const { keysOf, headers, hash, body } = requestOf(bodyOf(size), size);
      const sent = [["content-length", body.length]];
      return () => {
        names += 1;
        const path = `/${bucket}/g/put/${names}`;
        paths.push(path);
        return [signedHead(server.port, keysOf(server), { method: "PUT", path, headers, hash, sent }), body];
      };
    },
    length: () => 0,
    async after({ port, admin }, size) {
      if (size < 64 * KiB) return;
      for (const path of written.get(port)) await call(port, admin, { method: "DELETE", path });
    },
  };
}

const plain = (keysOf) => signedLive(({ bytes, sha256 }) => ({ keysOf, headers: [], hash: sha256, body: bytes }));
const rivals = {
  // It gets the same requests as the gateway, and reads their heads as any server of `node:http` does.
  bare: {
    ...plain(() => nobody),
    reference: undefined,
    after: undefined,
  },
  user: plain(({ user }) => user),
  session: plain(({ session }) => session),
  chunked: signedLive(({ chunked }, size) => ({
    keysOf: ({ user }) => user,
    headers: [
      ["content-encoding", "aws-chunked"],
      ["x-amz-decoded-content-length", `${size}`],
      ["x-amz-trailer", "x-amz-checksum-crc32"],
    ],
    hash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    body: chunked,
  })),
};

export async function run(args) {
  await measureRequests("PUT", rivals, [KiB, 64 * KiB, 8 * MiB], readOptions(args));
}
