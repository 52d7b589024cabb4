import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run, s3 } from "../clients.ts";
import { makeBucket } from "../fixtures.ts";
import type { RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";

describe("curl", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, "everyday", ["a.txt"]);
  });
  afterAll(() => gateway.stop());

  const curl = (...args: readonly string[]) => run(gateway, "/usr/bin/curl", ["-s", ...args]);
  const signed = (...args: readonly string[]) => {
    const user = ["--user", `${gateway.admin.accessKeyId}:${gateway.admin.secretAccessKey}`];
    const unsignedBody = ["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"];
    return curl("--aws-sigv4", "aws:amz:us-east-1:s3", ...user, ...unsignedBody, ...args);
  };

  test("anonymous is refused, with the reason as XML", async () => {
    const refused = await curl("-w", "%{http_code}", `${gateway.endpoint}/everyday/a.txt`);
    expect(refused.stdout).toMatch(/<Error><Code>AccessDenied<\/Code>.*403$/s);
  });

  test("it signs as the gateway does", async () => {
    expect((await signed(`${gateway.endpoint}/everyday/a.txt`)).stdout).toBe("a.txt");
  });

  test("a bucket in the host name", async () => {
    const resolve = ["--resolve", `everyday.localhost:${gateway.port}:127.0.0.1`];
    expect((await signed(...resolve, `http://everyday.localhost:${gateway.port}/a.txt`)).stdout).toBe("a.txt");
  });

  test("headers beyond ASCII: curl and the SDK sign them, and every byte comes back", async () => {
    const url = `${gateway.endpoint}/everyday/curl`;
    const headers = ["-H", "content-disposition: café", "-H", "x-amz-meta-name: voilà"];
    expect((await signed("-i", ...headers, "-X", "PUT", "--data-binary", "x", url)).stdout).toContain("200 OK");
    for (const verb of [[], ["-I"]]) {
      const { stdout } = await signed("-i", ...verb, url);
      expect(stdout).toContain("content-disposition: café\r\n");
      expect(stdout).toContain("x-amz-meta-name: voilà\r\n");
    }

    // A text body goes out in one piece with the head, in UTF-8; bytes after a head in ISO 8859-1.
    const client = s3(gateway, gateway.admin);
    const place = { Bucket: "everyday", Key: "sdk" };
    for (const [body, encoding] of [
      ["x", "utf8"],
      [Buffer.from("x"), "latin1"],
    ] as const) {
      await client.send(new PutObjectCommand({ ...place, Body: body, Metadata: { name: "café" } }));
      const { Metadata } = await client.send(new HeadObjectCommand(place));
      expect(Buffer.from(Metadata?.["name"] ?? "", "latin1").toString(encoding)).toBe("café");
    }
  });
});
