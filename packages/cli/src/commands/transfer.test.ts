import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { createChecksum, headerOf, loadChecksums } from "@s3-credentials/protocol";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { run } from "../run.ts";
import { runCommand } from "../test/run-command.ts";
import { type Call, type Reply, s3Error, scriptedService, type ScriptedService } from "../test/scripted-service.ts";

await loadChecksums();

/** What a real service cannot be made to do: break off, store something else, fail in the middle, count who waits. */
let service: ScriptedService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function serviceWith(script: (call: Call, earlier: readonly Call[]) => Reply): Promise<ScriptedService> {
  service = await scriptedService(script);
  return service;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "s3-credentials-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
const mebibyte = 1024 * 1024;

function crcOf(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString("base64");
}

const count = (on: ScriptedService, name: RegExp) => on.calls.filter((call) => name.test(call.name)).length;

test("content that is not what its checksum says is fetched again, and never saved", async () => {
  const on = await serviceWith(() => ({ body: "wrong", headers: { "x-amz-checksum-crc32": crcOf("right") } }));
  const out = folder();
  const { code, stderr } = await runCommand(["get-objects", "bucket", "k", "-o", out, ...on.options]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Failed: k: [^\n]*[Cc]hecksum[^\n]*\n$/);
  expect(readdirSync(out)).toEqual([]);
  expect(count(on, /GET \/bucket\/k/)).toBe(4);
});

test.each(["MD5", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"] as const)(
  "a checksum of %s is compared",
  async (algorithm) => {
    const checksum = createChecksum(algorithm);
    checksum.update(Buffer.from("right"));
    const headers = { [headerOf(algorithm)]: checksum.digest().toString("base64") };
    const on = await serviceWith(({ name }) => ({ body: name.includes("wrong") ? "wrong" : "right", headers }));
    const out = folder();
    expect(await runCommand(["get-objects", "bucket", "right", "-o", out, ...on.options])).toMatchObject({ code: 0 });
    expect(readFileSync(join(out, "right"), "utf8")).toBe("right");
    const wrong = await runCommand(["get-object", "bucket", "wrong", ...on.options]);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/[Cc]hecksum/)]);
  },
);

test("content that is right the second time is saved", async () => {
  const on = await serviceWith((_, earlier) => ({
    body: earlier.length === 0 ? "wrong" : "right",
    headers: { "x-amz-checksum-crc32": crcOf("right"), etag: '"e"' },
  }));
  const out = folder();
  expect((await runCommand(["get-objects", "bucket", "k", "-o", out, ...on.options])).code).toBe(0);
  expect(readFileSync(join(out, "k"), "utf8")).toBe("right");
  expect(on.calls[1]?.headers["if-match"]).toBe('"e"');
});

test("an object that was replaced between two attempts is not mixed", async () => {
  const on = await serviceWith(({ headers }) =>
    headers["if-match"] === undefined
      ? { body: "wrong", headers: { "x-amz-checksum-crc32": crcOf("right"), etag: '"e"' } }
      : s3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412),
  );
  const out = folder();
  expect(await runCommand(["get-objects", "bucket", "k", "-o", out, ...on.options])).toEqual({
    code: 1,
    stdout: "",
    stderr: "Failed: k: it changed while it was downloaded; download it again\n",
  });
  expect(readdirSync(out)).toEqual([]);
});

test("a download that breaks off leaves nothing behind", async () => {
  const on = await serviceWith(() => ({ body: "short", headers: { "content-length": "1000" } }));
  const out = folder();
  setTimeout(() => void on.stop(), 300);
  expect((await runCommand(["get-objects", "bucket", "k", "-o", out, ...on.options])).code).toBe(1);
  expect(readdirSync(out)).toEqual([]);
});

const listing = (keys: readonly string[], next = "", size = 1) => ({
  body: `<ListBucketResult><EncodingType>url</EncodingType>${keys
    .map((key) => `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`)
    .join(
      "",
    )}<IsTruncated>${next !== ""}</IsTruncated>${next && `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`,
});

test("a folder marker with content is reported, not lost in silence", async () => {
  const on = await serviceWith(() => listing(["a/"], "", 7));
  const out = folder();
  const { code, stderr } = await runCommand(["get-objects", "bucket", "-o", out, ...on.options]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Refused: a\/: it is the name of a folder, and the object has 7 bytes[^\n]*\n$/);
  expect(readdirSync(out)).toEqual(["a"]);
});

test("a listing that fails in the middle: what it gave before is there, and exit 1", async () => {
  const on = await serviceWith(({ name }) => {
    if (name.startsWith("GET /bucket/")) return { body: "x" };
    return name.includes("continuation-token") ? s3Error("AccessDenied", "No.", 403) : listing(["a", "b"], "next");
  });
  const out = folder();
  const { code, stderr } = await runCommand(["get-objects", "bucket", "-o", out, ...on.options]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^Error: No \(AccessDenied[^\n]*\n$/)]);
  expect(readdirSync(out)).toEqual(["a", "b"]);
});

test("what patterns have in common in front is all that is listed", async () => {
  const on = await serviceWith(() => listing([]));
  await runCommand(["get-objects", "bucket", "-p", "a/b*", "-p", "a/[c]", "-o", folder(), ...on.options]);
  expect(on.calls.map(({ name }) => name)).toEqual(["GET /bucket?encoding-type=url&list-type=2&prefix=a%2F"]);
});

function largeFile(): string {
  const file = join(folder(), "large.bin");
  writeFileSync(file, Buffer.alloc(17 * mebibyte));
  return file;
}

const multipart = (call: Call): Reply => {
  if (call.name.endsWith("?uploads"))
    return { body: "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>" };
  if (call.name.startsWith("POST")) return { body: "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>" };
  return { headers: { etag: '"e"' }, ...(call.name.startsWith("DELETE") ? { status: 204 } : {}) };
};

test("a file in parts: each with its checksum, and all of them named at the end", async () => {
  const on = await serviceWith(multipart);
  expect(await runCommand(["put-objects", "bucket", largeFile(), ...on.options])).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect(count(on, /^PUT/)).toBe(3);
  const end = on.calls.at(-1);
  expect(end?.name).toBe("POST /bucket/large.bin?uploadId=id");
  expect(end?.body.match(/<PartNumber>(\d)<\/PartNumber>/g)?.length).toBe(3);
  expect(end?.body.match(/<ChecksumCRC32>/g)?.length).toBe(3);
});

test("a file that changes while it is uploaded is named, and not stored", async () => {
  const file = largeFile();
  const on = await serviceWith((call) => {
    if (call.name.endsWith("?uploads")) appendFileSync(file, "more");
    return multipart(call);
  });
  const { code, stderr } = await runCommand(["put-object", "bucket", "large.bin", file, ...on.options]);
  expect([code, stderr]).toEqual([1, `Error: ${file}: it changed while it was uploaded; upload it again\n`]);
  expect(on.calls.at(-1)?.name).toBe("DELETE /bucket/large.bin?uploadId=id");
});

test.each([
  ["a part", (call: Call) => call.name.includes("partNumber=2")],
  ["the end", (call: Call) => call.name === "POST /bucket/large.bin?uploadId=id"],
])("when %s is refused the upload is removed", async (_, refused) => {
  const on = await serviceWith((call) => (refused(call) ? s3Error("AccessDenied", "No.", 403) : multipart(call)));
  const file = largeFile();
  const { code, stderr } = await runCommand(["put-objects", "bucket", file, ...on.options]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`Failed: ${file}: No (AccessDenied, HTTP 403)`)]);
  expect(on.calls.at(-1)?.name).toBe("DELETE /bucket/large.bin?uploadId=id");
});

test("an object stored with another checksum than was sent is a failure", async () => {
  const on = await serviceWith((call) =>
    call.name === "POST /bucket/large.bin?uploadId=id"
      ? {
          body: "<CompleteMultipartUploadResult><ChecksumType>FULL_OBJECT</ChecksumType><ChecksumCRC32>AAAAAA==</ChecksumCRC32></CompleteMultipartUploadResult>",
        }
      : multipart(call),
  );
  const { code, stderr } = await runCommand(["put-objects", "bucket", largeFile(), ...on.options]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("another checksum")]);
});

test("an upload that cannot be removed is reported with its id", async () => {
  const on = await serviceWith((call) =>
    /partNumber=2|^DELETE/.test(call.name) ? s3Error("AccessDenied", "No.", 403) : multipart(call),
  );
  const { stderr } = await runCommand(["put-objects", "bucket", largeFile(), ...on.options]);
  expect(stderr).toMatch(/^Failed: [^\n]*the unfinished upload id of large.bin could not be removed[^\n]*\n$/);
});

test("a service that is busy is asked again, a small file too", async () => {
  const on = await serviceWith((_, earlier) => (earlier.length === 0 ? s3Error("SlowDown", "Slow down.", 503) : {}));
  const file = join(folder(), "a.txt");
  writeFileSync(file, "a");
  expect((await runCommand(["put-objects", "bucket", file, ...on.options])).code).toBe(0);
  expect(on.calls.map(({ body }) => body)).toEqual(["a", "a"]);
});

test("what ends everything is reported, not what it stopped", async () => {
  const on = await serviceWith(({ name }) =>
    name === "PUT /bucket/a" ? s3Error("SlowDown", "Slow down.", 503) : s3Error("NoSuchBucket", "No such bucket", 404),
  );
  const dir = folder();
  for (const name of ["a", "b"]) writeFileSync(join(dir, name), name);
  const { code, stderr } = await runCommand(["put-objects", "bucket", join(dir, "a"), join(dir, "b"), ...on.options]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^Error: No such bucket [^\n]*\n$/)]);
});

test("--concurrency is a number from 1 to 50", async () => {
  for (const wrong of ["0", "51", "x", "1.5", "-1"])
    expect((await runCommand(["get-objects", "bucket", `--concurrency=${wrong}`])).code).toBe(2);
});

test("keys are deleted in batches of a thousand; those that failed for now are asked for again", async () => {
  const keys = Array.from({ length: 2500 }, (_, index) => `k${index}`);
  const on = await serviceWith(({ name, body }, earlier) => {
    if (name.startsWith("GET")) return listing(keys);
    const first = earlier.filter((call) => call.name.startsWith("POST")).length < 3;
    const each = [...body.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([key, name]) =>
      first && name === "k1500" ? `<Error>${key}<Code>InternalError</Code></Error>` : `<Deleted>${key}</Deleted>`,
    );
    return { body: `<DeleteResult>${each.join("")}</DeleteResult>` };
  });
  expect(await runCommand(["delete-objects", "bucket", "--prefix", "k", ...on.options])).toEqual({
    code: 0,
    stdout: "",
    stderr: "Deleted 2500 objects from bucket\n",
  });
  const sizes = on.calls
    .filter(({ name }) => name === "POST /bucket?delete")
    .map(({ body }) => body.split("<Key>").length - 1);
  expect(sizes.toSorted((left, right) => left - right)).toEqual([1, 500, 1000, 1000]);
});

test("a bar with bytes, files and rate on a terminal", async () => {
  const on = await serviceWith(() => ({}));
  const dir = folder();
  for (const name of ["a", "b"]) writeFileSync(join(dir, name), "12345");
  const chunks: string[] = [];
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
  stderr.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const stdin = Readable.from([]);
  const code = await run(["put-objects", "bucket", dir, ...on.options], {
    stdin,
    stdout: new PassThrough(),
    stderr,
    env: {},
  });
  expect(code).toBe(0);
  expect(chunks.join("")).toMatch(/\rUploading {2}100% {2}10 B of 10 B {2}2 of 2 files {2}[\d.]+ \w+\/s[^\n]*\n$/);
});

test("list-bucket prints before the last page is in, and waits for who reads", async () => {
  const pages = 8;
  const keys = (page: number) => Array.from({ length: 1000 }, (_, index) => `${page}-${index}-${"x".repeat(60)}`);
  const on = await serviceWith(({ name }) => {
    const page = Number(/continuation-token=(\d+)/.exec(name)?.[1] ?? 0);
    return listing(keys(page), page + 1 < pages ? String(page + 1) : "");
  });
  let lines = 0;
  let askedAtFirst = 0;
  let read = (): void => {};
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const stdout = new Writable({
    highWaterMark: 1024,
    write(chunk: Buffer, _encoding, done) {
      if (lines === 0) askedAtFirst = on.calls.length;
      lines += chunk.toString().split("\n").length - 1;
      begin();
      read = () => {
        read = () => {};
        done();
      };
    },
  });
  const running = run(["list-bucket", "bucket", "--nl", ...on.options], {
    stdin: Readable.from([]),
    stdout,
    stderr: new PassThrough(),
    env: {},
  });
  await begun;
  await sleep(200); // for what it must not do: ask on
  expect(askedAtFirst).toBe(1);
  expect(on.calls.length).toBeLessThan(4);
  const reading = setInterval(() => read(), 1);
  expect(await running).toBe(0);
  clearInterval(reading);
  expect([lines, on.calls.length]).toEqual([pages * 1000, pages]);
});

test("a path that is missing beside one that is there: nothing is sent", async () => {
  const on = await serviceWith(() => ({}));
  const dir = folder();
  writeFileSync(join(dir, "there"), "");
  const paths = [join(dir, "there"), join(dir, "none")];
  expect((await runCommand(["put-objects", "bucket", ...paths, ...on.options])).code).toBe(1);
  expect(on.calls).toEqual([]);
});
