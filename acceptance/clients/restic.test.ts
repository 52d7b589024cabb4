import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings, output, run } from "../clients.ts";
import { allow, makeUser } from "../fixtures.ts";
import type { RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";

describe("restic of Debian", { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let env: Record<string, string>;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    env = Object.fromEntries(
      documentedSettings(gateway, "restic")
        .trim()
        .split("\n")
        .map((line) => line.replace("export ", "").split(/=(.*)/, 2)),
    ) as Record<string, string>;
    mkdirSync(join(gateway.home, "up/dir"), { recursive: true });
    for (const name of ["a.txt", "dir/b.txt", "sp ace +ü%41.txt"]) writeFileSync(join(gateway.home, "up", name), name);
    writeFileSync(join(gateway.home, "up/big.bin"), randomBytes(3_000_000));
    await restic("init");
  });
  afterAll(() => gateway.stop());

  const ended = (args: readonly string[], keys = gateway.admin) =>
    run(gateway, "/usr/bin/restic", args, { keys, cwd: gateway.home, env });
  const restic = (...args: string[]) => output(ended(args));
  const snapshots = async () => JSON.parse(await restic("snapshots", "--json")) as readonly unknown[];

  test("backups, a check that reads everything, old ones forgotten and pruned, a restore", async () => {
    await restic("backup", "up");
    appendFileSync(join(gateway.home, "up/a.txt"), ", changed");
    rmSync(join(gateway.home, "up/big.bin"));
    expect(await restic("backup", "up")).toContain("Files:           0 new,     1 changed,     2 unmodified");
    expect(await snapshots()).toHaveLength(2);
    expect(await restic("check", "--read-data")).toContain("no errors were found");
    expect(await restic("forget", "--keep-last", "1", "--prune")).toMatch(/removing \d+ old packs/);
    expect(await snapshots()).toHaveLength(1);
    await restic("restore", "latest", "--target", "back");
    expect(readFileSync(join(gateway.home, "back/up/a.txt"), "utf8")).toBe("a.txt, changed");
    expect(readFileSync(join(gateway.home, "back/up/sp ace +ü%41.txt"), "utf8")).toBe("sp ace +ü%41.txt");
    expect(await restic("dump", "latest", "/up/dir/b.txt")).toBe("dir/b.txt");
  });

  test("what is refused says why", async () => {
    const reader = await makeUser(gateway, "restic-reader", {
      policy: allow(["s3:ListBucket", "s3:GetBucketLocation"], "arn:aws:s3:::photos"),
    });
    const refused = await ended(["init", "-r", `s3:${gateway.endpoint}/photos/another`], reader.keys);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("is not authorized to perform: s3:PutObject");
  });
});
