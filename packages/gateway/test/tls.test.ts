import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../src/server/parse-config.ts";
import { startConsole } from "./console-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";
import { expiredCertificate, selfSigned, useCertificate } from "./self-signed.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const first = useCertificate("s3.example.test", "*.s3.example.test");
const gateway = useS3Gateway(...first.options, "--domain", "s3.example.test");

/** An SDK that finds every name of the domain at the gateway. */
function clientOf(style: "path" | "virtual", agent: Partial<ConstructorParameters<typeof Agent>[0]> = {}): S3Client {
  const lookup = (_name: string, { all }: { all?: boolean }, found: (...args: unknown[]) => void): void =>
    all === true ? found(null, [{ address: "127.0.0.1", family: 4 }]) : found(null, "127.0.0.1", 4);
  const httpsAgent = new Agent({ ca: first.ca, lookup: lookup as never, ...agent });
  const client = new S3Client({
    endpoint: `https://s3.example.test:${gateway.port}`,
    region: "us-east-1",
    credentials: gateway.admin,
    maxAttempts: 1,
    forcePathStyle: style === "path",
    requestHandler: { httpsAgent },
  });
  onTestFinished(() => client.destroy());
  return client;
}

let bucket = "";
beforeAll(async () => {
  bucket = await gateway.bucket();
});

test("both styles reach the same object, sign the same way, and say where it is in their own style", async () => {
  for (const style of ["virtual", "path"] as const) {
    const client = clientOf(style);
    const object = { Bucket: bucket, Key: `dir/a ü+${style}.txt` };
    await client.send(new PutObjectCommand({ ...object, Body: "text", Metadata: { colour: style } }));
    const other = clientOf(style === "path" ? "virtual" : "path");
    const got = await other.send(new GetObjectCommand(object));
    expect([await got.Body?.transformToString(), got.Metadata]).toEqual(["text", { colour: style }]);
    const url = await getSignedUrl(client, new GetObjectCommand(object));
    expect(new URL(url).hostname).toBe(style === "virtual" ? `${bucket}.s3.example.test` : "s3.example.test");
    const status = await new Promise<number>((resolve, reject) => {
      const { host, hostname, pathname, search } = new URL(url);
      const options = { host: "127.0.0.1", port: gateway.port, servername: hostname, ca: first.ca, agent: false };
      httpsRequest({ ...options, path: pathname + search, headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const { ETag } = await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: "part" }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const done = await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));
    const place =
      style === "virtual" ? `${bucket}.s3.example.test:${gateway.port}` : `s3.example.test:${gateway.port}/${bucket}`;
    expect(done.Location).toBe(`https://${place}/dir/a%20%C3%BC%2B${style}.txt`);
  }
});

test("aws:SecureTransport and s3:TlsVersion are those of the connection", async () => {
  const { send } = gateway;
  const name = await gateway.bucket();
  const Resource = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-HTTP-HTTPS
  const secure = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
  const version = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource,
    Condition: { NumericLessThan: { "s3:TlsVersion": 1.3 } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [secure, version] });
  await gateway.s3.send(new PutBucketPolicyCommand({ Bucket: name, Policy }));
  expect((await send({ target: `/${name}` })).status).toBe(200);
  const put = new PutObjectCommand({ Bucket: name, Key: "k", Body: "1" });
  await clientOf("path").send(put);
  const old = clientOf("path", { maxVersion: "TLSv1.2" });
  await expect(old.send(put)).rejects.toMatchObject({ name: "AccessDenied" });
  await old.send(new GetObjectCommand({ Bucket: name, Key: "k" }));
});

test("metadata beyond ASCII goes over TLS as its bytes, also in an answer without a body", async () => {
  const value = Buffer.from("grün").toString("latin1");
  await gateway.send({ method: "PUT", target: `/${bucket}/bytes`, headers: { "x-amz-meta-word": value } });
  for (const method of ["HEAD", "GET"]) {
    const got = await gateway.send({ method, target: `/${bucket}/bytes` });
    expect([method, got.headers["x-amz-meta-word"]]).toEqual([method, value]);
  }
});

test("plain HTTP on the port of TLS, and TLS below 1.2, get nothing", async () => {
  await expect(fetch(`http://127.0.0.1:${gateway.port}/`)).rejects.toThrow();
  const old = connect({
    host: "127.0.0.1",
    port: gateway.port,
    ca: first.ca,
    maxVersion: "TLSv1.1",
    minVersion: "TLSv1",
    ciphers: "ALL@SECLEVEL=0",
  });
  await expect(once(old, "secureConnect")).rejects.toThrow();
});

/** The certificate that a new connection gets. */
async function served(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

async function open(port: number): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

async function asked(socket: TLSSocket): Promise<string> {
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  return answer.toString().slice(0, 12);
}

test("a new certificate is taken without a connection lost; files that cannot be used are reported once, and the certificate stays", async () => {
  const own = await temporaryFolder();
  const files = { cert: join(own, "cert.pem"), key: join(own, "key.pem") };
  const write = (pair: { readonly cert: string; readonly key: string }): void => {
    for (const name of ["cert", "key"] as const) {
      writeFileSync(`${files[name]}.new`, pair[name]);
      renameSync(`${files[name]}.new`, files[name]);
    }
  };
  write(selfSigned());
  const tls = ["--tls-cert", files.cert, "--tls-key", files.key];
  const started = await startConsole([...tls, "--console-tls-cert", files.cert, "--console-tls-key", files.key]);
  onTestFinished(() => started.close());
  const ports = [started.gateway.port, started.gateway.consolePort ?? 0];
  expect([started.gateway.endpoint, started.origin].map((url) => new URL(url).protocol)).toEqual(["https:", "https:"]);
  const sockets = await Promise.all(ports.map(open));
  expect(await asked(sockets[0] as TLSSocket)).toBe("HTTP/1.1 403");
  const before = await served(ports[0] ?? 0);
  write(selfSigned());
  for (const port of ports) while ((await served(port)) === before) await new Promise((turn) => setTimeout(turn, 50));
  const after = await served(ports[0] ?? 0);
  expect(await asked(sockets[0] as TLSSocket)).toBe("HTTP/1.1 403");
  expect(await asked(sockets[1] as TLSSocket)).toBe("HTTP/1.1 403"); // not the console's name, but an answer
  // A certificate without its key.
  writeFileSync(files.cert, selfSigned().cert);
  const warnings = (): string[] => started.log.filter((line) => line.includes("cannot be used"));
  while (warnings().length < 2) await new Promise((turn) => setTimeout(turn, 50));
  const named = warnings().map((line) => /--(console-)?tls-cert/.exec(line)?.[0]);
  expect(new Set(named)).toEqual(new Set(["--console-tls-cert", "--tls-cert"]));
  expect(await served(ports[0] ?? 0)).toBe(after);
  write(selfSigned());
  while ((await served(ports[0] ?? 0)) === after) await new Promise((turn) => setTimeout(turn, 50));
  expect(warnings()).toHaveLength(2);
  write(expiredCertificate());
  const refused = (): string[] => started.log.filter((line) => line.includes("clients refuse the certificate"));
  while (refused().length < 2) await new Promise((turn) => setTimeout(turn, 50));
  for (const line of refused()) expect(line).toContain("which ended at 2021-01-01T00:00:00.000Z: renew it");
});

test.each([
  [["--tls-cert", "cert.pem"], "--tls-cert and --tls-key belong together; give the files of both, in PEM"],
  [["--tls-key", "key.pem"], "--tls-cert and --tls-key belong together; give the files of both, in PEM"],
])("%j is a usage error", (argv, message) => {
  expect(parseConfig(argv, {})).toEqual({ kind: "usage-error", message });
});

test.each([
  [
    "a file that is not there",
    ["none.pem", first.key],
    /^cannot read none\.pem \(--tls-cert\): there is no such file$/,
  ],
  [
    "another's key",
    [first.cert, "other.pem"],
    /^cannot use the files of --tls-cert and --tls-key: .*\(ERR_OSSL_\w+\)$/,
  ],
  [
    "what is not a certificate",
    [first.key, first.key],
    /^cannot use the files of --tls-cert and --tls-key: .*\(ERR_OSSL_\w+\)$/,
  ],
])("%s: no start", async (_what, [certFile = "", keyFile = ""], message) => {
  const other = join(await temporaryFolder(), "other.pem");
  writeFileSync(other, selfSigned().key);
  const start = startConsole(["--tls-cert", certFile, "--tls-key", keyFile === "other.pem" ? other : keyFile]);
  await expect(start).rejects.toThrow(message);
});
