import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { cliHere, output, run, s3 } from "../clients.ts";
import { makeBucket } from "../fixtures.ts";
import type { Keys, RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";
import { mountS3fs, withinS3fs, withoutFuse } from "../s3fs.ts";

const Bucket = "everyday";

describe("s3fs of Debian", { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, Bucket, ["of-others/a.txt"]);
  });
  afterAll(() => gateway.stop());

  const within = (
    context: TestContext,
    asked: { readonly keys: Keys; readonly options?: readonly string[] },
    use: (sh: (script: string) => Promise<string>) => Promise<void>,
  ) => withinS3fs(gateway, { bucket: Bucket, skip: (why) => context.skip(why), ...asked }, use);
  async function credentials(...options: string[]): Promise<Keys> {
    const text = await output(cliHere(gateway, ["create", Bucket, ...options, "--silent", "--local"]));
    const made = JSON.parse(text) as Record<"AccessKeyId" | "SecretAccessKey", string> & { SessionToken?: string };
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = made;
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  const client = () => s3(gateway, gateway.admin);

  test("files made, appended, renamed, listed and deleted, with keys of create; they last", async (context) => {
    const keys = await credentials();
    await within(context, { keys }, async (sh) => {
      await sh(`mkdir -p dir/deep; echo one > dir/a.txt; echo two >> dir/a.txt; echo "ü" > "dir/sp ace +ü%41.txt"`);
      expect(await sh("cat dir/a.txt; ls dir; cat of-others/a.txt")).toBe(
        "one\ntwo\na.txt\ndeep\nsp ace +ü%41.txt\nof-others/a.txt",
      );
      await sh("mv dir/a.txt dir/deep/moved.txt; mv dir renamed; chmod 640 renamed/deep/moved.txt");
      await sh(`touch -d 2020-01-02T03:04:05Z renamed/deep/moved.txt; ln -s deep/moved.txt renamed/link`);
      await sh(`rm "renamed/sp ace +ü%41.txt"; mkdir empty; rmdir empty; ! rmdir renamed 2> /dev/null`);
    });
    await within(context, { keys }, async (sh) => {
      expect(await sh("cat renamed/link; stat -c '%a %s %Y' renamed/deep/moved.txt; ls")).toBe(
        "one\ntwo\n640 8 1577934245\nof-others\nrenamed\n",
      );
    });
    const { Contents = [] } = await client().send(new ListObjectsV2Command({ Bucket, Prefix: "renamed" }));
    const names = ["renamed/", "renamed/deep/", "renamed/deep/moved.txt", "renamed/link"];
    expect(Contents.map(({ Key }) => Key)).toEqual(names);
    const head = await client().send(new HeadObjectCommand({ Bucket, Key: "renamed/deep/moved.txt" }));
    expect(head.Metadata).toMatchObject({ mode: "33184", mtime: "1577934245" });
  });

  test("a file in parts, changed in the middle: what stays is copied", async (context) => {
    const options = ["multipart_size=5", "multipart_threshold=6"];
    const MiB = 1024 * 1024;
    await within(context, { keys: gateway.admin, options }, async (sh) => {
      await sh(`head -c ${16 * MiB} /dev/zero | tr "\\0" x > big.bin`);
    });
    const first = await client().send(new HeadObjectCommand({ Bucket, Key: "big.bin" }));
    expect([first.ContentLength, first.ETag]).toEqual([16 * MiB, expect.stringMatching(/-3"$/)]);
    await within(context, { keys: gateway.admin, options }, async (sh) => {
      await sh(`printf changed | dd of=big.bin bs=1 seek=${6 * MiB} conv=notrunc status=none; mv big.bin moved.bin`);
    });
    const { Body } = await client().send(new GetObjectCommand({ Bucket, Key: "moved.bin" }));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    const expected = Buffer.alloc(16 * MiB, "x");
    expected.write("changed", 6 * MiB);
    expect(bytes.equals(expected)).toBe(true);
    expect(gateway.log()).toContain(`"operation":"UploadPartCopy","bucket":"${Bucket}"`);
  });

  test("keys that may only read: everything else is not permitted, and nothing is stored", async (context) => {
    await client().send(new PutObjectCommand({ Bucket, Key: "kept.txt", Body: "kept" }));
    await within(context, { keys: await credentials("--read-only") }, async (sh) => {
      expect(await sh("cat kept.txt")).toBe("kept");
      for (const script of [
        "mkdir no",
        "rm kept.txt",
        "mv kept.txt no.txt",
        "chmod 600 kept.txt",
        "cp kept.txt no.txt",
      ])
        await expect(sh(script)).rejects.toThrow("Operation not permitted");
      expect(await sh("cat kept.txt; ls | grep no || true")).toBe("kept");
    });
  });

  test("temporary keys, with their token", async (context) => {
    const keys = await credentials("--duration", "15m");
    await within(context, { keys }, async (sh) => {
      expect(await sh("echo by a session > session.txt; cat session.txt")).toBe("by a session\n");
    });
  });

  test("uploads that nobody completed are listed and aborted, which needs no mount", async () => {
    await client().send(new CreateMultipartUploadCommand({ Bucket, Key: "left/over.bin" }));
    const asked = ["-o", `url=${gateway.endpoint},use_path_request_style,sigv4`];
    const s3fs = (...args: string[]) =>
      output(run(gateway, "/usr/bin/s3fs", [...args, Bucket, ...asked], { keys: gateway.admin, input: "y\n" }));
    expect(await s3fs("--incomplete-mpu-list")).toContain("Path     : /left/over.bin");
    await s3fs("--incomplete-mpu-abort=all");
    expect(await s3fs("--incomplete-mpu-list")).toContain("There is no list.");
  });

  test("keys of one prefix do not mount: it lists the whole bucket first", async (context) => {
    const keys = await credentials("--prefix", "of-others/", "--username", "of-one-prefix");
    const mounted = await mountS3fs(gateway, { bucket: `${Bucket}:/of-others`, keys });
    if (mounted.kind === "no FUSE") context.skip(withoutFuse(mounted));
    expect(mounted).toMatchObject({ kind: "refused", why: expect.stringContaining("invalid credentials") as string });
    expect(gateway.log()).toMatch(/"operation":"ListObjects".*"code":"AccessDenied".*user\/of-one-prefix/);
  });
});
