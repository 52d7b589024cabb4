/** An engine that speaks TLS with a certificate of its own and has buckets in host names; and how its requests are found again. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { EngineConnections } from "../src/data-planes/upstream/engine-connections.ts";
import { errorCode } from "../src/ports/store-error.ts";
import { type Gateway, startGateway } from "../src/server/main.ts";
import { parseConfig } from "../src/server/parse-config.ts";
import { createRequestLog } from "../src/server/request-log.ts";
import { systemClock } from "../src/server/system-clock.ts";
import { keepRecordsUnder } from "./kept-records.ts";
import { quickPasswordHashes } from "./quick-password-hashes.ts";
import { dataEvents, managementEvents, type RecordedEvent } from "./recorded-events.ts";
import { useS3Gateway } from "./s3-gateway.ts";
import { expiredCertificate, selfSigned, useCertificate } from "./self-signed.ts";

const certificate = useCertificate();
const engine = useS3Gateway(...certificate.options, "--data-events");
const folder = mkdtempSync(join(tmpdir(), "gateway-upstream-"));
const lines: string[] = [];
let gateway: Gateway;
let s3: S3Client;

/** A gateway in front of the engine at a port of `localhost`. */
async function start(name: string, port: number, ca: string, to: string[]): Promise<Gateway> {
  const credentials = join(folder, "engine.keys");
  const { accessKeyId, secretAccessKey } = engine.admin;
  writeFileSync(credentials, JSON.stringify({ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey }), {
    mode: 0o600,
  });
  const options = ["--data-events", "--upstream", `https://localhost:${port}`, "--upstream-credentials", credentials];
  const parsed = parseConfig(
    ["--port", "0", "--data", join(folder, name), ...options, "--upstream-ca", ca, "--upstream-style", "virtual"],
    { HOME: folder },
  );
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  const log = createRequestLog("info", { write: (line) => void to.push(line) });
  return startGateway(parsed.config, { log, hashes: quickPasswordHashes() });
}

beforeAll(async () => {
  gateway = await start("front", engine.port, certificate.cert, lines);
  const text = readFileSync(gateway.adminCredentialsFile, "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  const credentials = { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
  const { endpoint } = gateway;
  s3 = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true, maxAttempts: 1 });
});
afterAll(async () => {
  s3.destroy();
  await gateway.close();
  keepRecordsUnder(folder, lines.join(""));
  rmSync(folder, { recursive: true, force: true });
});

/** What the event of a call says of the engine's request. */
function upstreamOf(event: RecordedEvent | undefined): { readonly requestId: string } | undefined {
  const additional = event?.additionalEventData as { readonly upstream?: { readonly requestId: string } } | undefined;
  return additional?.upstream;
}

test("the event and the line of a call have the engine's request id, by which the engine's own event is found", async () => {
  await s3.send(new CreateBucketCommand({ Bucket: "photos" }));
  const object = { Bucket: "photos", Key: "dir/a ü+.txt" };
  await s3.send(new PutObjectCommand({ ...object, Body: "text" }));
  const got = await s3.send(new GetObjectCommand(object));
  expect(await got.Body?.transformToString()).toBe("text");
  await s3.send(new DeleteObjectCommand(object));
  await expect(s3.send(new HeadObjectCommand(object))).rejects.toThrow();
  const front = join(folder, "front");
  // A bucket that was made is looked into: whatever is asked last is what is noted.
  const names = ["PutObject", "GetObject", "DeleteObject", "HeadObject", "CreateBucket"];
  const namesHere = () => [...dataEvents(front), ...managementEvents(front)].map(({ eventName }) => eventName);
  await expect.poll(namesHere).toEqual(expect.arrayContaining(names));
  const here = [...dataEvents(front), ...managementEvents(front)];
  for (const name of names) {
    const event = here.find(({ eventName }) => eventName === name);
    const upstream = upstreamOf(event);
    expect(upstream).toEqual({ name: "default", requestId: expect.stringMatching(/^[0-9A-Z]{16}$/) as string });
    await expect
      .poll(() =>
        [...dataEvents(engine.dataDir), ...managementEvents(engine.dataDir)].find(
          ({ requestID }) => requestID === upstream?.requestId,
        ),
      )
      .toMatchObject({
        eventName: name === "CreateBucket" ? "ListObjectVersions" : name,
        requestParameters: { bucketName: "photos" },
      });
    const line = lines.map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>);
    expect(line.find(({ requestId }) => requestId === event?.requestID)).toMatchObject({ upstream });
  }
});

test("buckets are in the host names that the engine hears", async () => {
  await expect
    .poll(() => dataEvents(engine.dataDir).map(({ requestParameters }) => requestParameters?.["Host"]))
    .toContain(`photos.localhost:${engine.port}`);
});

test.each([
  [
    "another certificate authority",
    () => engine.port,
    () => join(folder, "other.pem"),
    /nobody who is trusted has signed its certificate; give .* --upstream-ca/,
  ],
  [
    "an expired certificate",
    () => expiredPort,
    () => join(folder, "expired.pem"),
    /its certificate has expired; renew it at the engine/,
  ],
] as const)("%s: the gateway says so in one line, and asks the engine nothing", async (name, port, ca, why) => {
  const found: string[] = [];
  const other = await start(name.replaceAll(" ", "-"), port(), ca(), found);
  onTestFinished(() => other.close());
  const warnings = found
    .map((line) => JSON.parse(line) as { msg: string })
    .filter(({ msg }) => msg.includes("upstream"));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.msg).toMatch(why);
  expect(warnings[0]?.msg).not.toContain("\n");
  expect(requestsOfExpired).toBe(0);
});

test("a new file of certificate authorities counts from the next connection on", async () => {
  const [first, next] = [selfSigned(), selfSigned()];
  const server = createServer(first, (_request, response) => void response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, resolve));
  onTestFinished(() => void server.close());
  let ca = first.cert;
  const connections = new EngineConnections({
    name: "renewed",
    endpoint: `https://localhost:${(server.address() as AddressInfo).port}`,
    region: "us-east-1",
    credentials: engine.admin,
    get ca() {
      return ca;
    },
    pathStyle: true,
    clock: systemClock,
  });
  onTestFinished(() => connections.close());
  const ask = async () =>
    connections.exchange({ method: "HEAD", bucket: "b" }, undefined).then(({ status }) => status, errorCode);
  expect(await ask()).toBe(404);
  server.setSecureContext(next);
  server.closeAllConnections();
  await expect.poll(ask).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  ca = next.cert;
  expect(await ask()).toBe(404);
});

let expiredPort = 0;
let requestsOfExpired = 0;
beforeAll(async () => {
  const pair = expiredCertificate();
  writeFileSync(join(folder, "expired.pem"), pair.cert);
  writeFileSync(join(folder, "other.pem"), selfSigned().cert);
  const server = createServer(pair, () => (requestsOfExpired += 1));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  expiredPort = (server.address() as AddressInfo).port;
  return () => void server.close();
});
