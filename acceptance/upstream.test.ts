import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeAbilities } from "../packages/gateway/src/data-planes/upstream/probe-abilities.ts";
import { createUpstreamPlane } from "../packages/gateway/src/data-planes/upstream/upstream-plane.ts";
import { systemClock } from "../packages/gateway/src/server/system-clock.ts";
import type { Lacks } from "../packages/gateway/test/contract/plane-under-test.ts";
import { dataPlaneContract } from "../packages/gateway/test/data-plane-contract.ts";
import { testGrant } from "../packages/gateway/test/test-grant.ts";
import { followVersioning, lacksOf } from "../packages/gateway/test/upstream-under-test.ts";
import { iam, outcome, s3 } from "./clients.ts";
import { makeUser } from "./fixtures.ts";
import { type Keys, readKeys, type RunningGateway, startGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { removeBuckets, upstreamRuns } from "./upstream-runs.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "upstream-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("in front of a second gateway", () => {
  let engine: RunningGateway;
  let keys: Keys;
  beforeAll(async () => {
    engine = await startGatewayHere();
    // A user and not the administrator, as an operator would do it. Its secret is searched for in all logs and events.
    const managed = ["arn:aws:iam::aws:policy/AmazonS3FullAccess"];
    ({ keys } = await makeUser(engine, "gateway", { managed }));
  });
  afterAll(() => engine.stop());
  upstreamRuns(
    () => ({ endpoint: engine.endpoint, region: "us-east-1", keys }),
    () => folder,
    { clients: true },
  );
});

describe("several engines and the data folder", () => {
  let [first, second]: RunningGateway[] = [];
  let home = "";
  let file = "";
  beforeAll(async () => {
    [first, second] = [await startGatewayHere(), await startGatewayHere()];
    home = mkdtempSync(join(tmpdir(), "upstreams-"));
    file = join(home, "upstreams.json");
    const engine = (name: string, { endpoint, dataDir }: RunningGateway) => ({
      name,
      url: endpoint,
      credentials: join(dataDir, "admin-credentials"),
      prefix: "{account}-",
    });
    const rules = [
      { name: "one-*", home: "first" },
      { name: "two-*", home: "second" },
    ];
    writeFileSync(
      file,
      JSON.stringify({ upstreams: [engine("first", first), engine("second", second)], buckets: rules }),
    );
  });
  afterAll(async () => {
    await Promise.all([first?.stop(), second?.stop()]);
    rmSync(home, { recursive: true, force: true });
  });
  const bucketsOf = async (gateway: RunningGateway | undefined) =>
    gateway === undefined
      ? []
      : ((await s3(gateway, gateway.admin).send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name);
  const read = async (client: S3Client, Bucket: string) =>
    (await client.send(new GetObjectCommand({ Bucket, Key: "k" }))).Body?.transformToString();

  test("rules say where buckets go; copies between them; a start without the engines is refused", async () => {
    const gateway = await startGatewayHere({ home, args: ["--upstreams", file] });
    const client = s3(gateway, gateway.admin);
    const names = ["one-photos", "two-photos", "photos"];
    for (const Bucket of names) await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket: "photos", Key: "k", Body: "from here" }));
    const ways = [
      ["photos", "one-photos"],
      ["one-photos", "two-photos"],
      ["two-photos", "photos"],
    ] as const;
    for (const [from, Bucket] of ways) {
      await client.send(
        new CopyObjectCommand({ Bucket, Key: "k", CopySource: `${from}/k`, MetadataDirective: "COPY" }),
      );
      expect(await read(client, Bucket)).toBe("from here");
    }
    expect(await bucketsOf(first)).toEqual([`${gateway.accountId}-one-photos`]);
    expect(await bucketsOf(second)).toEqual([`${gateway.accountId}-two-photos`]);
    expect(await bucketsOf(gateway)).toEqual(names.toSorted());
    await gateway.stop();

    await expect(startGatewayHere({ home })).rejects.toThrow(
      /^buckets of .* are on upstreams that are not given: first \(1 bucket\), second \(1 bucket\); give them with --upstreams, or start without them with --allow-missing-upstreams$/,
    );
    const without = await startGatewayHere({ home, args: ["--allow-missing-upstreams"] });
    const users = s3(without, without.admin);
    expect(await read(users, "photos")).toBe("from here");
    expect(await outcome(read(users, "one-photos"))).toBe("ServiceUnavailable");
    expect(without.log()).toContain("a bucket is on the upstream first, which is not given");
    await without.stop();
  });

  test("an engine that is away stops its own buckets alone, and they are back with it", async () => {
    const away = await startGatewayHere();
    const settings = { ...(JSON.parse(readFileSync(file, "utf8")) as { upstreams: object[] }) };
    const third = { name: "third", url: away.endpoint, credentials: join(away.dataDir, "admin-credentials") };
    const other = join(home, "third.json");
    // Its keys are needed after it has gone.
    copyFileSync(third.credentials, join(home, "third.keys"));
    const upstreams = [...settings.upstreams, { ...third, credentials: "third.keys" }];
    writeFileSync(other, JSON.stringify({ ...settings, upstreams, buckets: [{ name: "three", home: "third" }] }));
    await away.stop();
    const gateway = await startGatewayHere({ home, args: ["--upstreams", other] });
    const client = s3(gateway, gateway.admin);
    expect(await outcome(client.send(new CreateBucketCommand({ Bucket: "three" })))).toBe("ServiceUnavailable");
    expect(await read(client, "one-photos")).toBe("from here");
    expect(gateway.log()).toContain("the upstream third");
    await gateway.stop();
  });

  test("each worker process has its own connections to the engines", async () => {
    const gateway = await startGateway({ home, args: ["--upstreams", file, "--workers", "2"] });
    const reads = Array.from({ length: 8 }, async () => {
      const client = s3(gateway, gateway.admin); // a connection of its own, which goes to the next worker in turn
      await client.send(new PutObjectCommand({ Bucket: "one-photos", Key: "w", Body: "x" }));
      return read(client, "one-photos");
    });
    expect(new Set(await Promise.all(reads))).toEqual(new Set(["from here"]));
    expect(await gateway.stop()).toBe(0);
  });

  test("the engine's keys are rotated while the gateway runs", async () => {
    const engine = first as RunningGateway;
    const managed = ["arn:aws:iam::aws:policy/AmazonS3FullAccess"];
    const [before, after] = [
      await makeUser(engine, "before", { managed }),
      await makeUser(engine, "after", { managed }),
    ];
    const keys = join(home, "rotated.keys");
    const write = ({ accessKeyId, secretAccessKey }: Keys) =>
      writeFileSync(keys, JSON.stringify({ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey }), {
        mode: 0o600,
      });
    write(before.keys);
    const gateway = await startGatewayHere({ args: ["--upstream", engine.endpoint, "--upstream-credentials", keys] });
    const client = s3(gateway, gateway.admin);
    await client.send(new CreateBucketCommand({ Bucket: "rotated" }));
    write(after.keys);
    const AccessKeyId = before.keys.accessKeyId;
    const off = { UserName: "before", AccessKeyId, Status: "Inactive" } as const;
    await iam(engine, engine.admin).send(new UpdateAccessKeyCommand(off));
    const put = () => outcome(client.send(new PutObjectCommand({ Bucket: "rotated", Key: "k", Body: "x" })));
    await expect.poll(put).toBe("allowed");
    await gateway.stop();
  });
});

/** Any engine: see CONTRIBUTING.md. */
const {
  UPSTREAM_TEST_URL: endpoint,
  UPSTREAM_TEST_CREDENTIALS: file,
  UPSTREAM_TEST_REGION: region = "us-east-1",
  UPSTREAM_TEST_LACKS: lacks = "",
} = process.env;
if (endpoint !== undefined && file !== undefined) {
  const credentials = readKeys(file);
  const options = { name: "any", endpoint, region, credentials, pathStyle: true, clock: systemClock };
  const prefix = `gw${randomBytes(4).toString("hex")}-`;
  const abilities = await probeAbilities(options, `${prefix}probe`);
  describe(`the data plane over ${endpoint}`, () => {
    const plane = createUpstreamPlane({ ...options, abilities });
    const named = lacks.split(",").filter((name) => name !== "");
    const given = Object.fromEntries(named.map((name) => [name, "UPSTREAM_TEST_LACKS says so"])) as Lacks;
    dataPlaneContract(async () => followVersioning(plane), { ...lacksOf(abilities), ...given }, prefix);
    afterAll(async () => {
      await removeBuckets(options, prefix, (bucket) => plane.closeBucket(testGrant(), bucket));
      await plane.close();
    });
  });
  describe(`in front of ${endpoint}`, () => {
    upstreamRuns(
      () => ({ endpoint, region, keys: readKeys(file) }),
      () => folder,
      { clients: true },
    );
  });
}
