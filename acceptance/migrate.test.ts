import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cliHere, outcome, s3 } from "./clients.ts";
import { makeUser } from "./fixtures.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { engineClient, keysFile } from "./upstream-runs.ts";

const mebibyte = 1024 * 1024;
const all = "times,uploads,version-ids";
let folder = "";
let engine: RunningGateway;
let direct: S3Client;
let gateway: RunningGateway;
let client: S3Client;
let args: readonly string[] = [];

async function startAgain(): Promise<void> {
  gateway = await startGateway({ home: folder, args });
  client = s3(gateway, gateway.admin);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "migrate-"));
  engine = await startGatewayHere();
  const { keys } = await makeUser(engine, "gateway", { managed: ["arn:aws:iam::aws:policy/AmazonS3FullAccess"] });
  const { endpoint } = engine;
  direct = engineClient({ endpoint, region: "us-east-1", keys });
  const upstreams = {
    upstreams: [{ name: "engine", url: endpoint, credentials: keysFile(folder, keys), prefix: "gw-" }],
    buckets: [{ name: "*", home: "local" }],
  };
  writeFileSync(join(folder, "upstreams.json"), JSON.stringify(upstreams));
  args = ["--upstreams", join(folder, "upstreams.json")];
  await startAgain();
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function migrate(...words: readonly string[]) {
  const ended = await cliHere(gateway, ["migrate", ...words, "--local"], { keys: gateway.admin });
  return { ...ended, state: ended.code === 0 ? (JSON.parse(ended.stdout) as Record<string, unknown>) : {} };
}

/** Everything that a copy keeps. */
async function contents(Bucket: string) {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const objects = await Promise.all(
    Versions.map(async ({ Key, VersionId, ETag, IsLatest }) => {
      const one = VersionId === "null" ? { Bucket, Key } : { Bucket, Key, VersionId };
      const got = await client.send(new GetObjectCommand(one));
      const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? []).toString("base64");
      const { TagSet } = await client.send(new GetObjectTaggingCommand(one));
      return { Key, ETag, IsLatest, bytes, type: got.ContentType, metadata: got.Metadata, TagSet };
    }),
  );
  return { objects, markers: DeleteMarkers.map(({ Key, IsLatest }) => ({ Key, IsLatest })) };
}

test("what a copy cannot keep is said before anything is done, and so is what cannot be", async () => {
  await client.send(new CreateBucketCommand({ Bucket: "said" }));
  const lost = await migrate("said", "--to", "engine");
  expect(lost.code).toBe(1);
  expect(lost.stderr).toContain("cannot keep: times of last change (times), uploads in progress (uploads)");
  for (const [words, message] of [
    [["said", "--to", "nowhere", "--accept-losses", all], "no upstream nowhere"],
    [["said", "--to", "local", "--accept-losses", all], "is on local already"],
    [["nothing", "--to", "engine", "--accept-losses", all], "no bucket nothing"],
  ] as const)
    expect((await migrate(...words)).stderr).toContain(message);
  await client.send(new CreateBucketCommand({ Bucket: "locked", ObjectLockEnabledForBucket: true }));
  expect((await migrate("locked", "--to", "engine", "--accept-losses", all)).stderr).toContain("has Object Lock");
  expect((await migrate("said", "--status")).state).toEqual({ BucketName: "said", Place: "local", Phase: "None" });
  const { keys } = await makeUser(gateway, "mover", { managed: ["arn:aws:iam::aws:policy/AmazonS3FullAccess"] });
  const ended = await cliHere(gateway, ["migrate", "said", "--to", "engine", "--endpoint-url", gateway.endpoint], {
    keys,
  });
  expect(ended.stderr).toMatch(/s3-credentials:MoveBucket|AccessDenied/);
});

test("a bucket with versions goes to the engine and back, with everything that a copy keeps; a move that is given up leaves no copies", async () => {
  const Bucket = "kept";
  await client.send(new CreateBucketCommand({ Bucket }));
  const Status = "Enabled" as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  for (const Body of ["one", "two"])
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: "a ü/%41",
        Body,
        ContentType: "text/x",
        Metadata: { n: Body },
        Tagging: "t=1",
      }),
    );
  await client.send(new DeleteObjectCommand({ Bucket, Key: "a ü/%41" }));
  await client.send(new PutObjectCommand({ Bucket, Key: "empty", Body: "" }));
  await client.send(new PutObjectCommand({ Bucket, Key: "sealed", Body: "x", ServerSideEncryption: "AES256" }));
  const params = { Bucket, Key: "parts", Body: randomBytes(11 * mebibyte) };
  await new Upload({ client, params, partSize: 5 * mebibyte }).done();
  const before = await contents(Bucket);
  const there = await migrate(Bucket, "--to", "engine", "--accept-losses", all, "--remove-source");
  expect(there).toMatchObject({ code: 0, state: { Place: "engine/gw-kept", Phase: "None" } });
  expect(await contents(Bucket)).toEqual(before);
  expect((await direct.send(new ListObjectsV2Command({ Bucket: "gw-kept" }))).KeyCount).toBe(3);
  // Engines do not say of which parts an object was made, so its ETag cannot be made again.
  const back = await migrate(Bucket, "--to", "local", "--accept-losses", all, "--remove-source");
  expect(back.stderr).toContain('"parts" has an ETag that its copy cannot have; if that may be lost');
  const ended = await migrate(Bucket, "--end");
  expect(ended).toMatchObject({ code: 0, state: { Place: "engine/gw-kept", Phase: "None" } });
  expect(await contents(Bucket)).toEqual(before);
  const agreed = await migrate(Bucket, "--to", "local", "--accept-losses", `${all},etags`, "--remove-source");
  expect(agreed).toMatchObject({ code: 0, state: { Place: "local", Phase: "None" } });
  expect(await contents(Bucket)).toEqual({
    ...before,
    objects: before.objects.map((one) => (one.Key === "parts" ? { ...one, ETag: expect.any(String) } : one)),
  });
  expect(await outcome(direct.send(new ListObjectsV2Command({ Bucket: "gw-kept" })))).toBe("NoSuchBucket");
}, 120_000);

/** Writes, deletes and tags objects until it is stopped; gives what it was told was done. */
function writer(Bucket: string, keys: number) {
  const acknowledged = new Map<string, string | undefined>();
  const unsure = new Set<string>();
  const refusals = new Set<string>();
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const Key = `k/${turn % keys}`;
      const body = turn % 5 === 4 ? undefined : `${turn}`;
      unsure.add(Key);
      try {
        if (body === undefined) await client.send(new DeleteObjectCommand({ Bucket, Key }));
        else {
          await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
          const TagSet = [{ Key: "turn", Value: body }];
          await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
        }
        acknowledged.set(Key, body);
        unsure.delete(Key);
      } catch (error) {
        refusals.add(error instanceof Error ? error.name : "");
        await sleep(5);
      }
    }
  };
  const running = loop();
  return {
    async acknowledges() {
      while (acknowledged.size === 0) await sleep(10);
    },
    async stop() {
      stopping.abort();
      await running;
      return { acknowledged, unsure, refusals };
    },
  };
}

async function expectWritten(
  Bucket: string,
  { acknowledged, unsure }: Awaited<ReturnType<ReturnType<typeof writer>["stop"]>>,
) {
  expect(acknowledged.size).toBeGreaterThan(0);
  for (const [Key, body] of acknowledged) {
    if (unsure.has(Key)) continue;
    const got = await client.send(new GetObjectCommand({ Bucket, Key })).then(
      ({ Body }) => Body?.transformToString(),
      () => undefined,
    );
    expect([Key, got]).toEqual([Key, body]);
    if (body === undefined) continue;
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
    expect(TagSet).toEqual([{ Key: "turn", Value: body }]);
  }
}

test("a quota of the bucket ends with no move, and that of its account holds for what comes", async () => {
  const Bucket = "limited";
  const quota = (...words: readonly string[]) =>
    cliHere(gateway, ["quota", ...words, "--local", "--nl"], { keys: gateway.admin });
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "text" }));
  await quota("set", Bucket, "--max-objects", "1");
  const to = async (place: string, losses = all) =>
    migrate(Bucket, "--to", place, "--accept-losses", losses, "--remove-source");
  expect(await to("engine")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("limited has a quota, which does not hold on engines: remove it first"),
  });
  await quota("remove", Bucket);
  expect((await to("engine")).code).toBe(0);
  for (const words of [["show"], ["set", "--max-objects", "1"]])
    expect((await quota(...words, Bucket)).stderr).toContain(
      "The objects of limited are on the engine engine, which counts them itself: set a quota of its own there",
    );
  const { Objects } = JSON.parse((await quota("show")).stdout) as { readonly Objects: number };
  await quota("set", "--account", gateway.accountId, "--max-objects", String(Objects));
  expect(await to("local")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`"k" is more than the quota of the account ${gateway.accountId} allows`),
  });
  await quota("remove", "--account", gateway.accountId);
  // Who agrees to something else does not wait until it is tried again.
  expect((await to("local", `${all},etags`)).code).toBe(0);
  // Asked for at once, they do not both begin.
  const [limited, moving] = await Promise.all([
    quota("set", Bucket, "--max-objects", "5"),
    migrate(Bucket, "--to", "engine", "--accept-losses", all, "--no-wait"),
  ]);
  expect([limited.code, moving.code]).not.toEqual([0, 0]);
}, 120_000);

test("it is read all the time, and no write that was acknowledged is lost", async () => {
  const Bucket = "busy";
  await client.send(new CreateBucketCommand({ Bucket }));
  for (let n = 0; n < 40; n += 1) await client.send(new PutObjectCommand({ Bucket, Key: `still/${n}`, Body: `${n}` }));
  for (const to of ["engine", "local"]) {
    const writes = writer(Bucket, 20);
    const moved = new AbortController();
    const reads = (async () => {
      for (let n = 0; !moved.signal.aborted; n += 1) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: `still/${n % 40}` }));
        expect(await Body?.transformToString()).toBe(`${n % 40}`);
      }
    })();
    expect(await migrate(Bucket, "--to", to, "--accept-losses", all)).toMatchObject({
      code: 0,
      state: { Phase: "Moved" },
    });
    moved.abort();
    await reads;
    const written = await writes.stop();
    await expectWritten(Bucket, written);
    expect([...written.refusals].filter((name) => name !== "ServiceUnavailable")).toEqual([]);
    await migrate(Bucket, "--to", to, "--accept-losses", all, "--remove-source");
  }
}, 120_000);

test("killed with -9 at any time, the move goes on where it was and loses nothing", async () => {
  const Bucket = "killed";
  await client.send(new CreateBucketCommand({ Bucket }));
  for (let n = 0; n < 60; n += 1) await client.send(new PutObjectCommand({ Bucket, Key: `still/${n}`, Body: `${n}` }));
  const runs = Number(process.env["KILL_LOOPS"] ?? 1);
  for (let run = 0; run < runs; run += 1) {
    const to = run % 2 === 0 ? "engine" : "local";
    const writes = writer(Bucket, 10);
    await migrate(Bucket, "--to", to, "--accept-losses", all, "--remove-source", "--no-wait");
    await writes.acknowledges();
    await sleep(Math.random() * 2500);
    await gateway.stop("SIGKILL");
    const written = await writes.stop();
    await startAgain();
    while ((await migrate(Bucket, "--status")).state["Phase"] !== "None") await sleep(300);
    expect((await migrate(Bucket, "--status")).state["Place"]).toBe(to === "local" ? "local" : "engine/gw-killed");
    await expectWritten(Bucket, written);
    for (let n = 0; n < 60; n += 1)
      expect(await client.send(new HeadObjectCommand({ Bucket, Key: `still/${n}` }))).toMatchObject({
        ContentLength: `${n}`.length,
      });
  }
}, 180_000);
