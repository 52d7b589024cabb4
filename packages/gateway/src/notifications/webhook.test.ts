import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { selfSigned } from "../../test/self-signed.ts";
import type { WaitingMessage } from "../ports/message-queue.ts";
import type { Outcome } from "./dispatcher.ts";
import { Webhook, type WebhookSettings } from "./webhook.ts";

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const { cert, key } = selfSigned();

/** A server on loopback that keeps what it gets, and answers 200 or as `answer` does. */
async function receiver(
  answer: (response: ServerResponse, body: string) => void = (response) => response.end(),
  tls = false,
) {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ path: request.url, headers: request.headers, body });
      answer(response, body);
    });
  };
  const server: Server = tls ? createTlsServer({ cert, key }, listener) : createServer(listener);
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { received, port, connections: () => connections };
}

let seq = 0;
const message = (text: string, orderingKey = "bucket/key"): WaitingMessage => {
  seq += 1;
  return { seq, id: `msg_${seq}`, orderingKey, body: Buffer.from(text), since: 0 };
};

const settings = { headers: {}, secret: undefined, authorities: undefined, allowsPrivate: true };

function deliver(
  more: Partial<WebhookSettings> & { readonly url: string },
  messages: readonly WaitingMessage[] = [message("{}")],
  signal = new AbortController().signal,
): Promise<readonly Outcome[]> {
  return new Webhook({ ...settings, ...more }, () => 1_614_265_330_000).deliver(messages, signal);
}

test("a message is a POST with its id, its time and the operator's headers", async () => {
  const { received, port } = await receiver();
  const headers = { authorization: "Bearer of-a-test" };
  expect(await deliver({ url: `http://localhost:${port}/hook?a=b`, headers }, [message('{"a":1}')])).toEqual([
    "delivered",
  ]);
  expect(received).toMatchObject([
    {
      path: "/hook?a=b",
      body: '{"a":1}',
      headers: {
        authorization: "Bearer of-a-test",
        "content-type": "application/json",
        "webhook-id": expect.stringMatching(/^msg_\d+$/),
        "webhook-timestamp": "1614265330",
      },
    },
  ]);
  expect(received[0]?.headers).not.toHaveProperty("webhook-signature");
});

test("a secret signs it as the specification's own example is signed", async () => {
  const { received, port } = await receiver();
  const secret = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
  const known = { ...message('{"test": 2432232314}'), id: "msg_p5jXN8AQM9LWM0D4loKWxJek" };
  await deliver({ url: `http://127.0.0.1:${port}`, secret }, [known]);
  expect(received[0]?.headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("TLS is verified, with the authorities of the target in place of the public ones", async () => {
  const { received, port } = await receiver(undefined, true);
  const url = `https://localhost:${port}/`;
  expect(await deliver({ url })).toEqual([{ failed: expect.stringMatching(/^no answer came \(\w*SELF_SIGNED\w*\)$/) }]);
  expect(await deliver({ url, authorities: selfSigned().cert })).toEqual([
    { failed: expect.stringMatching(/^no answer/) },
  ]);
  expect(received).toEqual([]);
  expect(await deliver({ url, authorities: cert })).toEqual(["delivered"]);
});

describe("addresses", () => {
  test.each(["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "10.0.0.1", "192.168.1.1"])(
    "%s is refused where the operator does not allow private ones, and nothing is connected to",
    async (host) => {
      const { port, connections } = await receiver(undefined, true);
      const [outcome] = await deliver({ url: `https://${host}:${port}/`, authorities: cert, allowsPrivate: false });
      expect(outcome).toEqual({ failed: expect.stringMatching(/has no public address.*: allowPrivate/) });
      expect(connections()).toBe(0);
    },
  );

  test.each(["169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "[64:ff9b::a9fe:a9fe]"])(
    "%s, where clouds give out credentials, is refused whatever the operator allows",
    async (host) => {
      const [outcome] = await deliver({ url: `http://${host}/latest/meta-data/` });
      expect(outcome).toEqual({ failed: expect.stringContaining("has no public address") });
    },
  );

  test("plain HTTP does not lead to a public address", async () => {
    expect(await deliver({ url: "http://192.88.98.1/" })).toEqual([
      { failed: "its address is public, and http: is not encrypted" },
    ]);
  });

  test("a redirect is not followed", async () => {
    const inside = await receiver();
    const { port } = await receiver((response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inside.port}/` }).end(),
    );
    expect(await deliver({ url: `http://127.0.0.1:${port}` })).toEqual([
      { failed: "it redirects (302), which is not followed" },
    ]);
    expect(inside.connections()).toBe(0);
  });
});

test.each([
  [200, "delivered"],
  [204, "delivered"],
  [400, "rejected"],
  [413, "rejected"],
  [422, "rejected"],
  [404, { failed: "it answers with status 404" }],
  [401, { failed: "it answers with status 401" }],
  [429, { failed: "it answers with status 429" }],
  [503, { failed: "it answers with status 503" }],
] as const)("status %i", async (status, outcome) => {
  const { port } = await receiver((response) => response.writeHead(status).end());
  expect(await deliver({ url: `http://127.0.0.1:${port}` })).toEqual([outcome]);
});

test("messages about one object come one after the other, and none overtakes one that failed", async () => {
  const { received, port } = await receiver((response, body) => response.writeHead(body === "a2" ? 500 : 200).end());
  const messages = [
    ...["a1", "a2", "a3"].map((text) => message(text, "b/a")),
    ...["c1", "c2"].map((text) => message(text, "b/c")),
  ];
  expect(await deliver({ url: `http://127.0.0.1:${port}` }, messages)).toEqual([
    "delivered",
    { failed: "it answers with status 500" },
    { failed: "an earlier one has failed" },
    "delivered",
    "delivered",
  ]);
  const bodies = received.map(({ body }) => body);
  expect(bodies.filter((body) => body.startsWith("a"))).toEqual(["a1", "a2"]);
  expect(bodies.filter((body) => body.startsWith("c"))).toEqual(["c1", "c2"]);
});

test("a server that never answers, never ends or goes away costs a limited time and limited memory", async () => {
  const silent = await receiver(() => {});
  expect(await deliver({ url: `http://127.0.0.1:${silent.port}`, timeout: 50 })).toEqual([
    { failed: "no answer came in time" },
  ]);
  const endless = await receiver((response) => {
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(64 * 1024), () => more());
    };
    more();
  });
  expect(await deliver({ url: `http://127.0.0.1:${endless.port}` })).toEqual(["delivered"]);
  const leaving = await receiver((response) => void response.destroy());
  expect(await deliver({ url: `http://127.0.0.1:${leaving.port}` })).toEqual([
    { failed: "no answer came (ECONNRESET)" },
  ]);
  const controller = new AbortController();
  const stopped = deliver({ url: `http://127.0.0.1:${silent.port}` }, undefined, controller.signal);
  controller.abort();
  expect(await stopped).toEqual([{ failed: expect.stringContaining("no answer came") }]);
});
