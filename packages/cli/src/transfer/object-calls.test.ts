import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { type Call, type Reply, s3Error, scriptedService, type ScriptedService } from "../test/scripted-service.ts";

/** What the SDK does about a first request that failed, when the command sent that request itself. */
let service: ScriptedService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function upload(
  script: (call: Call, earlier: readonly Call[]) => Reply,
  { bucket = "bucket", names = ["a"], more = [] as readonly string[] } = {},
) {
  const on = await scriptedService(script);
  service = on;
  const dir = mkdtempSync(join(tmpdir(), "s3-credentials-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of names) writeFileSync(join(dir, name), name);
  const files = names.map((name) => join(dir, name));
  const ended = await runCommand(["put-objects", bucket, ...files, "--concurrency=1", ...on.options, ...more]);
  return { ...ended, calls: on.calls };
}

const signedFor = ({ headers }: Call): string => /Credential=[^,]*/.exec(headers.authorization ?? "")?.[0] ?? "";

test("a service that stays busy is asked as often as the SDK asks, and its error is reported", async () => {
  const { code, stderr, calls } = await upload(() => s3Error("SlowDown", "Slow down.", 503));
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^Failed: [^\n]*Slow down \(SlowDown, HTTP 503\)[^\n]*\n$/),
  ]);
  expect(calls.map(({ name }) => name)).toEqual(["PUT /bucket/a", "PUT /bucket/a", "PUT /bucket/a"]);
});

test("what will not change is asked once", async () => {
  const { code, stderr, calls } = await upload(() => s3Error("AccessDenied", "No.", 403));
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^Failed: [^\n]*No \(AccessDenied, HTTP 403\)[^\n]*\n$/)]);
  expect(calls.length).toBe(1);
});

test("a request that is sent again is the same request", async () => {
  const { code, calls } = await upload(
    (_, earlier) => (earlier.length === 0 ? s3Error("InternalError", "?", 500) : {}),
    {
      names: ["é+ .html"],
      more: ["--session-token", "the-token"],
    },
  );
  expect(code).toBe(0);
  const [first, second] = calls.map(({ name, body, headers }) => ({
    name,
    body,
    headers: ["content-type", "content-length", "x-amz-checksum-crc32", "x-amz-security-token"].map(
      (header) => headers[header],
    ),
  }));
  expect(first).toEqual({
    name: "PUT /bucket/%C3%A9%2B%20.html",
    body: "é+ .html",
    headers: ["text/html", "9", expect.stringMatching(/^.{6}==$/), "the-token"],
  });
  expect(second).toEqual(first);
});

test("a clock that is wrong is corrected once, for all requests after that", async () => {
  const hour = 3_600_000;
  const there = (): number => Date.now() + 5 * hour;
  const timeOf = ({ headers }: Call): number =>
    Date.parse(String(headers["x-amz-date"]).replace(/^(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"));
  const { code, calls } = await upload(
    (call) => ({
      ...(Math.abs(there() - timeOf(call)) < hour
        ? {}
        : s3Error("RequestTimeTooSkewed", "The difference is too large.", 403)),
      headers: { date: new Date(there()).toUTCString() },
    }),
    { names: ["a", "b", "c"] },
  );
  expect(code).toBe(0);
  expect(calls.map(({ name }) => name)).toEqual(["PUT /bucket/a", "PUT /bucket/a", "PUT /bucket/b", "PUT /bucket/c"]);
});

test("a bucket of another region is found there", async () => {
  const { code, calls } = await upload((call) =>
    signedFor(call).includes("/eu-west-1/s3/")
      ? {}
      : {
          ...s3Error("PermanentRedirect", "Use another endpoint.", 301),
          headers: { "x-amz-bucket-region": "eu-west-1" },
        },
  );
  expect(code).toBe(0);
  expect(calls.map(signedFor)).toEqual([
    expect.stringMatching(/\/us-east-1\/s3\/aws4_request$/),
    expect.stringMatching(/\/eu-west-1\/s3\/aws4_request$/),
  ]);
});

test("a directory bucket gets the signature of its session", async () => {
  const bucket = "bucket--usw2-az1--x-s3";
  const session = `<CreateSessionResult><Credentials><AccessKeyId>AKIASESSION</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>of-the-session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>`;
  const { code, calls } = await upload(({ name }) => (name.endsWith("?session") ? { body: session } : {}), { bucket });
  expect(code).toBe(0);
  const sent = calls.filter(({ name }) => name.startsWith("PUT"));
  expect(sent.map(({ headers }) => headers["x-amz-s3session-token"])).toEqual(["of-the-session"]);
  expect(sent.map(signedFor)).toEqual([expect.stringMatching(/AKIASESSION/)]);
});

test("a missing object is asked for once, and leaves no file", async () => {
  const on = await scriptedService(() => s3Error("NoSuchKey", "The specified key does not exist.", 404));
  service = on;
  const out = mkdtempSync(join(tmpdir(), "s3-credentials-"));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  const { code, stderr } = await runCommand(["get-objects", "bucket", "k", "-o", out, ...on.options]);
  expect([code, stderr]).toEqual([1, "Not found: k\n"]);
  expect(on.calls.length).toBe(1);
  expect(readdirSync(out)).toEqual([]);
});
