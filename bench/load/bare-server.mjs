// The limit: a server of `node:http` that moves the same bytes and checks nothing. Run with the folder of its file as argument.
//   GET /memory/BYTES   from memory
//   GET /file/BYTES     read from a file
//   GET /sealed/BYTES   decrypted from memory, AES-256-GCM in frames of 64 KiB
//   PUT                 MD5 and SHA-256 of the body; the body is dropped
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

const [folder] = process.argv.slice(2);
const frameBytes = 64 * 1024;
const key = randomBytes(32);
const made = new Map();

function once(name, make) {
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}

function seal(plain) {
  return Array.from({ length: Math.ceil(plain.length / frameBytes) }, (_, index) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const text = cipher.update(plain.subarray(index * frameBytes, (index + 1) * frameBytes));
    cipher.final();
    return { nonce, text, tag: cipher.getAuthTag() };
  });
}

function* unseal(frames) {
  for (const { nonce, text, tag } of frames) {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce);
    decipher.setAuthTag(tag);
    const plain = decipher.update(text);
    decipher.final();
    yield plain;
  }
}

const bytesOf = (size) => once(`memory ${size}`, () => randomBytes(size));
const get = {
  memory: (size, response) => response.end(bytesOf(size)),
  file: (size, response) => {
    const file = once(`file ${size}`, () => {
      const path = join(folder, `${size}`);
      writeFileSync(path, bytesOf(size));
      return path;
    });
    return pipeline(createReadStream(file, { highWaterMark: 1024 ** 2 }), response);
  },
  sealed: (size, response) => pipeline(unseal(once(`sealed ${size}`, () => seal(bytesOf(size)))), response),
};

function put(request, response) {
  const [md5, sha256] = [createHash("md5"), createHash("sha256")];
  request.on("data", (bytes) => {
    md5.update(bytes);
    sha256.update(bytes);
  });
  request.on("end", () => {
    sha256.digest();
    response.writeHead(200, { etag: `"${md5.digest("hex")}"`, "content-length": 0 });
    response.end();
  });
}

const server = createServer((request, response) => {
  if (request.method === "PUT") {
    put(request, response);
    return;
  }
  const [, kind, size] = request.url.split("/");
  response.writeHead(200, { "content-length": size, "content-type": "application/octet-stream", etag: '"x"' });
  // The client closes when it has every byte, perhaps before the stream has ended.
  Promise.resolve(get[kind](Number(size), response)).catch(() => {});
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
process.on("disconnect", () => process.exit());
