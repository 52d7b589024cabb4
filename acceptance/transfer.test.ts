import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, cliHere, type Ended, type RunOptions, s3 } from "./clients.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import { cleanEnvironment, command, type RunningGateway, startGateway } from "./gateway.ts";

/** Counts and sizes are larger by far in `npm run test:long`. */
const long = process.env["TEST_RUNS"] !== undefined;
const mebibyte = 1024 * 1024;
const digest = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const local = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  cliHere(gateway, ["--local", ...args], options);
const folder = (): string => mkdtempSync(join(gateway.home, "transfer-"));

function write(base: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(base, name, ".."), { recursive: true });
    writeFileSync(join(base, name), content);
  }
  return base;
}

/** Every file below a folder with its content, by path. */
function tree(base: string, way = "", found: Record<string, string> = {}): Readonly<Record<string, string>> {
  for (const entry of readdirSync(join(base, way), { withFileTypes: true })) {
    const path = way === "" ? entry.name : `${way}/${entry.name}`;
    if (entry.isDirectory()) {
      found[`${path}/`] = "";
      tree(base, path, found);
    } else {
      found[path] = entry.isSymbolicLink() ? "(link)" : readFileSync(join(base, path), "utf8");
    }
  }
  return found;
}

async function keysOf(bucket: string): Promise<readonly string[]> {
  const client = s3(gateway, gateway.admin);
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    keys.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return keys;
}

async function putKeys(bucket: string, objects: Readonly<Record<string, string>>): Promise<void> {
  await makeBucket(gateway, bucket);
  const client = s3(gateway, gateway.admin);
  for (const [Key, Body] of Object.entries(objects))
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(Body) }));
}

describe("put-objects", () => {
  test("files and folders, with and without a prefix; nothing is printed", async () => {
    await makeBucket(gateway, "put-bucket");
    const cwd = write(folder(), { "site/index.html": "<p>", "site/css/a.css": "a", "robots.txt": "r", "site/.h": "h" });
    const quiet = { code: 0, stdout: "", stderr: "" };
    expect(await local(["put-objects", "put-bucket", "site", "robots.txt"], { cwd })).toEqual(quiet);
    expect(await local(["put-objects", "put-bucket", ".", "-s", "--prefix", "all"], { cwd })).toEqual(quiet);
    expect(await local(["put-objects", "put-bucket", "robots.txt", "--prefix", "p/"], { cwd })).toEqual(quiet);
    expect(await keysOf("put-bucket")).toEqual([
      ...["robots.txt", "site/.h", "site/css/a.css", "site/index.html"].map((key) => `all/${key}`),
      "p/robots.txt",
      "robots.txt",
      "site/.h",
      "site/css/a.css",
      "site/index.html",
    ]);
    const head = new HeadObjectCommand({ Bucket: "put-bucket", Key: "site/index.html", ChecksumMode: "ENABLED" });
    expect(await s3(gateway, gateway.admin).send(head)).toMatchObject({
      ContentType: "text/html",
      ChecksumCRC32: expect.any(String) as string,
    });
  });

  test("--dry-run prints each path and its key, and calls nobody", async () => {
    const cwd = write(folder(), { "b.txt": "", "d/2": "", "d/10": "", "d/e/f": "" });
    const args = ["put-objects", "no-such-bucket", "d", "./b.txt", "--prefix", "x", "--dry-run"];
    expect(await cliHere(gateway, [...args, "--endpoint-url", "http://127.0.0.1:9"], { cwd })).toEqual({
      code: 0,
      stdout: ["d/10", "d/2", "d/e/f", "b.txt"].map((path) => `${path} => s3://no-such-bucket/x/${path}\n`).join(""),
      stderr: "",
    });
  });

  test("a path that is not there: it says so and uploads nothing", async () => {
    await makeBucket(gateway, "missing-path");
    const cwd = write(folder(), { "a.txt": "" });
    expect(await local(["put-objects", "missing-path", "a.txt", "none"], { cwd })).toEqual({
      code: 1,
      stdout: "",
      stderr: "Error: cannot read none: there is no such file; nothing was uploaded\n",
    });
    expect(await keysOf("missing-path")).toEqual([]);
  });

  test("of two files for one key the last one stays, and a warning says so", async () => {
    await makeBucket(gateway, "twice-bucket");
    const cwd = write(folder(), { "one/x": "x".repeat(9 * mebibyte), "two/x": "last" });
    const { code, stderr } = await local(["put-objects", "twice-bucket", "one/x", "two/x"], { cwd });
    expect([code, stderr]).toEqual([0, "Warning: one/x and two/x go to the same keys; the last one stays\n"]);
    const got = await local(["get-object", "twice-bucket", "x"]);
    expect(got.stdout).toBe("last");
  });

  test("what fails for all ends at once with one line", async () => {
    const cwd = write(folder(), Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`d/${index}`, ""])));
    const { code, stdout, stderr } = await local(["put-objects", "no-such-bucket", "d"], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^Error: [^\n]*NoSuchBucket[^\n]*\n$/);
  });

  test("what fails for one file has its line, in the order of the files; the rest goes on", async () => {
    await makeBucket(gateway, "partly-bucket");
    const user = await makeUser(gateway, "partly", {
      policy: allow("s3:PutObject", "arn:aws:s3:::partly-bucket/d/ok*"),
    });
    const cwd = write(folder(), { "d/no1": "", "d/no2": "", "d/ok1": "", "d/ok2": "" });
    const keys = { keys: user.keys, cwd };
    const args = ["put-objects", "partly-bucket", "d", "--endpoint-url", gateway.endpoint];
    const { code, stderr } = await cliHere(gateway, args, keys);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Failed: d\/no1: [^\n]*AccessDenied[^\n]*\nFailed: d\/no2: [^\n]*AccessDenied[^\n]*\n$/);
    expect(await keysOf("partly-bucket")).toEqual(["d/ok1", "d/ok2"]);
  });
});

describe("put-object and get-object", () => {
  test("a large file goes and comes in parts, whole and with its mode; an empty one too", async () => {
    await makeBucket(gateway, "one-bucket");
    const cwd = write(folder(), { "large.bin": randomBytes(17 * mebibyte), "empty.txt": "", old: "old" });
    chmodSync(join(cwd, "old"), 0o640);
    expect(await local(["put-object", "one-bucket", "large", "large.bin"], { cwd })).toMatchObject({ code: 0 });
    expect(await local(["put-object", "one-bucket", "empty", "empty.txt"], { cwd })).toMatchObject({ code: 0 });
    const stored = await s3(gateway, gateway.admin).send(new HeadObjectCommand({ Bucket: "one-bucket", Key: "large" }));
    expect(stored.ETag).toMatch(/-3"$/);
    expect(await local(["get-object", "one-bucket", "large", "-o", "old"], { cwd })).toMatchObject({ code: 0 });
    expect(digest(readFileSync(join(cwd, "old")))).toBe(digest(readFileSync(join(cwd, "large.bin"))));
    expect(statSync(join(cwd, "old")).mode & 0o777).toBe(0o640);
    await local(["get-object", "one-bucket", "empty", "-o", "none"], { cwd });
    expect(readFileSync(join(cwd, "none"), "utf8")).toBe("");
    const refused = await local(["get-object", "one-bucket", "empty", "-o", "no/such/folder"], { cwd });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^Error: cannot write no\/such\/folder: [^\n]*\n$/);
    expect(readdirSync(cwd).toSorted()).toEqual(["empty.txt", "large.bin", "none", "old"]);
  });
});

describe("get-objects", () => {
  test("--no-clobber leaves what is there, and says how many; without it files are replaced", async () => {
    await makeBucket(gateway, "clobber-bucket", ["a", "b/c", "d"]);
    const cwd = write(folder(), { a: "mine", "b/c": "mine" });
    const args = ["get-objects", "clobber-bucket"];
    expect(await local([...args, "--no-clobber"], { cwd })).toEqual({
      code: 0,
      stdout: "",
      stderr: "Skipped: 2 files that are there already\n",
    });
    expect(tree(cwd)).toMatchObject({ a: "mine", "b/c": "mine" });
    expect(existsSync(join(cwd, "d"))).toBe(true);
    expect(await local(args, { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(tree(cwd)["a"]).not.toBe("mine");
  });

  beforeAll(() =>
    putKeys("get-bucket", { "a.txt": "a", "b/c.txt": "bc", "b/d/e.css": "bde", "b/folder/": "", "f[1].txt": "f1" }),
  );

  const get = async (...args: readonly string[]) => {
    const out = join(folder(), "out");
    return { ...(await local(["get-objects", "get-bucket", "-o", out, ...args])), files: tree(out) };
  };

  test("everything, by default into the current folder", async () => {
    const cwd = folder();
    expect(await local(["get-objects", "get-bucket"], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(tree(cwd)).toEqual({
      "a.txt": "a",
      "b/": "",
      "b/c.txt": "bc",
      "b/d/": "",
      "b/d/e.css": "bde",
      "b/folder/": "",
      "f[1].txt": "f1",
    });
  });

  test("keys and patterns are a union; a star crosses slashes; no match is not an error", async () => {
    const files = (result: { readonly files: object }) => Object.keys(result.files).filter((key) => !key.endsWith("/"));
    expect(files(await get("-p", "*.txt"))).toEqual(["a.txt", "b/c.txt", "f[1].txt"]);
    expect(files(await get("-p", "b/*.css", "--pattern", "f[[]*", "a.txt"))).toEqual([
      "a.txt",
      "b/d/e.css",
      "f[1].txt",
    ]);
    expect(files(await get("f[1].txt"))).toEqual(["f[1].txt"]);
    expect(await get("-p", "nothing*")).toEqual({ code: 0, stdout: "", stderr: "", files: {} });
  });

  test("a missing key: one line each in the order given, the rest goes on, exit 1", async () => {
    expect(await get("no", "a.txt", "none/", "a.txt", "no2")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "Not found: no\nNot found: none/\nNot found: no2\n",
      files: { "a.txt": "a" },
    });
  });

  test("an existing file is replaced and keeps its permissions", async () => {
    const cwd = write(folder(), { "a.txt": "old and longer" });
    chmodSync(join(cwd, "a.txt"), 0o600);
    expect((await local(["get-objects", "get-bucket", "a.txt"], { cwd })).code).toBe(0);
    expect(tree(cwd)).toEqual({ "a.txt": "a" });
  });

  test("keys that lead out of the folder are refused, the rest goes on", async () => {
    const hostile = ["../../x", "/etc/x", "a/../../x", "away/x", "..", "a/./../../y"];
    await putKeys("hostile", Object.fromEntries([...hostile, "good"].map((key) => [key, "content"])));
    const base = write(folder(), { "outside/kept": "kept" });
    mkdirSync(join(base, "in/out"), { recursive: true });
    symlinkSync("../../outside", join(base, "in/out/away"));
    const { code, stdout, stderr } = await local(["get-objects", "hostile", "-o", join(base, "in/out")]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines.map((line) => line.slice(0, line.indexOf(": ", 9)))).toEqual(
      [...hostile].sort().map((key) => `Refused: ${key}`),
    );
    expect(tree(base)).toEqual({
      "in/": "",
      "in/out/": "",
      "in/out/away": "(link)",
      "in/out/good": "content",
      "outside/": "",
      "outside/kept": "kept",
    });
    expect(existsSync("/etc/x")).toBe(false);
  });

  test("a and a/b, and two spellings of one path: one clear line each, whatever ends first", async () => {
    await putKeys("conflict", { a: "x".repeat(100_000), "a/": "", "a/b": "b", "c//d": "1", "c/d": "2", e: "e" });
    for (let round = 0; round < (long ? 20 : 1); round += 1) {
      const out = join(folder(), "out");
      const { code, stderr } = await local(["get-objects", "conflict", "-o", out, "--concurrency", "8"]);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr:
          "Refused: a/: a is a file, so nothing can be saved below it\n" +
          "Refused: a/b: a is a file, so nothing can be saved below it\n" +
          "Refused: c/d: another key was saved to that file just now\n",
      });
      expect(Object.keys(tree(out))).toEqual(["a", "c/", "c/d", "e"]);
    }
  });

  test("control characters of a key do not reach the terminal", async () => {
    await putKeys("control", { "a\u001b[31m/../x": "" });
    const { stderr } = await local(["get-objects", "control", "-o", folder()]);
    expect(stderr).toBe('Refused: "a\\u001b[31m/../x": it leads out of the output folder\n');
  });
});

describe("delete-objects", () => {
  test("keys exactly as they are, and nothing else", async () => {
    const odd = [" a", "a ", "a\r", "a\n", "\ta", "a\u0001b", "é", "e\u0301", "a&b<c>\"'", "a+b%20", "..", "😀"];
    await putKeys("odd-keys", Object.fromEntries([...odd, "a", "b"].map((key) => [key, key])));
    expect(await local(["delete-objects", "odd-keys", ...odd])).toEqual({
      code: 0,
      stdout: "",
      stderr: `Deleted ${odd.length} objects from odd-keys\n`,
    });
    expect(await keysOf("odd-keys")).toEqual(["a", "b"]);
  });

  test("--dry-run prints the keys; --prefix deletes what starts with it; --silent says nothing", async () => {
    await putKeys("prefixes", { "a/1": "", "a/2": "", ab: "", b: "" });
    const heading = "The following keys would be deleted:\n";
    expect(await local(["delete-objects", "prefixes", "--prefix", "a/", "-d"])).toEqual({
      code: 0,
      stdout: `${heading}a/1\na/2\n`,
      stderr: "",
    });
    expect((await local(["delete-objects", "prefixes", "b", "x", "--dry-run"])).stdout).toBe(`${heading}b\nx\n`);
    expect((await local(["delete-objects", "prefixes", "--prefix", "none", "-d"])).stdout).toBe(heading);
    expect(await keysOf("prefixes")).toEqual(["a/1", "a/2", "ab", "b"]);
    expect(await local(["delete-objects", "prefixes", "--prefix", "a/", "-s"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(await keysOf("prefixes")).toEqual(["ab", "b"]);
  });

  test("keys and a prefix, or neither, are refused", async () => {
    for (const args of [["k", "--prefix", "p"], [], ["--prefix", ""], ["k", ""]]) {
      const { code, stderr } = await local(["delete-objects", "prefixes", ...args]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^Error: [^\n]*\n$/);
    }
  });

  test("each key that stays has its line, in order, and the exit code says so", async () => {
    await putKeys("guarded", { "keep/1": "", "keep/2": "", z: "" });
    const { keys } = await makeUser(gateway, "deleter", {
      policy: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "s3:*", Resource: "*" },
          { Effect: "Deny", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::guarded/keep/*" },
        ],
      },
    });
    const args = ["delete-objects", "guarded", "z", "keep/2", "keep/1", "--endpoint-url", gateway.endpoint];
    const { code, stderr } = await cliHere(gateway, args, { keys });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Not deleted: keep\/2: [^\n]*AccessDenied[^\n]*\nNot deleted: keep\/1: [^\n]*AccessDenied[^\n]*\nDeleted 1 object from guarded\n$/,
    );
    expect(await keysOf("guarded")).toEqual(["keep/1", "keep/2"]);
  });
});

/** Writes the most memory it ever held, in KiB, when it ends. The process's own counter would include its parent's. */
const watchMemory = `import { readFileSync, writeFileSync } from "node:fs";
process.on("exit", () => {
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : "";
  const most = /VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  writeFileSync(process.env.MEMORY_FILE, String(most));
});`;

/** Runs the command; its exit code and the most memory it held, in MiB. */
async function measured(args: readonly string[], options: RunOptions = {}) {
  const base = write(folder(), { "watch.mjs": watchMemory });
  const file = join(base, "memory");
  const env = { NODE_OPTIONS: `--import ${join(base, "watch.mjs")}`, MEMORY_FILE: file };
  const { code, stderr } = await cli(gateway, ["--local", ...args], { ...options, env });
  return { code, stderr, memory: Math.round(Number(readFileSync(file, "utf8")) / 1024) };
}

/** Runs the command until the gateway has logged this, then interrupts it as Ctrl-C does. */
async function interruptedAt(logged: string, args: readonly string[]): Promise<Ended> {
  const from = gateway.log().length;
  const child: ChildProcess = spawn(process.execPath, [command, "--local", ...args], {
    env: cleanEnvironment(gateway.home),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  while (!gateway.log().slice(from).includes(logged) && child.exitCode === null) await sleep(5);
  child.kill("SIGINT");
  return { code: (await ended) ?? -1, stdout, stderr };
}

async function openUploads(bucket: string): Promise<number> {
  const page = await s3(gateway, gateway.admin).send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return page.Uploads?.length ?? 0;
}

describe("large objects", () => {
  const size = (long ? 1024 : 160) * mebibyte;
  const bucket = "large-objects";
  let source: string;
  let sum: string;

  beforeAll(async () => {
    await makeBucket(gateway, bucket);
    source = folder();
    const chunk = randomBytes(8 * mebibyte);
    const hash = createHash("sha256");
    for (let written = 0; written < size; written += chunk.length) {
      chunk.writeUInt32BE(written / mebibyte);
      hash.update(chunk);
      writeFileSync(join(source, "large.bin"), chunk, { flag: "a" });
    }
    sum = hash.digest("hex");
  });
  afterAll(() => rmSync(source, { recursive: true, force: true }));

  const sumOf = async (file: string): Promise<string> => {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest("hex");
  };

  test("go and come in parts, checked as a whole, in little memory", { timeout: 600_000 }, async () => {
    const put = await measured(["put-objects", bucket, "large.bin"], { cwd: source });
    expect(put).toMatchObject({ code: 0, stderr: "" });
    expect(put.memory).toBeLessThan(200);
    const head = new HeadObjectCommand({ Bucket: bucket, Key: "large.bin", ChecksumMode: "ENABLED" });
    expect(await s3(gateway, gateway.admin).send(head)).toMatchObject({
      ContentLength: size,
      ChecksumType: "FULL_OBJECT",
      ETag: expect.stringMatching(new RegExp(`-${size / (8 * mebibyte)}"$`)) as string,
    });
    const out = folder();
    const got = await measured(["get-objects", bucket, "-o", out]);
    expect(got).toMatchObject({ code: 0, stderr: "" });
    expect(got.memory).toBeLessThan(200);
    expect(readdirSync(out)).toEqual(["large.bin"]);
    expect(await sumOf(join(out, "large.bin"))).toBe(sum);
    rmSync(out, { recursive: true });
  });

  test("an object sent in parts with a checksum each is fetched in those parts", async () => {
    const client = s3(gateway, gateway.admin);
    const object = { Bucket: bucket, Key: "composite.bin" };
    const parts = [7, 6, 5].map((length) => randomBytes(length * mebibyte));
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" }),
    );
    const sent = [];
    for (const [index, Body] of parts.entries()) {
      const PartNumber = index + 1;
      const part = { ...object, UploadId, PartNumber, Body, ChecksumAlgorithm: "SHA256" } as const;
      const { ETag, ChecksumSHA256 } = await client.send(new UploadPartCommand(part));
      sent.push({ ETag, ChecksumSHA256, PartNumber });
    }
    await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: sent } }));
    const out = folder();
    expect(await local(["get-objects", bucket, "composite.bin", "-o", out])).toMatchObject({ code: 0, stderr: "" });
    expect(digest(readFileSync(join(out, "composite.bin")))).toBe(digest(Buffer.concat(parts)));
  });

  test("Ctrl-C in an upload leaves no open upload and no object", async () => {
    const { code, stderr } = await interruptedAt('"UploadPart"', ["put-objects", bucket, source, "--prefix", "cut"]);
    expect([code, stderr]).toEqual([130, "Interrupted: 0 done; no unfinished file or upload is left\n"]);
    expect(await openUploads(bucket)).toBe(0);
    expect((await keysOf(bucket)).filter((key) => key.startsWith("cut"))).toEqual([]);
  });

  test("Ctrl-C in a download leaves what was there before", async () => {
    const out = write(folder(), { "large.bin": "of before" });
    const ended = await interruptedAt('"GetObject"', ["get-objects", bucket, "large.bin", "-o", out]);
    expect([ended.code, ended.stderr]).toEqual([130, "Interrupted: 0 done; no unfinished file or upload is left\n"]);
    expect(tree(out)).toEqual({ "large.bin": "of before" });
  });

  test("content that changed where it is kept is not saved", async () => {
    await makeBucket(gateway, "rotten-disk");
    const cwd = write(folder(), { "whole.bin": randomBytes(mebibyte), "parts.bin": randomBytes(17 * mebibyte) });
    expect((await local(["put-objects", "rotten-disk", "."], { cwd })).code).toBe(0);
    const marks = ["whole.bin", "parts.bin"].map((name) => readFileSync(join(cwd, name)).subarray(1000, 1064));
    let changed = 0;
    for (const entry of readdirSync(join(gateway.dataDir, "blobs"), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      if (statSync(file).size > 32 * mebibyte) continue; // of the test before
      const content = readFileSync(file);
      const at = marks.map((mark) => content.indexOf(mark)).find((index) => index >= 0);
      if (at === undefined) continue;
      content.writeUInt8(content.readUInt8(at) ^ 1, at);
      writeFileSync(file, content);
      changed += 1;
    }
    expect(changed).toBe(2);
    const out = folder();
    const { code, stderr } = await local(["get-objects", "rotten-disk", "-o", out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Failed: parts.bin: [^\n]*\nFailed: whole.bin: [^\n]*\n$/);
    expect(tree(out)).toEqual({});
  });
});

describe("many objects", () => {
  const count = long ? 100_000 : 200;
  /** So few objects show nothing of memory. */
  const ran = async (args: readonly string[], options: RunOptions = {}) =>
    long ? measured(args, options) : { ...(await local(args, options)), memory: 0 };
  const bucket = "many-objects";
  const name = (index: number): string => `many/${index % 50}/${index}.txt`;

  test("go, are listed, come and are deleted", { timeout: 3_600_000 }, async () => {
    await makeBucket(gateway, bucket);
    const cwd = folder();
    for (let index = 0; index < 50; index += 1) mkdirSync(join(cwd, `many/${index}`), { recursive: true });
    for (let index = 0; index < count; index += 1) writeFileSync(join(cwd, name(index)), `${index}`);
    const out = folder();
    const put = await ran(["put-objects", bucket, "many"], { cwd });
    const list = await ran(["list-bucket", bucket, "--nl"]);
    const get = await ran(["get-objects", bucket, "-o", out]);
    for (const { code, stderr, memory } of [put, list, get]) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(memory).toBeLessThan(200);
    }
    for (let index = 0; index < count; index += 1)
      expect(readFileSync(join(out, name(index)), "utf8")).toBe(`${index}`);
    const gone = await ran(["delete-objects", bucket, "--prefix", "many/"]);
    expect(gone).toMatchObject({ code: 0, stderr: `Deleted ${count} objects from ${bucket}\n` });
    expect(gone.memory).toBeLessThan(200);
    expect(await keysOf(bucket)).toEqual([]);
  });
});
