import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliHere, documentedSettings, output, run } from "../clients.ts";
import { allow, makeUser } from "../fixtures.ts";
import { type RunningGateway, startGateway } from "../gateway.ts";

describe("rclone of Debian", { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway();
    mkdirSync(join(gateway.home, ".config/rclone"), { recursive: true });
    writeFileSync(join(gateway.home, ".config/rclone/rclone.conf"), documentedSettings(gateway, "rclone"));
    mkdirSync(join(gateway.home, "up/dir"), { recursive: true });
    for (const name of ["a.txt", "dir/b.txt", "sp ace +ü%41.txt"]) writeFileSync(join(gateway.home, "up", name), name);
    writeFileSync(join(gateway.home, "up/big.bin"), Buffer.alloc(5 * 1024 * 1024 + 1, "0123456789abcdef"));
    await rclone("mkdir", "gateway:everyday");
  });
  afterAll(() => gateway.stop());

  const ended = (args: readonly string[], keys = gateway.admin, input = "") =>
    run(gateway, "/usr/bin/rclone", args, { keys, cwd: gateway.home, input });
  const rclone = (...args: string[]) => output(ended(args));
  const keysIn = async (place: string) => (await rclone("lsf", "-R", "--files-only", place)).trim().split("\n");

  test("a folder up, checked, synchronized with deletions, and down again", async () => {
    await rclone("copy", "up", "gateway:everyday/up");
    expect(await keysIn("gateway:everyday/up")).toEqual(["a.txt", "big.bin", "dir/b.txt", "sp ace +ü%41.txt"]);
    const checked = await ended(["check", "up", "gateway:everyday/up"]);
    expect(checked.stderr).toMatch(/ 0 differences found\n.* 4 matching files/);
    rmSync(join(gateway.home, "up/a.txt"));
    const synchronized = await ended(["sync", "--checksum", "-v", "up", "gateway:everyday/up"]);
    expect(synchronized.stderr).toContain("a.txt: Deleted");
    expect(synchronized.stderr).toContain("There was nothing to transfer");
    await rclone("sync", "gateway:everyday/up", "down");
    expect(readFileSync(join(gateway.home, "down/sp ace +ü%41.txt"), "utf8")).toBe("sp ace +ü%41.txt");
    expect((await ended(["check", "--download", "gateway:everyday/up", "down"])).code).toBe(0);
  });

  test("a file in parts, its MD5 as it was, and fetched by several streams at once", async () => {
    const parts = ["--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M", "--s3-server-side-encryption", "AES256"];
    await rclone("copyto", ...parts, "up/big.bin", "gateway:everyday/parts.bin");
    const [listed] = JSON.parse(await rclone("lsjson", "--hash", "gateway:everyday", "--include", "parts.bin")) as {
      Hashes: { md5: string };
    }[];
    const [local] = (await rclone("md5sum", "up/big.bin")).split(" ");
    expect(listed).toMatchObject({ Path: "parts.bin", Size: 5_242_881, Hashes: { md5: local }, Tier: "STANDARD" });
    const streams = ["--multi-thread-cutoff", "1M", "--multi-thread-streams", "4"];
    await rclone("copyto", ...streams, "gateway:everyday/parts.bin", "parts.bin");
    expect(readFileSync(join(gateway.home, "parts.bin")).equals(readFileSync(join(gateway.home, "up/big.bin")))).toBe(
      true,
    );
    expect(await rclone("cat", "--offset", "5242879", "--count", "5", "gateway:everyday/parts.bin")).toBe("f0");
  });

  test("objects made from a pipe, copied, moved, touched, measured, linked and removed", async () => {
    expect((await ended(["rcat", "gateway:everyday/one/x.txt"], gateway.admin, "from a pipe")).code).toBe(0);
    await rclone("copyto", "gateway:everyday/one/x.txt", "gateway:everyday/one/copy.txt");
    await rclone("moveto", "gateway:everyday/one/copy.txt", "gateway:everyday/one/moved.txt");
    await rclone("touch", "-t", "2020-01-02T03:04:05", "gateway:everyday/one/moved.txt");
    expect(await rclone("lsl", "gateway:everyday/one")).toContain("11 2020-01-02 03:04:05.000000000 moved.txt");
    await rclone("settier", "STANDARD_IA", "gateway:everyday/one/moved.txt");
    expect(await rclone("lsf", "--format", "pT", "gateway:everyday/one")).toBe(
      "moved.txt;STANDARD_IA\nx.txt;STANDARD\n",
    );
    expect(await rclone("size", "--json", "gateway:everyday/one")).toMatch(/"count":2,"bytes":22/);
    const link = (await rclone("link", "--expire", "1h", "gateway:everyday/one/moved.txt")).trim();
    expect(await (await fetch(link)).text()).toBe("from a pipe");
    await rclone("delete", "gateway:everyday/one", "--include", "m*");
    expect(await keysIn("gateway:everyday/one")).toEqual(["x.txt"]);
    await rclone("purge", "gateway:everyday/one");
    expect(await rclone("lsf", "gateway:everyday")).not.toContain("one/");
  });

  test("versions", async () => {
    await rclone("mkdir", "gateway:versions");
    expect(await rclone("backend", "versioning", "gateway:versions", "Enabled")).toContain("Enabled");
    for (const text of ["first", "second"]) await ended(["rcat", "gateway:versions/a.txt"], gateway.admin, text);
    const versions = await rclone("--s3-versions", "lsf", "gateway:versions");
    const [old = ""] = /a-v.*\.txt/.exec(versions) ?? [];
    expect(await rclone("--s3-versions", "cat", `gateway:versions/${old}`)).toBe("first");
    await rclone("backend", "cleanup-hidden", "gateway:versions");
    expect((await rclone("--s3-versions", "lsf", "gateway:versions")).trim()).toBe("a.txt");
    await rclone("purge", "gateway:versions");
  });

  test("keys of create, with what the guide adds for rclone, copy one file and a folder, with versions too", async () => {
    const [, section = ""] = readFileSync("docs/guide/other-clients.md", "utf8").split("\n## rclone\n");
    const [, statement = ""] = /--statement '([^']+)'/.exec(section) ?? [];
    for (const bucket of ["limited", "limited-versions"]) {
      await rclone("mkdir", `gateway:${bucket}`);
      const added = ["--statement", statement.replace("BUCKET", bucket)];
      const policy = JSON.parse(await output(cliHere(gateway, ["policy", bucket, ...added]))) as unknown;
      const { keys } = await makeUser(gateway, `rclone-${bucket}`, { policy });
      const isVersioned = bucket.endsWith("versions");
      if (isVersioned) await rclone("backend", "versioning", `gateway:${bucket}`, "Enabled");
      const options = ["--s3-no-check-bucket", ...(isVersioned ? ["--s3-no-head"] : [])];
      await output(ended([...options, "copyto", "up/dir/b.txt", `gateway:${bucket}/one.txt`], keys));
      await output(ended([...options, "copy", "up", `gateway:${bucket}/up`], keys));
      expect(await output(ended(["cat", `gateway:${bucket}/one.txt`], keys))).toBe("dir/b.txt");
      expect(await keysIn(`gateway:${bucket}/up`)).toContain("dir/b.txt");
    }
  });

  test("what is refused says why", async () => {
    const reader = await makeUser(gateway, "rclone-reader", {
      policy: allow(["s3:ListBucket", "s3:GetObject"], ["arn:aws:s3:::everyday", "arn:aws:s3:::everyday/*"]),
    });
    const refused = await ended(["--retries", "1", "copyto", "up/dir/b.txt", "gateway:everyday/no.txt"], reader.keys);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("AccessDenied");
    expect((await ended(["ls", "gateway:not-there"])).stderr).toContain("directory not found");
  });
});
