import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";
import { type Abilities, allAbilities } from "../src/data-planes/upstream/abilities.ts";
import { createUpstreamPlane, type UpstreamPlane } from "../src/data-planes/upstream/upstream-plane.ts";
import { systemClock } from "../src/server/system-clock.ts";

/** What a client sent to the engine so far. */
interface Heard {
  /** Of the last request. */
  head: string;
  /** Bytes of bodies. */
  body: number;
  connections: number;
  requests: number;
  /** Bytes that were written to clients. */
  sent: number;
}

/** Answers the request whose head has come; the body is counted as it comes. */
export type Script = (socket: Socket, head: string, request: number) => void;

/** A server that says what a test wants, byte by byte. */
export async function scriptedEngine(
  script: Script,
): Promise<{ readonly endpoint: string; readonly heard: Heard; readonly server: Server }> {
  const heard: Heard = { head: "", body: 0, connections: 0, requests: 0, sent: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    heard.connections += 1;
    sockets.add(socket);
    let waiting = "";
    let left = 0;
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      heard.sent += socket.bytesWritten;
    });
    socket.on("data", (bytes) => {
      const body = Math.min(left, bytes.length);
      left -= body;
      heard.body += body;
      waiting += bytes.subarray(body).toString("latin1");
      const end = waiting.indexOf("\r\n\r\n");
      if (end === -1) return;
      heard.head = waiting.slice(0, end);
      const early = Buffer.byteLength(waiting.slice(end + 4), "latin1");
      waiting = "";
      heard.body += early;
      left = Number(/\r\ncontent-length: (\d+)/i.exec(heard.head)?.[1] ?? 0) - early;
      heard.requests += 1;
      script(socket, heard.head, heard.requests);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, heard, server };
}

/** A whole answer. */
export function answer(status: string, headers: Readonly<Record<string, string | number>>, body = ""): string {
  const all = { "content-length": body.length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n${body}`;
}

export const upstreamSecret = "the-secret-of-the-upstream";

/** A data plane over such a server. When the test is over, no request of it may be under way. */
export async function planeOver(
  script: Script,
  connections = 8,
  lacks: Partial<Abilities> = {},
  answerMs = 300,
): Promise<{ plane: UpstreamPlane } & Awaited<ReturnType<typeof scriptedEngine>>> {
  const engine = await scriptedEngine(script);
  const plane = createUpstreamPlane({
    name: "liar",
    endpoint: engine.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAUPSTREAM", secretAccessKey: upstreamSecret },
    pathStyle: true,
    clock: systemClock,
    abilities: { ...allAbilities, ...lacks },
    connections,
    timeouts: { connect: 1000, answer: answerMs, work: answerMs },
  });
  onTestFinished(async () => {
    await expect.poll(() => plane.open).toBe(0);
    await plane.close();
  });
  return { plane, ...engine };
}
