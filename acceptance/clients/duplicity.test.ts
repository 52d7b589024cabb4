import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings, environment, output, run, s3 } from "../clients.ts";
import { allow, makeBucket, makeUser } from "../fixtures.ts";
import type { RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";
import { type PythonProgram, startPythonProgram } from "../python-program.ts";

describe("duplicity of Debian", { timeout: 240_000 }, () => {
  let gateway: RunningGateway;
  let program: PythonProgram;
  let place: readonly [option: string, endpoint: string, folder: string, url: string];
  let env: Record<string, string>;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    program = await startPythonProgram("/usr/bin/duplicity", ["boto3", "botocore.session", "s3transfer"], "forks");
    const settings = /^export (PASSPHRASE)=(\S+)\nduplicity full (\S+) (\S+) (\S+) (\S+)\n$/.exec(
      documentedSettings(gateway, "duplicity"),
    );
    const [, name = "", secret = "", option = "", endpoint = "", folder = "", url = ""] = settings ?? [];
    env = { [name]: secret };
    place = [option, endpoint, folder, url];
    mkdirSync(join(gateway.home, folder, "dir"), { recursive: true });
    for (const file of ["a.txt", "dir/b.txt", "sp ace +ü%41.txt"])
      writeFileSync(join(gateway.home, folder, file), file);
    writeFileSync(join(gateway.home, folder, "big.bin"), randomBytes(5 * 1024 * 1024 + 1));
    await makeBucket(gateway, "photos");
  });
  afterAll(async () => {
    program.stop();
    await run(gateway, "/usr/bin/gpgconf", ["--kill", "all"]);
    await gateway.stop();
  });

  const ended = (args: readonly string[], keys = gateway.admin) =>
    program.run(args, { cwd: gateway.home, env: environment(gateway, { keys, env }) });
  const duplicity = (...args: string[]) => output(ended(args));

  test("a full backup in parts, an incremental one, verified, restored", async () => {
    const [option, endpoint, folder, url] = place;
    await duplicity("full", "--s3-multipart-chunk-size", "5", ...place);
    appendFileSync(join(gateway.home, folder, "a.txt"), ", changed");
    expect(await duplicity(...place)).toMatch(/ChangedFiles 1\n/);
    expect(await duplicity("verify", option, endpoint, url, folder)).toContain("0 differences found");
    await duplicity("restore", option, endpoint, url, "back");
    expect(readFileSync(join(gateway.home, "back/a.txt"), "utf8")).toBe("a.txt, changed");
    expect(readFileSync(join(gateway.home, "back/sp ace +ü%41.txt"), "utf8")).toBe("sp ace +ü%41.txt");
  });

  test("another full backup, in another storage class, and the old ones removed", async () => {
    const [option, endpoint, , url] = place;
    await duplicity("full", "--s3-use-ia", ...place);
    const { Contents = [] } = await s3(gateway, gateway.admin).send(new ListObjectsV2Command({ Bucket: "photos" }));
    expect(new Set(Contents.map(({ StorageClass }) => StorageClass))).toEqual(new Set(["STANDARD", "STANDARD_IA"]));
    expect(await duplicity("remove-all-but-n-full", "1", "--force", option, endpoint, url)).toContain(
      "Deleting backup chain",
    );
    const left = await s3(gateway, gateway.admin).send(new ListObjectsV2Command({ Bucket: "photos" }));
    expect(new Set(left.Contents?.map(({ StorageClass }) => StorageClass))).toEqual(new Set(["STANDARD_IA"]));
  });

  test("what is refused says why", async () => {
    const reader = await makeUser(gateway, "duplicity-reader", {
      policy: allow("s3:ListBucket", "arn:aws:s3:::photos"),
    });
    const refused = await ended(["full", "--num-retries", "1", ...place.slice(0, 3), `${place[3]}-2`], reader.keys);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr + refused.stdout).toContain("is not authorized to perform: s3:PutObject");
  });
});
