import {
  CreateRoleCommand,
  DeleteUserPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, cliHere, type Ended, outcome, output, s3 } from "./clients.ts";
import { allow, makeBucket, makeUser, type MadeUser } from "./fixtures.ts";
import { type Keys, type RunningGateway, startGateway } from "./gateway.ts";
import { presigned, send } from "./raw.ts";
import { type Connection, connectToEach, workersOf } from "./worker-connections.ts";

const runs = Math.ceil(Number(process.env["TEST_RUNS"] ?? 40) / 20);

async function textOf(
  sent: Promise<{ readonly Body?: { transformToString(): Promise<string> } | undefined }>,
): Promise<string> {
  return (await (await sent).Body?.transformToString()) ?? "";
}

describe("several workers", () => {
  let gateway: RunningGateway;
  let connections: readonly Connection[];
  beforeAll(async () => {
    gateway = await startGateway({ args: ["--workers", "3", "--website-port", "0", "--website-paths"] });
    connections = await connectToEach(gateway);
    await makeBucket(gateway, "shared");
  });
  afterAll(async () => {
    for (const { agent } of connections) agent.destroy();
    await gateway.stop();
  });
  const at = (index: number): Connection => {
    const connection = connections[index % connections.length];
    if (connection === undefined) throw new Error("there are no workers");
    return connection;
  };

  test("each of them serves websites at the one port", async () => {
    const [, origin = ""] = /^websites: +(\S+)\/BUCKET\/$/m.exec(gateway.log()) ?? [];
    const pages = await Promise.all(
      connections.map(() => fetch(`${origin}/shared/`, { headers: { connection: "close" } })),
    );
    expect(pages.map(({ headers }) => headers.get("x-amz-error-code"))).toEqual(
      connections.map(() => "NoSuchWebsiteConfiguration"),
    );
  });

  describe("what one acknowledged, every other answers by", () => {
    /** What the next request must find. */
    interface Model {
      active: boolean;
      allowed: boolean;
      denied: boolean;
      body: string;
    }

    /** A user, a role and a bucket of this name, in it an object. */
    interface Subject {
      readonly name: string;
      readonly user: MadeUser;
      session: Keys;
      readonly model: Model;
    }

    const everythingIn = (bucket: string): string => `arn:aws:s3:::${bucket}/*`;

    const changes: Readonly<Record<string, (by: Connection, subject: Subject, long: boolean) => Promise<void>>> = {
      "rights given": async (by, { name, model }) => {
        const PolicyDocument = JSON.stringify(allow("s3:GetObject", everythingIn(name)));
        await by.iam().send(new PutUserPolicyCommand({ UserName: name, PolicyName: "reads", PolicyDocument }));
        model.allowed = true;
      },
      "rights taken": async (by, { user, model }) => {
        if (!model.allowed) return;
        await by.iam().send(new DeleteUserPolicyCommand({ UserName: user.name, PolicyName: "reads" }));
        model.allowed = false;
      },
      "key switched": async (by, { user, model }) => {
        const Status = model.active ? "Inactive" : "Active";
        const AccessKeyId = user.keys.accessKeyId;
        await by.iam().send(new UpdateAccessKeyCommand({ UserName: user.name, AccessKeyId, Status }));
        model.active = !model.active;
      },
      "bucket policy": async (by, { name: Bucket, model }) => {
        const Statement = [{ Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: everythingIn(Bucket) }];
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
        if (model.denied) await by.s3().send(new DeleteBucketPolicyCommand({ Bucket }));
        else await by.s3().send(new PutBucketPolicyCommand({ Bucket, Policy }));
        model.denied = !model.denied;
      },
      overwritten: async (by, { name: Bucket, model }, long) => {
        const body = randomBytes(long ? 20_000 : 200).toString("hex");
        await by.s3().send(new PutObjectCommand({ Bucket, Key: "object", Body: body }));
        model.body = body;
      },
      "sessions revoked": async (by, subject) => {
        const words = ["sessions", "revoke", "--role", subject.name, "--endpoint-url", gateway.endpoint];
        await output(cliHere(gateway, words, { keys: gateway.admin }));
        expect(await readBy(by, subject, subject.session)).toBe("InvalidToken");
        await sleep(2); // the time of the revocation has milliseconds
        subject.session = await assume(by, subject.name);
      },
    };

    async function assume(by: Connection, name: string): Promise<Keys> {
      const RoleArn = `arn:aws:iam::${gateway.accountId}:role/${name}`;
      const { Credentials } = await by.sts().send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "job" }));
      const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    }

    async function readBy(connection: Connection, { name: Bucket }: Subject, keys: Keys): Promise<string> {
      try {
        return await textOf(connection.s3(keys).send(new GetObjectCommand({ Bucket, Key: "object" })));
      } catch (error) {
        return error instanceof Error ? error.name : String(error);
      }
    }

    async function subjectOf(name: string): Promise<Subject> {
      const user = await makeUser(gateway, name);
      const iam = at(0).iam();
      const trust = { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
      await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
      const PolicyDocument = JSON.stringify(allow("s3:GetObject", everythingIn(name)));
      await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "reads", PolicyDocument }));
      await makeBucket(gateway, name);
      await at(1)
        .s3()
        .send(new PutObjectCommand({ Bucket: name, Key: "object", Body: "first" }));
      const model = { active: true, allowed: false, denied: false, body: "first" };
      return { name, user, session: await assume(at(2), name), model };
    }

    test("rights, keys, sessions and bytes, in any order", async () => {
      let made = 0;
      const step = fc.record({
        change: fc.constantFrom(...Object.keys(changes)),
        by: fc.nat({ max: 2 }),
        long: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 10 }), async (steps) => {
          const subject = await subjectOf(`subject-${(made += 1)}`);
          const { model, user } = subject;
          for (const { change, by, long } of steps) {
            await changes[change]?.(at(by), subject, long);
            const asSession = model.denied ? "AccessDenied" : model.body;
            const asUser = !model.active ? "InvalidAccessKeyId" : model.allowed ? asSession : "AccessDenied";
            // Each has been asked before, so each could have kept what was.
            const found = connections.map(async (connection) => [
              await readBy(connection, subject, user.keys),
              await readBy(connection, subject, subject.session),
            ]);
            expect(await Promise.all(found), change).toEqual(connections.map(() => [asUser, asSession]));
          }
        }),
        { numRuns: runs, endOnFailure: true },
      );
    });

    test("an upload begun at one, its parts at others, read at all", async () => {
      const named = { Bucket: "shared", Key: "parts" };
      const { UploadId } = await at(0).s3().send(new CreateMultipartUploadCommand(named));
      const bodies = [randomBytes(5 * 1024 * 1024), randomBytes(100_000)];
      const parts = bodies.map(async (Body, index) => {
        const part = { ...named, UploadId, PartNumber: index + 1, Body };
        return {
          ...(await at(index + 1)
            .s3()
            .send(new UploadPartCommand(part))),
          PartNumber: index + 1,
        };
      });
      const MultipartUpload = { Parts: await Promise.all(parts) };
      await at(2)
        .s3()
        .send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload }));
      for (const connection of connections) {
        const { Body } = await connection.s3().send(new GetObjectCommand(named));
        expect(Buffer.concat(bodies).equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
      }
    });
  });

  test("writes at all of them together get what a quota has, and no more", async () => {
    await makeBucket(gateway, "limited");
    const words = ["quota", "set", "limited", "--max-objects", "5", "--endpoint-url", gateway.endpoint];
    await output(cliHere(gateway, words, { keys: gateway.admin }));
    const writes = Array.from({ length: 24 }, async (_, index) => {
      const put = new PutObjectCommand({ Bucket: "limited", Key: `key-${index}`, Body: "text" });
      return outcome(at(index).s3().send(put));
    });
    const outcomes = await Promise.all(writes);
    expect(outcomes.filter((one) => one === "allowed")).toHaveLength(5);
    expect(new Set(outcomes)).toEqual(new Set(["allowed", "QuotaExceeded"]));
  });

  test("what all of them log is lines, whole ones", async () => {
    const long = "x".repeat(900);
    const sent = Array.from({ length: 60 }, (_, index) =>
      send(gateway, {
        path: `/shared/${index}`,
        query: `prefix=${long}`,
        keys: gateway.admin,
        headers: { "user-agent": long },
      }),
    );
    await Promise.all(sent);
    const lines = (): readonly string[] =>
      gateway
        .log()
        .split("\n")
        .filter((line) => line.startsWith("{"));
    await expect.poll(() => lines().filter((line) => line.includes(`"key":"5`)).length).toBeGreaterThanOrEqual(11);
    for (const line of lines().slice(0, -1)) JSON.parse(line);
  });

  test("each of them has its lines in the one access log", async () => {
    await makeBucket(gateway, "logged");
    await logInto(gateway, "logged");
    const asked = connections.map((_, index) =>
      outcome(
        at(index)
          .s3()
          .send(new HeadObjectCommand({ Bucket: "logged", Key: `of-${index}` })),
      ),
    );
    await Promise.all(asked);
    const ofHeads = () => accessLines(gateway).filter((line) => line.includes(" REST.HEAD.OBJECT of-"));
    await expect.poll(() => ofHeads().length).toBe(connections.length);
  });

  test("an address in use and a folder in use end all processes of a start, with one line", async () => {
    const start = (port: number, data: string): Promise<Ended> =>
      cli(gateway, ["serve", "--port", String(port), "--data", data, "--workers", "2"]);
    const address = await start(gateway.port, join(gateway.home, "other"));
    expect(address).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^Error: .* it is in use; .*\n$/),
    });
    expect(existsSync(join(gateway.home, "other"))).toBe(false);
    const folder = await start(0, gateway.dataDir);
    expect(folder).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Error: .* in use by another gateway; .*\n$/),
    });
  });

  test("kill -9 of one: nothing acknowledged is lost, another takes its place, and what it left is swept", async () => {
    // The gateway has closed those that nobody used for as long as the test before took.
    for (const { agent } of connections) agent.destroy();
    connections = await connectToEach(gateway);
    const victim = at(1);
    const other = (await connectToEach(gateway)).find(({ worker }) => worker === victim.worker) ?? victim;
    const left = await beginUpload(gateway, other.agent, "cut-off");
    const kept = new Map<string, string>();
    const stopping = new AbortController();
    const writers = connections.map(async (connection, writer) => {
      const client = connection.s3();
      for (let round = 0; !stopping.signal.aborted; round += 1) {
        const [key, body] = [`kept-${writer}-${round}`, randomBytes(round % 2 === 0 ? 50 : 20_000).toString("hex")];
        const put = new PutObjectCommand({ Bucket: "shared", Key: key, Body: body });
        if ((await outcome(client.send(put))) !== "allowed") return;
        kept.set(key, body);
      }
    });
    await expect.poll(() => kept.size).toBeGreaterThan(20);
    process.kill(victim.worker, "SIGKILL");
    await writers[1];
    stopping.abort();
    await Promise.all(writers);
    await expect.poll(() => gateway.log()).toContain("a worker process ended (SIGKILL): another one takes its place");
    await expect.poll(() => workersOf(gateway).filter((pid) => pid !== victim.worker).length).toBe(3);
    await expect.poll(() => existsSync(left.file)).toBe(false);
    const survivors = connections.filter(({ worker }) => worker !== victim.worker);
    for (const { agent } of [victim, other]) agent.destroy();
    connections = await connectToEach(gateway);
    expect(connections.map(({ worker }) => worker)).toEqual(
      expect.arrayContaining(survivors.map(({ worker }) => worker)),
    );
    for (const connection of connections) {
      const client = connection.s3();
      for (const [Key, body] of kept)
        expect(await textOf(client.send(new GetObjectCommand({ Bucket: "shared", Key }))), Key).toBe(body);
    }
  });
});

test("SIGTERM lets a request end, kill -9 of the primary ends all at once, and the next start has everything", async () => {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-workers-"));
  const start = (): Promise<RunningGateway> => startGateway({ home, args: ["--workers", "2"] });
  const areGone = (pids: readonly number[]): boolean => !pids.some((pid) => existsSync(`/proc/${pid}`));
  try {
    const first = await start();
    await makeBucket(first, "kept", ["before"]);
    const workers = workersOf(first);
    const upload = await beginUpload(first, new Agent(), "slow");
    const ended = first.stop();
    await expect.poll(() => statusOf(send(first, { path: "/" }))).not.toBe(403); // it accepts nothing new
    upload.finish();
    expect(await upload.status).toBe(200);
    expect(await ended).toBe(0);
    expect(areGone(workers)).toBe(true);

    const second = await start();
    const killed = workersOf(second);
    await logInto(second, "kept");
    await send(second, { path: "/kept/before" });
    await expect.poll(() => accessLines(second).some((line) => line.includes(" before "))).toBe(true);
    await second.stop("SIGKILL");
    await expect.poll(() => areGone(killed)).toBe(true);
    expect(await outcome(send(second, { path: "/" }))).not.toBe("allowed");

    const third = await start();
    const size = async (Key: string): Promise<number | undefined> =>
      (await s3(third, third.admin).send(new HeadObjectCommand({ Bucket: "kept", Key }))).ContentLength;
    expect([await size("before"), await size("slow")]).toEqual([6, uploadSize]);
    const logs = new ListObjectsV2Command({ Bucket: "kept", Prefix: "logs/" });
    await expect.poll(async () => (await s3(third, third.admin).send(logs)).KeyCount).toBe(1);
    for (const pid of workersOf(third).slice(0, 1)) process.kill(pid, "SIGKILL"); // its successor is stopped with the others
    expect(await third.stop()).toBe(0);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

/** Requests on the bucket are logged into the bucket itself. */
async function logInto(gateway: RunningGateway, Bucket: string): Promise<void> {
  const client = s3(gateway, gateway.admin);
  const Principal = { Service: "logging.s3.amazonaws.com" };
  const Statement = [{ Effect: "Allow", Principal, Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/logs/*` }];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const LoggingEnabled = { TargetBucket: Bucket, TargetPrefix: "logs/" };
  await client.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
}

/** Those that are not delivered yet. */
function accessLines({ dataDir }: RunningGateway): readonly string[] {
  const folder = join(dataDir, "access-logs");
  return readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
}

/** Undefined: the connection was refused or cut. */
const statusOf = (sent: Promise<{ readonly status: number }>): Promise<number | undefined> =>
  sent.then(
    ({ status }) => status,
    () => undefined,
  );

const uploadSize = 4 * 1024 * 1024;

/** An upload that has sent a half, and the file that it goes to. */
async function beginUpload(
  gateway: RunningGateway,
  agent: Agent,
  key: string,
): Promise<{ readonly file: string; readonly finish: () => void; readonly status: Promise<number | undefined> }> {
  const files = (): readonly string[] =>
    readdirSync(join(gateway.dataDir, "blobs"), { recursive: true, encoding: "utf8" }).filter((name) =>
      /\/[0-9a-f]{32}$/.test(name),
    );
  const before = new Set(files());
  const bucket = key === "slow" ? "kept" : "shared";
  const path = `/${bucket}/${key}`;
  const upload = request({
    host: "127.0.0.1",
    port: gateway.port,
    method: "PUT",
    path: `${path}?${presigned(gateway, gateway.admin, { method: "PUT", path })}`,
    headers: { "content-length": String(uploadSize) },
    agent,
  });
  const status = new Promise<number | undefined>((resolve) => {
    upload.on("response", (response) => resolve(response.resume().statusCode));
    upload.on("error", () => resolve(undefined));
  });
  upload.write(Buffer.alloc(uploadSize / 2));
  const added = (): string | undefined => files().find((name) => !before.has(name));
  await expect.poll(added).toBeDefined();
  const finish = (): void => void upload.end(Buffer.alloc(uploadSize / 2));
  return { file: join(gateway.dataDir, "blobs", added() ?? ""), finish, status };
}
