// The same objects up and down with this command, the AWS CLI and rclone, on one gateway.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { command, startGateway } from "./gateway.mjs";
import { compare, printTable, timeProgram } from "./measure.mjs";

const small = Number(process.env.BENCH_OBJECTS ?? 2000);
const large = Number(process.env.BENCH_MIB ?? 1024);

export async function run() {
  const gateway = await startGateway();
  const { home, endpoint, env } = gateway;
  const folder = join(home, "small");
  mkdirSync(folder);
  for (let n = 0; n < small; n += 1) writeFileSync(join(folder, `object-${n}`), randomBytes(1024));
  const file = join(home, "large.bin");
  const block = randomBytes(2 ** 20);
  for (let n = 0; n < large; n += 1) writeFileSync(file, block, { flag: "a" });
  const peak = {};
  const timed = (name, program, args) => {
    const { ms, mib } = timeProgram(program, args, { env });
    peak[name] = Math.max(peak[name] ?? 0, mib);
    return ms;
  };
  const ours = (...args) => timed("s3-credentials", process.execPath, [command, ...args, "--endpoint-url", endpoint]);
  const aws = (...args) =>
    timed("aws", "/usr/bin/aws", ["--endpoint-url", endpoint, "s3", ...args, "--only-show-errors"]);
  const remote = `:s3,provider=Other,env_auth=true,endpoint="${endpoint}",force_path_style=true:`;
  const rclone = (verb, from, to) =>
    timed("rclone", "/usr/bin/rclone", [
      verb,
      from,
      to,
      "--config",
      "/dev/null",
      "--transfers",
      "16",
      "--ignore-times",
    ]);
  ours("create", "bench", "-c", "--silent", "--role", "self", "-d", "15m");
  const down = join(home, "down");
  const fresh = () => {
    rmSync(down, { recursive: true, force: true });
    mkdirSync(down);
  };
  const intoFresh = (run) => () => {
    fresh();
    return run();
  };
  printTable(
    `${small} objects of 1 KiB up`,
    "ms",
    await compare({
      aws: () => aws("cp", folder, "s3://bench/aws/small", "--recursive"),
      rclone: () => rclone("copy", folder, `${remote}bench/rclone/small`),
      "s3-credentials": () => ours("put-objects", "bench", folder, "--prefix", "ours", "--silent"),
    }),
  );
  printTable(
    `${small} objects of 1 KiB down`,
    "ms",
    await compare({
      aws: intoFresh(() => aws("cp", "s3://bench/aws/small", down, "--recursive")),
      rclone: intoFresh(() => rclone("copy", `${remote}bench/rclone/small`, down)),
      "s3-credentials": intoFresh(() => ours("get-objects", "bench", "--pattern", "ours/*", "-o", down, "--silent")),
    }),
  );
  printTable(
    `one object of ${large} MiB up`,
    "ms",
    await compare({
      aws: () => aws("cp", file, "s3://bench/large-aws"),
      rclone: () => rclone("copyto", file, `${remote}bench/large-rclone`),
      "s3-credentials": () => ours("put-objects", "bench", file, "--silent"),
    }),
  );
  printTable(
    `one object of ${large} MiB down`,
    "ms",
    await compare({
      aws: intoFresh(() => aws("cp", "s3://bench/large-aws", join(down, "f"))),
      rclone: intoFresh(() => rclone("copyto", `${remote}bench/large-rclone`, join(down, "f"))),
      "s3-credentials": intoFresh(() => ours("get-objects", "bench", "large.bin", "-o", down, "--silent")),
    }),
  );
  printTable("peak memory", "MiB", peak);
  await gateway.stop();
}
