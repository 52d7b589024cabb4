/** A gateway that is told to stop while clients are in the middle of something. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";
import { valueOf } from "./metrics.ts";
import { presigned, send } from "./raw.ts";
import { connectToEach, workersOf } from "./worker-connections.ts";

/** More than the buffers of two sockets take. */
const large = 32 * 1024 * 1024;

/** A download whose client takes nothing after the head, and an upload of which half is sent. */
async function startTransfers(gateway: RunningGateway) {
  await makeBucket(gateway, "slow");
  await s3(gateway, gateway.admin).send(
    new PutObjectCommand({ Bucket: "slow", Key: "large", Body: Buffer.alloc(large, "x") }),
  );
  const urlOf = (method: string, path: string) =>
    `${gateway.endpoint}${path}?${presigned(gateway, gateway.admin, { method, path })}`;
  const asked = request(urlOf("GET", "/slow/large"), { agent: false }).end();
  const [download] = (await once(asked, "response")) as [IncomingMessage];
  const upload = request(urlOf("PUT", "/slow/upload"), { method: "PUT", agent: false });
  upload.setHeader("content-length", 2 * 1024 * 1024);
  upload.setHeader("expect", "100-continue");
  upload.flushHeaders();
  await once(upload, "continue");
  upload.write(Buffer.alloc(1024 * 1024, "y"));
  return {
    download,
    upload,
    /** The bytes of the download, and the status of the upload. */
    async finish(): Promise<readonly [number, number]> {
      let bytes = 0;
      download.on("data", (chunk: Buffer) => (bytes += chunk.length));
      const answered = once(upload, "response") as Promise<[IncomingMessage]>;
      upload.end(Buffer.alloc(1024 * 1024, "y"));
      const [[answer]] = await Promise.all([answered, once(download, "end")]);
      return [bytes, answer.statusCode ?? 0];
    },
  };
}

/** Resolves when the gateway says so of itself. */
const drains = (gateway: RunningGateway) =>
  expect
    .poll(async () => ((await (await fetch(`${gateway.metrics}/readyz`)).json()) as { status: string }).status)
    .toBe("draining");

test("requests under way end well in every worker, and what each had counted is counted on when it has ended", async () => {
  const gateway = await startGateway({ args: ["--workers", "2", "--metrics-port", "0", "--drain-timeout", "600"] });
  const connections = await connectToEach(gateway);
  for (const { agent } of connections) await send(gateway, { path: "/nothing-here", agent });
  const refused = 's3_credentials_errors_total{service="s3",code="NoSuchBucket"}';
  const seen = async () => valueOf(await (await fetch(`${gateway.metrics}/metrics`)).text(), refused) ?? 0;
  await expect.poll(seen).toBeGreaterThanOrEqual(2);
  const before = await seen();
  const [first = 0] = workersOf(gateway);
  process.kill(first, "SIGKILL");
  await expect.poll(() => workersOf(gateway).filter((one) => one !== first).length).toBe(2);
  const again = await connectToEach(gateway);
  for (const { agent } of again) await send(gateway, { path: "/nothing-here", agent });
  await expect.poll(seen).toBeGreaterThanOrEqual(before + 2);
  for (const { agent } of [...connections, ...again]) agent.destroy();

  const transfers = await startTransfers(gateway);
  const stopped = gateway.stop();
  await drains(gateway);
  expect(await transfers.finish()).toEqual([large, 200]);
  expect(await stopped).toBe(0);
});

test("a second signal ends it at once", async () => {
  const gateway = await startGateway({ args: ["--metrics-port", "0", "--drain-timeout", "600"] });
  const { download, upload } = await startTransfers(gateway);
  for (const one of [download, upload]) one.on("error", () => {});
  const stopped = gateway.stop();
  await drains(gateway);
  process.kill(gateway.pid, "SIGTERM");
  expect(await stopped).toBe(null);
  download.destroy();
  upload.destroy();
});

test("a download that takes longer than the limit is cut, and the gateway still ends well", async () => {
  const gateway = await startGateway({ args: ["--metrics-port", "0", "--drain-timeout", "0"] });
  const { download, upload } = await startTransfers(gateway);
  upload.on("error", () => {});
  const ended = once(download, "end").then(
    () => "whole",
    (error: Error) => error.message,
  );
  expect(await gateway.stop("SIGHUP")).toBe(0);
  download.resume();
  expect(await ended).toBe("aborted");
});
