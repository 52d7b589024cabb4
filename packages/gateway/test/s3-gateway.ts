import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAMClient, CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import type { SigningKeys } from "@s3-credentials/protocol";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { parseConfig } from "../src/server/parse-config.ts";
import { type Gateway, startGateway } from "../src/server/main.ts";
import { systemClock } from "../src/server/system-clock.ts";
import { createRequestLog } from "../src/server/request-log.ts";
import { keepRecordsUnder } from "./kept-records.ts";
import { quickPasswordHashes } from "./quick-password-hashes.ts";
import { type Call, call, type Sent } from "./pipeline-gateway.ts";

/** The whole gateway on a folder of its own, for the tests of one file; the getters work from `beforeAll` on. */
export interface S3Gateway {
  readonly port: number;
  /** Of websites; 0 without `--website-port`. */
  readonly websitePort: number;
  readonly accountId: string;
  readonly dataDir: string;
  readonly admin: SigningKeys;
  readonly root: SigningKeys;
  readonly s3: S3Client;
  /** A request as the administrator, or with the keys it brings. */
  readonly send: (request: Call) => Promise<Sent>;
  /** Lines of the log so far. */
  readonly log: () => readonly string[];
  /** A request without a signature. */
  readonly sendUnsigned: (request: Omit<Call, "keys">) => Promise<Sent>;
  /** An S3 client with other keys. */
  readonly clientOf: (keys: SigningKeys) => S3Client;
  /** A bucket of its own for a test. */
  readonly bucket: (versioning?: "Enabled" | "Suspended") => Promise<string>;
  /** Sets the gateway's clock forward, and those of its clients, by so many ms. */
  readonly pass: (ms: number) => void;
  /** Keys of a new user with these statements. */
  readonly user: (name: string, ...statements: readonly object[]) => Promise<SigningKeys>;
}

function keysIn(file: string): SigningKeys {
  const text = readFileSync(file, "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  return { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
}

/** The objects are on a second gateway, which is the engine behind this one: see vitest.upstream.config.ts. */
const isOnUpstream = process.env["TEST_UPSTREAM"] !== undefined;

/** The certificate that the options name is trusted. */
export function useS3Gateway(...options: readonly string[]): S3Gateway {
  const certificate = options[options.indexOf("--tls-cert") + 1];
  const ca = options.includes("--tls-cert") ? readFileSync(certificate ?? "", "utf8") : undefined;
  const requestHandler = ca === undefined ? {} : { requestHandler: { httpsAgent: new Agent({ ca }) } };
  let running:
    | {
        lines: readonly string[];
        engine: Gateway | undefined;
        gateway: Gateway;
        home: string;
        admin: SigningKeys;
        s3: S3Client;
        iam: IAMClient;
      }
    | undefined;
  let made = 0;
  let passed = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + passed };
  const now = () => {
    if (running === undefined) throw new Error("the gateway has not started");
    return running;
  };
  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), "gateway-s3-"));
    const lines: string[] = [];
    const start = async (data: string, more: readonly string[]): Promise<Gateway> => {
      const parsed = parseConfig(["--port", "0", "--data", join(home, data), ...more], { HOME: home });
      if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
      const log = createRequestLog("info", { write: (line) => void lines.push(line) });
      return startGateway(parsed.config, { log, clock, hashes: quickPasswordHashes() });
    };
    const engine = isOnUpstream ? await start("engine", []) : undefined;
    const upstream =
      engine === undefined
        ? []
        : [
            "--upstream",
            engine.endpoint,
            "--upstream-credentials",
            engine.adminCredentialsFile,
            "--upstream-prefix",
            "e-",
          ];
    const gateway = await start("data", [...options, ...upstream]);
    const admin = keysIn(gateway.adminCredentialsFile);
    const client = {
      endpoint: gateway.endpoint,
      region: "us-east-1",
      credentials: admin,
      maxAttempts: 1,
      ...requestHandler,
    };
    running = {
      engine,
      gateway,
      home,
      admin,
      lines,
      s3: new S3Client({ ...client, forcePathStyle: true }),
      iam: new IAMClient(client),
    };
  });
  afterAll(async () => {
    const { engine, gateway, home, s3, iam, lines } = now();
    s3.destroy();
    iam.destroy();
    await gateway.close();
    await engine?.close();
    keepRecordsUnder(home, lines.join(""));
    await rm(home, { recursive: true, force: true });
  });
  const send = (request: Call): Promise<Sent> =>
    call({ port: now().gateway.port, ca }, { keys: now().admin, time: clock.now(), ...request });
  return {
    get port() {
      return now().gateway.port;
    },
    get websitePort() {
      return now().gateway.websitePort ?? 0;
    },
    get accountId() {
      return now().gateway.accountId;
    },
    get dataDir() {
      return join(now().home, "data");
    },
    get admin() {
      return now().admin;
    },
    get root() {
      return keysIn(now().gateway.rootCredentialsFile);
    },
    get s3() {
      return now().s3;
    },
    send,
    log: () => now().lines,
    sendUnsigned: (request) => call({ port: now().gateway.port, ca }, request),
    clientOf(keys) {
      const { gateway } = now();
      const client = {
        endpoint: gateway.endpoint,
        region: "us-east-1",
        credentials: keys,
        maxAttempts: 1,
        ...requestHandler,
      };
      const s3 = new S3Client({ ...client, forcePathStyle: true });
      onTestFinished(() => s3.destroy());
      return s3;
    },
    async bucket(versioning) {
      const name = `bucket-${(made += 1)}`;
      const put = await send({ method: "PUT", target: `/${name}` });
      if (put.status !== 200) throw new Error(put.body);
      if (versioning !== undefined) {
        const body = `<VersioningConfiguration><Status>${versioning}</Status></VersioningConfiguration>`;
        const set = await send({ method: "PUT", target: `/${name}?versioning`, body });
        if (set.status !== 200) throw new Error(set.body);
      }
      return name;
    },
    pass(ms) {
      passed += ms;
      // Otherwise a client sets its clock by the `Date` of answers, which is that of the machine.
      const descriptor = { get: () => passed, set: () => {}, configurable: true };
      for (const { config } of [now().s3, now().iam]) Object.defineProperty(config, "systemClockOffset", descriptor);
    },
    async user(name, ...statements) {
      const { iam } = now();
      await iam.send(new CreateUserCommand({ UserName: name }));
      const document = JSON.stringify({ Version: "2012-10-17", Statement: statements });
      if (statements.length > 0)
        await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "own", PolicyDocument: document }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
    },
  };
}
