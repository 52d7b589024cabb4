/** Two gateways as processes over one PostgreSQL, with their objects on one engine, which is a third gateway. */
import { randomBytes } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, onTestFailed, onTestFinished, test } from "vitest";
import { messagesIn, recordsOf } from "../packages/gateway/test/notification-files.ts";
import { testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { selfSigned } from "../packages/gateway/test/self-signed.ts";
import { administer } from "../packages/gateway/test/stores/postgres-items.ts";
import { cliHere, iam, outcome, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import { type GatewayHere, startGatewayHere } from "./gateway-here.ts";
import { type Keys, readKeys, type RunningGateway } from "./gateway.ts";
import { startHaproxy } from "./haproxy.ts";
import { valueOf } from "./metrics.ts";
import { newerVersion } from "./newer-version.ts";
import { leaseSeconds, prepareSharedGateways, type SharedGateways } from "./shared-gateways.ts";
import { type Fire, failsBy } from "./under-fire/fires.ts";
import { type Progress, underFire } from "./under-fire/under-fire.ts";

const isLong = process.env["TEST_RUNS"] !== undefined;
const loops = isLong ? 300 : 30;

let shared: SharedGateways;
let engine: GatewayHere;
let a: RunningGateway;
let b: RunningGateway;

function recover(home: string, database: string, ...more: readonly string[]) {
  const given = shared.options(database).slice(0, 6); // where it is, and who we are there
  return cliHere({ home }, ["recover", "--data", join(home, "data"), ...given, ...more]);
}

/** Why a start is refused. */
async function refusal(home: string, more: readonly string[] = []): Promise<string> {
  return startGatewayHere({ home, args: [...shared.options(), ...more] }).then(
    () => "it started",
    (error: Error) => error.message,
  );
}

beforeAll(async () => {
  engine = await startGatewayHere();
  shared = await prepareSharedGateways(engine);
  a = await shared.start("a");
});
afterAll(async () => {
  const outputs = [a, b].map((gateway) => gateway.log());
  await Promise.all([a, b].map((gateway) => gateway.stop()));
  await engine.stop();
  await shared.stop();
  for (const output of outputs) expect(output).not.toContain(shared.password);
});

/** Through a client of its own, so each time on a new connection. Behind the balancer all come from one address, which a gateway allows a limited number of them, so it is closed. */
async function read(gateway: RunningGateway, keys: Keys): Promise<string> {
  const client = s3(gateway, keys);
  const result = await outcome(client.send(new GetObjectCommand({ Bucket: "shared", Key: "one" })));
  client.destroy();
  return result;
}

async function shown({ metrics }: RunningGateway, name: string): Promise<number> {
  return valueOf(await (await fetch(`${metrics}/metrics`)).text(), name) ?? Number.NaN;
}

test("a second gateway starts with the key file of the first and not without, and makes no account", async () => {
  const home = shared.homeOf("b");
  const [from, to] = [a.dataDir, join(home, "data")];
  expect(await refusal(home)).toMatch(/^the key file \S+ is missing, and the database .*: copy the file keyfile/m);
  writeFileSync(join(to, "keyfile"), randomBytes(32), { mode: 0o600 });
  expect(await refusal(home)).toMatch(/^the key file \S+ is not the one that the database .* was sealed with/m);
  copyFileSync(join(from, "keyfile"), join(to, "keyfile"));
  chmodSync(join(to, "keyfile"), 0o644);
  expect(await refusal(home)).toMatch(/^others than its owner may read the key file .*; run: chmod 600/m);
  chmodSync(join(to, "keyfile"), 0o600);
  const wrong = join(shared.folder, "wrong-password");
  writeFileSync(wrong, `${shared.password}-no`, { mode: 0o600 });
  const why = await refusal(home, ["--database-password-file", wrong]);
  expect(why).toMatch(
    /^cannot use the database iam of gateway at 127.0.0.1, port \d+: password auth.*; see that the file has the pass/,
  );
  expect(why).not.toContain(shared.password);
  expect(existsSync(join(to, "admin-credentials"))).toBe(false);
  b = await shared.start("b");
  expect(b.accountId).toBe(a.accountId);
  expect(existsSync(join(to, "directory.db")) || existsSync(join(to, "objects.db"))).toBe(false);
});

test("a database that cannot be used is told with what to do about it", async () => {
  const home = shared.homeOf("unfit");
  const url = (name: string) => `postgres://gateway@127.0.0.1:${shared.postgres.address.port}/${name}`;
  const found = await refusal(home, ["--database", url("nowhere")]);
  expect(found).toMatch(
    /^cannot use the database nowhere .* does not exist \(3D000\); make it with: createdb --owner USER/,
  );
  const theirs = await refusal(home, ["--database", url("postgres")]);
  expect(theirs).toMatch(
    /permission denied for database postgres \(42501\); it and its schemas .* belong to this user$/,
  );
  const stranger = join(shared.folder, "stranger.pem");
  writeFileSync(stranger, selfSigned().cert);
  const unknown = await refusal(home, ["--database-ca", stranger]);
  expect(unknown).toMatch(/certificate; give the authority of its certificate with --database-ca$/);
});

test("a database that a newer version has changed is refused with what it has", async () => {
  const newer = "INSERT INTO record.migrations (name, compatible) VALUES ('9999-newer', false)";
  const owner = { ...shared.postgres.address, database: "iam" };
  await administer(owner, "record", newer);
  expect(await refusal(shared.homeOf("older"))).toMatch(
    /^cannot use the database iam of .*: the database was written by a newer version \(it has the migration 9999-newer\)$/,
  );
  await administer(owner, "record", "DELETE FROM record.migrations WHERE name = '9999-newer'");
});

test("of two that start at once on an empty database, one makes the account and the other asks for its key file", async () => {
  await administer(shared.postgres.address, "public", "CREATE DATABASE empty OWNER gateway");
  const args = shared.options("empty");
  const starts = ["first", "second"].map((name) => startGatewayHere({ home: shared.homeOf(name), args }));
  const ended = await Promise.allSettled(starts);
  const [started, ...more] = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(more).toEqual([]);
  expect(ended.map((one) => (one.status === "rejected" ? String(one.reason) : "")).join("")).toMatch(
    /the key file \S+ is missing, and the database empty of gateway .* is in use/,
  );
  if (started === undefined) throw new Error("none started");
  expect(await outcome(s3(started, started.admin).send(new ListBucketsCommand({})))).toBe("allowed");
  const lost = await recover(started.home, "empty", "--new-key-file");
  expect(lost.stderr).toMatch(/^Error: the data folder \S+ is in use by another gateway/);
  await started.stop();

  // Then its key file is lost.
  rmSync(join(started.dataDir, "keyfile"));
  expect((await recover(started.home, "empty")).stderr).toMatch(
    /^Error: the key file \S+ is missing, and without it no access key \(there are 2\) and no session can be restored: copy it from the --data folder of another gateway to \S+, with mode 0600, or give up .* with --new-key-file; .*\n$/,
  );
  const { code, stderr } = await recover(started.home, "empty", "--new-key-file");
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining(`  ${started.admin.accessKeyId} of user admin\nEach other`),
  ]);
  const again = await startGatewayHere({ home: started.home, args });
  onTestFinished(async () => void (await again.stop()));
  const tried = [again.admin, started.admin].map((keys) => outcome(s3(again, keys).send(new ListBucketsCommand({}))));
  expect(await Promise.all(tried)).toEqual(["allowed", "InvalidAccessKeyId"]);
});

test("keys that are lost are made again while the gateways serve, and work on each at once", async () => {
  const home = shared.homeOf("spare");
  const wrong = await recover(home, "iam", "--accept-parts");
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--accept-parts is for objects in the data"),
  });
  copyFileSync(join(a.dataDir, "keyfile"), join(home, "data", "keyfile"));
  expect((await recover(home, "iam", "--new-key-file")).stderr).toBe(
    "Error: gateways are running on the database; stop all of them, then run this again\n",
  );
  const { code, stdout, stderr } = await recover(home, "iam");
  const file = join(home, "data", "admin-credentials");
  expect([code, stdout]).toEqual([0, expect.stringContaining(`admin keys: ${file}\n`)]);
  expect(stderr).toContain(`Access key ${a.admin.accessKeyId} of user admin works too`);
  const found = [a, b].map((gateway) => outcome(s3(gateway, readKeys(file)).send(new ListBucketsCommand({}))));
  expect(await Promise.all(found)).toEqual(["allowed", "allowed"]);
  const alone = await cliHere({ home }, ["recover", "--data", join(home, "data")]);
  expect(alone.stderr).toMatch(
    /^Error: the directory of \S+ is in the database iam of .*: give --database, or another/,
  );
});

test("each change of rights on one is what the other decides by when it is acknowledged", async () => {
  await makeBucket(a, "shared", ["one"]);
  const policy = allow("s3:GetObject", "arn:aws:s3:::shared/*");
  const { name: UserName } = await makeUser(b, "changing", { policy });
  const admin = { a: iam(a, a.admin), b: iam(b, a.admin) };
  const rights = { UserName, PolicyName: "inline" };
  for (let loop = 0; loop < loops; loop += 1) {
    const [here, there, other] = loop % 2 === 0 ? [admin.a, a, b] : [admin.b, b, a];
    const { AccessKey } = await here.send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    const seen = [await read(other, keys), await read(there, keys)];
    if (loop % 3 === 0) await here.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
    if (loop % 3 === 1) await here.send(new DeleteUserPolicyCommand(rights));
    if (loop % 3 === 2) await here.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    seen.push(await read(other, keys));
    const refused = loop % 3 === 1 ? "AccessDenied" : "InvalidAccessKeyId";
    expect(seen, `change ${loop}`).toEqual(["allowed", "allowed", refused]);
    if (loop % 3 === 1)
      await here.send(new PutUserPolicyCommand({ ...rights, PolicyDocument: JSON.stringify(policy) }));
    if (loop % 3 !== 2) await here.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  }
});

test("each gateway delivers the notifications of what it did itself", async () => {
  const QueueArn = `arn:aws:sqs:us-east-1:${a.accountId}:events`;
  const NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectCreated:*" as const] }] };
  const configuration = { Bucket: "shared", NotificationConfiguration, SkipDestinationValidation: true };
  const [here, there] = [s3(a, a.admin), s3(b, a.admin)];
  await here.send(new PutBucketNotificationConfigurationCommand(configuration));
  await here.send(new PutObjectCommand({ Bucket: "shared", Key: "of-a", Body: "x" }));
  await there.send(new PutObjectCommand({ Bucket: "shared", Key: "of-b", Body: "x" }));
  for (const [{ home }, key] of [
    [a, "of-a"],
    [b, "of-b"],
  ] as const) {
    const messages = await messagesIn(home, "events.jsonl", (all) => all.length > 0);
    expect(recordsOf(messages, "shared").map(({ s3: { object } }) => object.key)).toEqual([key]);
  }
  await here.send(new PutBucketNotificationConfigurationCommand({ Bucket: "shared", NotificationConfiguration: {} }));
});

test("a session of one is good on the other, and what the other takes from it is gone here", async () => {
  const RoleName = "reader";
  const trust = { Effect: "Allow", Principal: { AWS: a.accountId }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: trust });
  const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
  const { Role } = await iam(a, a.admin).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam(a, a.admin).send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const asked = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "here" });
  const { Credentials } = await sts(a, a.admin).send(asked);
  const keys = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  expect([await read(b, keys), await read(a, keys)]).toEqual(["allowed", "allowed"]);
  const words = ["sessions", "revoke", "--role", RoleName, "--endpoint-url", b.endpoint];
  expect(await cliHere(b, words, { keys: a.admin })).toMatchObject({ code: 0 });
  expect(await read(a, keys)).toBe("InvalidToken");
});

test("what would need a folder that all have is refused by name", async () => {
  const elsewhere = s3(a, a.admin).send(new CreateBucketCommand({ Bucket: "elsewhere" }));
  await expect(elsewhere).rejects.toThrow("No S3 engine of this gateway is for buckets of this name");
  const words = ["migrate", "shared", "--to", "local", "--endpoint-url", a.endpoint];
  const { code, stderr } = await cliHere(a, words, { keys: a.admin });
  expect([code, stderr]).toEqual([1, expect.stringContaining("not moved by gateways that share a database")]);
  for (const words of [["show"], ["set", "--account", a.accountId, "--max-objects", "1"]])
    expect(await cliHere(a, ["quota", ...words, "--endpoint-url", a.endpoint], { keys: a.admin })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("This gateway keeps no objects itself, so it does not count them"),
    });
});

/** Each client has a connection of its own, which goes to any of them. */
test.runIf(isLong)("behind a load balancer nobody sees which of three gateways answers", async () => {
  const c = await shared.start("c");
  onTestFinished(async () => void (await c.stop()));
  const balancer = await startHaproxy([a, b, c]);
  onTestFinished(() => balancer.stop());
  const one = { ...a, endpoint: balancer.endpoint };
  const { name: UserName } = await makeUser(one, "balanced", { policy: allow("s3:GetObject", "*") });
  const before = [a, b, c].map((gateway) => gateway.log().length);
  const [maker, remover] = [iam(one, a.admin), iam(one, a.admin)];
  for (let loop = 0; loop < loops; loop += 1) {
    const { AccessKey } = await maker.send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    const seen = [await read(one, keys), await read(one, keys), await read(one, keys)];
    await remover.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    seen.push(await read(one, keys), await read(one, keys), await read(one, keys));
    const gone = "InvalidAccessKeyId";
    expect(seen, `key ${loop}`).toEqual(["allowed", "allowed", "allowed", gone, gone, gone]);
  }
  for (const [at, gateway] of [a, b, c].entries()) expect(gateway.log().length).toBeGreaterThan(before[at] ?? 0);
});

test("PostgreSQL stands still: 503 when the lease is over, and all is well when it goes on", async () => {
  expect(await read(a, a.admin)).toBe("allowed");
  const remaining = await shown(a, "s3_credentials_lease_remaining_seconds");
  expect(remaining > 0 && remaining < leaseSeconds).toBe(true);
  shared.postgres.pause();
  try {
    await expect.poll(() => read(a, a.admin), { timeout: 60_000 }).toBe("SlowDown");
    const change = new CreateBucketCommand({ Bucket: "not-made" });
    expect(await outcome(s3(a, a.admin).send(change))).toBe("SlowDown");
    await expect.poll(() => shown(a, "s3_credentials_lease_remaining_seconds")).toBe(0);
    expect(await shown(a, "s3_credentials_lease_failures_total")).toBeGreaterThan(0);
  } finally {
    shared.postgres.resume();
  }
  for (const gateway of [a, b]) await expect.poll(() => read(gateway, a.admin), { timeout: 60_000 }).toBe("allowed");
});

test("a gateway that is killed holds up a change until its lease is over, and starts again", async () => {
  const { keys, name: UserName } = await makeUser(a, "last", { policy: allow("s3:GetObject", "*") });
  expect(await read(b, keys)).toBe("allowed");
  await b.stop("SIGKILL");
  // It is answered: without the end of a lease, it would wait for ever.
  await iam(a, a.admin).send(new DeleteUserPolicyCommand({ UserName, PolicyName: "inline" }));
  expect(await read(a, keys)).toBe("AccessDenied");
  b = await shared.start("b");
  expect(await read(b, keys)).toBe("AccessDenied");
});

/** many-gateways-fire.test.ts and many-gateways-upgrade.test.ts have more of it, for longer. */
test("behind a load balancer, what was acknowledged outlives kills, a newer version and a new key of the keyring", async () => {
  onTestFailed(() => console.error(`the same choices once more: TEST_SEED=${testSeed}`));
  const balancer = await startHaproxy([a, b]);
  onTestFinished(() => balancer.stop());
  const newer = newerVersion(shared.folder, { name: "9000-newer", isCompatible: true });
  const breaking = newerVersion(shared.folder, { name: "9001-breaking", isCompatible: false });
  function* fires({ allReady }: Progress): Generator<Fire> {
    yield {
      name: "PostgreSQL is killed",
      allows: failsBy.outage,
      async run() {
        await shared.postgres.kill();
        await allReady(false);
        await shared.postgres.start();
      },
    };
    yield {
      name: "a gateway is killed, and comes back as a newer version",
      allows: failsBy.kill,
      async run() {
        await b.stop("SIGKILL");
        await expect(shared.start("b", breaking)).rejects.toThrow(
          "gateways of an earlier version are running, and this version changes the database (9001-breaking); stop them",
        );
        b = await shared.start("b", newer);
      },
    };
    yield {
      name: "the keyring is rotated",
      allows: failsBy.nothing,
      async run() {
        const words = ["keyring", "rotate", "--endpoint-url", a.endpoint];
        expect(await cliHere(a, words, { keys: a.admin })).toMatchObject({ code: 0 });
      },
    };
  }
  await underFire({ gateways: () => [a, b], balancer, fires, workers: 1 });
});
