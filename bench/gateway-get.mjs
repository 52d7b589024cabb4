// What a GET costs the gateway: CPU time a request, beside a bare server that moves the same bytes and checks nothing.
import { randomBytes } from "node:crypto";
import { anonymousHead, bucket, call, nobody, presignedHead, publicBucket, signedHead } from "./load/account.mjs";
import { measureRequests } from "./load/requests.mjs";
import { readOptions } from "./load/servers.mjs";

const [KiB, MiB] = [1024, 1024 ** 2];
const objectsOf = (size) => Math.max(16, Math.min(1000, Math.floor((64 * MiB) / size)));
const pathsOf = (place, size) => Array.from({ length: objectsOf(size) }, (_, index) => `/${place}/g/${size}/${index}`);

async function fill({ port, admin }, place, size, headers = []) {
  const body = randomBytes(size);
  const left = pathsOf(place, size);
  const loop = async () => {
    for (let path = left.pop(); path !== undefined; path = left.pop())
      await call(port, admin, { method: "PUT", path, headers, body });
  };
  await Promise.all(Array.from({ length: 4 }, loop));
}

/** It gets the same requests as the gateway, and reads their heads as any server of `node:http` does. */
function bare(kind, from = 0) {
  const next = ({ port }, size) => {
    const head = signedHead(port, nobody, { method: "GET", path: `/${kind}/${size}` });
    return () => [head];
  };
  return { from, next, length: (size) => size };
}

/** Signed before the clock runs, one request an object. */
function ahead(place, headOf, more = {}) {
  return {
    reference: "bare",
    prepare: (server, size) => fill(server, place, size),
    next(server, size) {
      const heads = pathsOf(place, size).map((path) => headOf(server, path));
      return (number) => [heads[number % heads.length]];
    },
    length: (size) => size,
    ...more,
  };
}

const byUser = ({ port, user }, path) => signedHead(port, user, { method: "GET", path });
const encrypted = "g/encrypted";
const rivals = {
  bare: bare("memory"),
  "bare-file": bare("file", 64 * KiB),
  "bare-decrypting": bare("sealed", 64 * KiB),
  user: ahead(bucket, byUser),
  session: ahead(bucket, ({ port, session }, path) => signedHead(port, session, { method: "GET", path })),
  presigned: ahead(bucket, ({ port, user }, path) => presignedHead(port, user, path)),
  anonymous: ahead(publicBucket, ({ port }, path) => anonymousHead(port, path)),
  encrypted: ahead(`${bucket}/${encrypted}`, byUser, {
    reference: "bare-decrypting",
    from: 64 * KiB,
    prepare: (server, size) =>
      fill(server, `${bucket}/${encrypted}`, size, [["x-amz-server-side-encryption", "AES256"]]),
  }),
};

export async function run(args) {
  await measureRequests("GET", rivals, [KiB, 64 * KiB, 8 * MiB], readOptions(args));
}
