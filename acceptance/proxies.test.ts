import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { runCommand } from "../packages/cli/src/test/run-command.ts";
import { useCertificate } from "../packages/gateway/test/self-signed.ts";

const certificate = useCertificate("s3.example.test");
const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function portOf(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const keys = ["--access-key", "AKIAEXAMPLE", "--secret-key", "wJalrXUtnFEMIEXAMPLEKEY", "--region", "us-east-1"];
const listed = "<ListAllMyBucketsResult><Buckets><Bucket><Name>b-1</Name></Bucket></Buckets></ListAllMyBucketsResult>";

test("HTTPS goes through the proxy as a connection, and AWS_CA_BUNDLE says whom to trust", async () => {
  const pair = { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) };
  const service = createSecureServer(pair, (_, response) => void response.end(listed));
  const port = await portOf(service);
  const asked: unknown[] = [];
  const proxy = createServer().on("connect", ({ url, headers }, socket, head) => {
    asked.push([url, headers["proxy-authorization"]]);
    const onward = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    onward.on("error", () => socket.destroy()).write(head);
    socket.on("error", () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
  const address = `http://ann:xK9w2pQ7@127.0.0.1:${await portOf(proxy)}`;
  const argv = ["list-buckets", "--nl", "--endpoint-url", "https://s3.example.test", ...keys];
  const env = { HTTPS_PROXY: address, AWS_CA_BUNDLE: certificate.cert };
  expect(await runCommand(argv, { env })).toEqual({ code: 0, stdout: '{"Name": "b-1"}\n', stderr: "" });
  const basic = `Basic ${Buffer.from("ann:xK9w2pQ7").toString("base64")}`;
  expect(asked).toEqual([["s3.example.test:443", basic]]);
  const untrusted = await runCommand(argv, { env: { HTTPS_PROXY: address } });
  expect([untrusted.code, untrusted.stderr]).toEqual([1, expect.stringContaining("set AWS_CA_BUNDLE")]);
});

test("HTTP is given to the proxy as it is", async () => {
  const asked: unknown[] = [];
  const proxy = createServer(({ url, headers }, response) => {
    asked.push([url?.replace(/[?].*/, ""), headers.host]);
    response.end(listed);
  });
  const env = { HTTP_PROXY: `http://127.0.0.1:${await portOf(proxy)}` };
  const argv = ["list-buckets", "--nl", "--endpoint-url", "http://s3.example.test:8080", ...keys];
  expect(await runCommand(argv, { env })).toEqual({ code: 0, stdout: '{"Name": "b-1"}\n', stderr: "" });
  expect(asked).toEqual([["http://s3.example.test:8080/", "s3.example.test:8080"]]);
});

test("a proxy that refuses is named, without its password, and its answer is not the service's", async () => {
  const proxy = createServer((_, response) => void response.writeHead(407).end("<html>"));
  proxy.on("connect", (_, socket) => void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n<html>"));
  const port = await portOf(proxy);
  const address = `http://ann:xK9w2pQ7@127.0.0.1:${port}`;
  const said = (scheme: string) =>
    runCommand(["list-buckets", "--endpoint-url", `${scheme}://s3.example.test`, ...keys], {
      env: { HTTP_PROXY: address, HTTPS_PROXY: address },
    });
  const refused = `Error: the proxy 127.0.0.1:${port} did not let the request through`;
  expect(await said("https")).toMatchObject({
    code: 1,
    stderr: `${refused} (HTTP 403); ask whoever runs it, or name the service in NO_PROXY\n`,
  });
  expect((await said("http")).stderr).toBe(
    `${refused} (HTTP 407); put a user name and password into its address, http://USER:PASSWORD@HOST:PORT\n`,
  );
});
