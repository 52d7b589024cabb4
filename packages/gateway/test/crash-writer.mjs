// A process that writes through the local plane and reports what was acknowledged, until it is killed.
// Runs the build: TEST_SEED=SEED node crash-writer.mjs DATA_FOLDER ROUND
import { createHash, randomBytes } from "node:crypto";
import { randomIds } from "../dist/server/random-ids.js";
import { systemClock } from "../dist/server/system-clock.js";
import { openLocalPlane } from "../dist/data-planes/local/local-plane.js";
import { seededRandom } from "./seeded-random.mjs";

const [dataDir, round] = process.argv.slice(2);
const grant = { operation: "PutObject" };
const metadata = { headers: { "content-type": "text/plain" }, user: { round }, storageClass: "STANDARD_IA" };
const sizes = [0, 10, 5_000, 20_000, 300_000, 2_000_000];
const plane = await openLocalPlane({ dataDir, clock: systemClock, ids: randomIds, garbageDelay: 20 });

const say = (...words) => process.stdout.write(`${words.join(" ")}\n`);
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");

function body(bytes) {
  return {
    length: bytes.length,
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
    },
    whole: async () => bytes,
    digests: () => ({
      size: bytes.length,
      md5: createHash("md5").update(bytes).digest(),
      checksum: { algorithm: "SHA256", value: createHash("sha256").update(bytes).digest("base64") },
    }),
  };
}

const target = (key, versioning = "off") => ({ bucketId: "b", key, versioning, owner: "1", condition: {} });

async function put(key, random) {
  const bytes = randomBytes(sizes[random(sizes.length)]);
  say("try", key, md5(bytes));
  await plane.put(grant, target(key), metadata, body(bytes));
  say("ack", key, md5(bytes));
}

async function add(key, random) {
  const bytes = randomBytes(sizes[random(sizes.length)]);
  const { version } = await plane.put(grant, target(key, "enabled"), metadata, body(bytes));
  say("version", key, version.versionId, md5(bytes));
}

async function remove(key) {
  say("try", key, "-");
  await plane.delete(grant, { ...target(key), versionId: undefined });
  say("ack", key, "-");
}

async function copy(from, to) {
  const version = await plane.find(grant, "b", from, undefined);
  if (version?.kind !== "object") return;
  say("try", to, version.etag);
  await plane.copy(grant, { bucketId: "b", version }, target(to), metadata);
  say("ack", to, version.etag);
}

async function multipart(key) {
  const asked = { key, initiator: "a", owner: "1", metadata, checksum: undefined };
  const { upload } = await plane.createUpload(grant, "b", asked);
  const parts = [];
  const hash = createHash("md5");
  for (const [index, size] of [5 * 1024 * 1024, 100_000].entries()) {
    const bytes = randomBytes(size);
    hash.update(Buffer.from(md5(bytes), "hex"));
    const { part } = await plane.putPart(grant, "b", upload, index + 1, body(bytes));
    parts.push({ number: part.number, etag: part.etag });
  }
  const etag = `${hash.digest("hex")}-2`;
  say("try", key, etag);
  await plane.completeUpload(grant, target(key), upload.uploadId, parts);
  say("ack", key, etag);
}

async function worker(number) {
  const random = seededRandom("crash-writer", round, number);
  for (;;) {
    const key = `w${number}-${1 + random(4)}`;
    const what = random(100);
    if (what < 50) await put(key, random);
    else if (what < 70) await add(`v${number}`, random);
    else if (what < 80) await remove(key);
    else if (what < 95) await copy(`w${number}-1`, key);
    else await multipart(key);
  }
}

say("ready");
const sweeper = async () => {
  for (;;) await plane.sweep();
};
await Promise.all([sweeper(), ...[1, 2, 3, 4, 5, 6].map(worker)]);
