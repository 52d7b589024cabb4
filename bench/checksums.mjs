// Checksums by the CPU time they take, against Node's SHA-256: none may be slower, because they run on the event loop.
// MD5 is here for what an ETag costs; its digest is prescribed and Node's is the fastest there is.
import { createChecksum } from "../packages/protocol/dist/index.js";
import { createHash } from "node:crypto";
import { compare, printTable } from "./measure.mjs";

const chunk = Buffer.alloc(64 * 1024, "what a socket delivers at once");
const mib = Number(process.env.BENCH_MIB ?? 512);

function cpuMs(sum) {
  const begun = process.cpuUsage();
  for (let fed = 0; fed < mib * 16; fed += 1) sum.update(chunk);
  sum.digest();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

export async function run() {
  const node = (name) => () => cpuMs(createHash(name));
  const ours = (name) => () => cpuMs(createChecksum(name));
  const medians = await compare({
    "SHA-256 of node:crypto": node("sha256"),
    CRC32: ours("CRC32"),
    CRC32C: ours("CRC32C"),
    CRC64NVME: ours("CRC64NVME"),
    SHA1: ours("SHA1"),
    SHA256: ours("SHA256"),
    "MD5 of node:crypto": node("md5"),
  });
  printTable(`${mib} MiB in chunks of 64 KiB`, "ms of CPU", medians);
}
