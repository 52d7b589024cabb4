import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeAbilities } from "../packages/gateway/src/data-planes/upstream/probe-abilities.ts";
import { createUpstreamPlane } from "../packages/gateway/src/data-planes/upstream/upstream-plane.ts";
import { systemClock } from "../packages/gateway/src/server/system-clock.ts";
import type { Lacks } from "../packages/gateway/test/contract/plane-under-test.ts";
import { dataPlaneContract } from "../packages/gateway/test/data-plane-contract.ts";
import { testGrant } from "../packages/gateway/test/test-grant.ts";
import { followVersioning, lacksOf } from "../packages/gateway/test/upstream-under-test.ts";
import { useCertificate } from "../packages/gateway/test/self-signed.ts";
import { cliHere, iam, outcome, output, s3 } from "./clients.ts";
import { makeUser } from "./fixtures.ts";
import { type Keys, readKeys, type RunningGateway, startGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { removeBuckets, upstreamRuns } from "./upstream-runs.ts";

const certificate = useCertificate();
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
    const engineHome = mkdtempSync(join(tmpdir(), "engine-"));
    const startEngine = (...args: string[]) => startGatewayHere({ home: engineHome, args });
    let engine = await startEngine();
    const { endpoint: url, port, dataDir } = engine;
    const again = () => startEngine("--port", String(port));
    const settings = JSON.parse(readFileSync(file, "utf8")) as { upstreams: object[] };
    const other = join(home, "third.json");
    const upstreams = [...settings.upstreams, { name: "third", url, credentials: join(dataDir, "admin-credentials") }];
    writeFileSync(other, JSON.stringify({ ...settings, upstreams, buckets: [{ name: "three", home: "third" }] }));
    await engine.stop();
    const gateway = await startGatewayHere({ home, args: ["--upstreams", other] });
    expect(gateway.log()).toMatch(
      /the upstream third cannot be asked: nothing answers there; check its URL and that it runs \(ECONNREFUSED\); /,
    );
    const client = s3(gateway, gateway.admin);
    const create = () => outcome(client.send(new CreateBucketCommand({ Bucket: "three" })));
    expect(await create()).toBe("ServiceUnavailable");
    engine = await again();
    await expect.poll(create).toBe("allowed");
    await client.send(new PutObjectCommand({ Bucket: "three", Key: "k", Body: "on the third" }));
    // It goes away while it is in use.
    await engine.stop();
    expect(await outcome(read(client, "three"))).toBe("ServiceUnavailable");
    expect(await read(client, "one-photos")).toBe("from here");
    engine = await again();
    await expect.poll(() => read(client, "three").catch(() => "away")).toBe("on the third");
    await client.send(new DeleteObjectCommand({ Bucket: "three", Key: "k" }));
    await client.send(new DeleteBucketCommand({ Bucket: "three" }));
    await gateway.stop();
    await engine.stop();
    rmSync(engineHome, { recursive: true, force: true });
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

  test("customers' keys are refused by name, over TLS too, and nothing is stored", async () => {
    const gateway = await startGatewayHere({ home, args: ["--upstreams", file, ...certificate.options] });
    const requestHandler = { httpsAgent: new Agent({ ca: certificate.ca }) };
    const { endpoint, admin } = gateway;
    const client = new S3Client({
      endpoint,
      region: "us-east-1",
      credentials: { ...admin },
      maxAttempts: 1,
      forcePathStyle: true,
      requestHandler,
    });
    const key = randomBytes(32);
    const customer = {
      Bucket: "one-photos",
      Key: "customer",
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: key.toString("base64"),
      SSECustomerKeyMD5: createHash("md5").update(key).digest("base64"),
    };
    const copy = { CopySource: "one-photos/k", ...customer };
    const sent = [
      new PutObjectCommand({ ...customer, Body: "x" }),
      new CopyObjectCommand(copy),
      new CreateMultipartUploadCommand(customer),
    ];
    for (const command of sent) {
      const answer = await client.send(command as PutObjectCommand).catch(String);
      expect(answer).toContain(
        "NotImplemented: The storage behind this bucket does not support encryption with customer-provided keys (SSE-C)",
      );
    }
    const plain = { Bucket: "one-photos", Key: "k" };
    expect(await outcome(client.send(new GetObjectCommand({ ...plain })))).toBe("allowed");
    expect(await outcome(client.send(new GetObjectCommand({ ...plain, Key: "customer" })))).toBe("NoSuchKey");
    client.destroy();
    await gateway.stop();
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

describe("an engine whose keys may do less", () => {
  let engine: RunningGateway;
  let owner: S3Client;
  beforeAll(async () => {
    engine = await startGatewayHere();
    owner = s3(engine, engine.admin);
    for (const Bucket of ["archive", "trials"]) await owner.send(new CreateBucketCommand({ Bucket }));
    await owner.send(new PutObjectCommand({ Bucket: "trials", Key: "theirs", Body: "x" }));
  });
  afterAll(() => engine.stop());
  const gatewayWith = async (name: string, statements: readonly object[], ...args: string[]) => {
    const { keys } = await makeUser(engine, name, { policy: { Version: "2012-10-17", Statement: statements } });
    const credentials = join(folder, `${name}.keys`);
    const text = JSON.stringify({ AccessKeyId: keys.accessKeyId, SecretAccessKey: keys.secretAccessKey });
    writeFileSync(credentials, text, { mode: 0o600 });
    return startGatewayHere({ args: ["--upstream", engine.endpoint, "--upstream-credentials", credentials, ...args] });
  };
  const all = { Effect: "Allow", Action: "s3:*", Resource: "*" };
  const get = (client: S3Client) => outcome(client.send(new GetObjectCommand({ Bucket: "archive", Key: "k" })));
  const adopt = (gateway: RunningGateway) => output(cliHere(gateway, ["adopt-bucket", "archive", "--local"]));

  test("that may make no bucket: what it can do is tried in one that is there, which stays as it is", async () => {
    const buckets = ["archive", "trials"].flatMap((name) => [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`]);
    const narrow = [
      { ...all, Resource: buckets },
      { Effect: "Deny", Action: ["s3:PutBucketVersioning", "s3:DeleteBucket"], Resource: "*" },
    ];
    const without = await gatewayWith("untried", narrow);
    expect(without.log()).toMatch(/ 403 AccessDenied to PUT.* or give one with --upstream-probe/);
    await without.stop();
    const gateway = await gatewayWith("narrow", narrow, "--upstream-probe", "trials");
    expect(gateway.log()).not.toContain("requests for its buckets get 503");
    await adopt(gateway);
    const client = s3(gateway, gateway.admin);
    const put = (more: object) =>
      outcome(client.send(new PutObjectCommand({ Bucket: "archive", Key: "k", Body: "x", ...more })));
    // What was tried there is possible, conditions and tags for example.
    expect(await put({ Tagging: "a=b", IfNoneMatch: "*" })).toBe("allowed");
    expect(await put({ IfNoneMatch: "*" })).toBe("PreconditionFailed");
    expect(await get(client)).toBe("allowed");
    // What would change the bucket was not tried, and is refused by name.
    const versioning = { Bucket: "archive", VersioningConfiguration: { Status: "Enabled" as const } };
    expect(await outcome(client.send(new PutBucketVersioningCommand(versioning)))).toBe("NotImplemented");
    const { Versions = [] } = await owner.send(new ListObjectVersionsCommand({ Bucket: "trials" }));
    expect(Versions.map(({ Key }) => Key)).toEqual(["theirs"]);
    const { Status } = await owner.send(new GetBucketVersioningCommand({ Bucket: "trials" }));
    expect(Status).toBeUndefined();
    await gateway.stop();
  });

  test("that sees no tags: policies that ask for them are refused by name, for Allow and for Deny", async () => {
    const gateway = await gatewayWith("untagged", [
      all,
      { Effect: "Deny", Action: ["s3:PutObjectTagging", "s3:GetObjectTagging"], Resource: "*" },
    ]);
    await adopt(gateway);
    // The engine has tags; only the gateway does not see them.
    await owner.send(new PutObjectCommand({ Bucket: "archive", Key: "k", Body: "x", Tagging: "state=secret" }));
    const userWith = async (name: string, ...statements: readonly object[]) => {
      const policy = { Version: "2012-10-17", Statement: statements };
      return s3(gateway, (await makeUser(gateway, name, { policy })).keys);
    };
    const ifTagged = { Condition: { StringEquals: { "s3:ExistingObjectTag/state": "secret" } } };
    const allowed = await userWith("allowed-by-tags", { ...all, ...ifTagged });
    const denied = await userWith("denied-by-tags", all, { ...all, Effect: "Deny", ...ifTagged });
    expect(await get(await userWith("plain", all))).toBe("allowed");
    expect([await get(allowed), await get(denied)]).toEqual(["NotImplemented", "NotImplemented"]);
    const copy = new CopyObjectCommand({ Bucket: "archive", Key: "copy", CopySource: "archive/k" });
    expect(await outcome(denied.send(copy))).toBe("NotImplemented");
    const error = await denied.send(new GetObjectCommand({ Bucket: "archive", Key: "k" })).catch(String);
    expect(error).toContain("which a condition of a policy asks for (s3:ExistingObjectTag)");
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
  const abilities = await probeAbilities(options, `${prefix}probe`, { isThere: false });
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
