// The same objects up and down with this command, the AWS CLI and rclone, on one gateway: time, and CPU time of the client. BENCH_OBJECTS is
// how many small ones, BENCH_MIB the size of the large one.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { command, startGateway } from "./gateway.mjs";
import { compare, median, printTable, timeProgram } from "./measure.mjs";

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
  let clients = {};
  const timed = (name, program, args) => {
    const { ms, cpu, mib } = timeProgram(program, args, { env });
    clients[name] ??= { cpu: [], mib: 0 };
    clients[name].cpu.push(cpu);
    clients[name].mib = Math.max(clients[name].mib, mib);
    return ms;
  };
  const show = async (title, rivals) => {
    clients = {};
    printTable(title, "ms", await compare(rivals));
    const names = Object.keys(clients);
    // The first of each warmed up.
    const cpu = names.map((name) => [name, median(clients[name].cpu.slice(1))]);
    printTable("CPU of the client", "ms", Object.fromEntries(cpu));
    printTable("its peak memory", "MiB", Object.fromEntries(names.map((name) => [name, clients[name].mib])));
  };
  const ours = (...args) => timed("s3-credentials", process.execPath, [command, ...args, "--endpoint-url", endpoint]);
  const aws = (...args) => timed("aws", "aws", ["--endpoint-url", endpoint, "s3", ...args, "--only-show-errors"]);
  const remote = `:s3,provider=Other,env_auth=true,endpoint="${endpoint}",force_path_style=true:`;
  const rclone = (verb, from, to) =>
    timed("rclone", "rclone", [verb, from, to, "--config", "/dev/null", "--transfers", "16", "--ignore-times"]);
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
  await show(`${small} objects of 1 KiB up`, {
    aws: () => aws("cp", folder, "s3://bench/aws/small", "--recursive"),
    rclone: () => rclone("copy", folder, `${remote}bench/rclone/small`),
    "s3-credentials": () => ours("put-objects", "bench", folder, "--prefix", "ours", "--silent"),
  });
  await show(`${small} objects of 1 KiB down`, {
    aws: intoFresh(() => aws("cp", "s3://bench/aws/small", down, "--recursive")),
    rclone: intoFresh(() => rclone("copy", `${remote}bench/rclone/small`, down)),
    "s3-credentials": intoFresh(() => ours("get-objects", "bench", "--pattern", "ours/*", "-o", down, "--silent")),
  });
  await show(`one object of ${large} MiB up`, {
    aws: () => aws("cp", file, "s3://bench/large-aws"),
    rclone: () => rclone("copyto", file, `${remote}bench/large-rclone`),
    "s3-credentials": () => ours("put-objects", "bench", file, "--silent"),
  });
  await show(`one object of ${large} MiB down`, {
    aws: intoFresh(() => aws("cp", "s3://bench/large-aws", join(down, "f"))),
    rclone: intoFresh(() => rclone("copyto", `${remote}bench/large-rclone`, join(down, "f"))),
    "s3-credentials": intoFresh(() => ours("get-objects", "bench", "large.bin", "-o", down, "--silent")),
  });
  await gateway.stop();
}
