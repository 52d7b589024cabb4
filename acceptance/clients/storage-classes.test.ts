import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aws, documentedSettings, output, run, s3 } from "../clients.ts";
import { makeBucket } from "../fixtures.ts";
import type { RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGatewayHere();
  mkdirSync(join(gateway.home, ".config/rclone"), { recursive: true });
  writeFileSync(join(gateway.home, ".config/rclone/rclone.conf"), documentedSettings(gateway, "rclone"));
  writeFileSync(join(gateway.home, ".s3cfg"), `[default]\n${documentedSettings(gateway, "s3cmd")}`);
  writeFileSync(join(gateway.home, "a.txt"), "a");
  writeFileSync(join(gateway.home, "big.bin"), Buffer.alloc(9 * 1024 * 1024, "big"));
});
afterAll(() => gateway.stop());

const client = (program: string, ...args: string[]) =>
  run(gateway, program, args, {
    keys: gateway.admin,
    cwd: gateway.home,
    env: { RESTIC_PASSWORD: "secret", RESTIC_REPOSITORY: `s3:${gateway.endpoint}/of-restic` },
  });

/** Keys and storage classes of a bucket. */
async function classesIn(Bucket: string): Promise<Readonly<Record<string, string>>> {
  const { Contents = [] } = await s3(gateway, gateway.admin).send(new ListObjectsV2Command({ Bucket }));
  return Object.fromEntries(Contents.map(({ Key = "", StorageClass = "" }) => [Key, StorageClass]));
}

test("the storage class that each client was asked for", { timeout: 120_000 }, async () => {
  for (const name of ["of-aws", "of-rclone", "of-s3cmd", "of-restic"]) await makeBucket(gateway, name);
  // In parts and in one request; the other clients in one.
  for (const file of ["a.txt", "big.bin"]) {
    const args = ["s3", "cp", file, "s3://of-aws/", "--storage-class", "STANDARD_IA"];
    await output(aws(gateway, args, { keys: gateway.admin, cwd: gateway.home }));
  }
  await output(client("/usr/bin/rclone", "copy", "a.txt", "gateway:of-rclone", "--s3-storage-class", "STANDARD_IA"));
  await output(client("/usr/bin/s3cmd", "put", "a.txt", "s3://of-s3cmd/", "--storage-class=STANDARD_IA"));
  expect(await classesIn("of-aws")).toEqual({ "a.txt": "STANDARD_IA", "big.bin": "STANDARD_IA" });
  for (const bucket of ["of-rclone", "of-s3cmd"]) expect(await classesIn(bucket)).toEqual({ "a.txt": "STANDARD_IA" });

  // Changes the class of an object where it is.
  const tier = ["settier", "GLACIER_IR", "gateway:of-rclone/a.txt"];
  await output(client("/usr/bin/rclone", ...tier));
  expect((await classesIn("of-rclone"))["a.txt"]).toBe("GLACIER_IR");

  await output(client("/usr/bin/restic", "-o", "s3.storage-class=ONEZONE_IA", "init"));
  expect(new Set(Object.values(await classesIn("of-restic")))).toEqual(new Set(["ONEZONE_IA"]));

  const cold = ["s3", "cp", "a.txt", "s3://of-aws/cold", "--storage-class", "DEEP_ARCHIVE"];
  const refused = await aws(gateway, cold, { keys: gateway.admin, cwd: gateway.home });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("The storage class DEEP_ARCHIVE needs RestoreObject, which is not implemented.");
});
