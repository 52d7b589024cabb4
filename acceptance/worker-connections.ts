import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { Agent } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Keys, RunningGateway } from "./gateway.ts";
import { send } from "./raw.ts";

/** One connection that stays open: everything that is sent on it is answered by one worker. */
export interface Connection {
  readonly worker: number;
  readonly agent: Agent;
  s3(keys?: Keys): S3Client;
  iam(): IAMClient;
  sts(keys?: Keys): STSClient;
}

/** Process ids of the workers. */
export function workersOf({ pid }: Pick<RunningGateway, "pid">): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** A connection to each worker. */
export async function connectToEach(gateway: RunningGateway): Promise<readonly Connection[]> {
  const found = new Map<number, Connection>();
  const workers = workersOf(gateway);
  for (let tries = 0; found.size < workers.length; tries += 1) {
    if (tries === 100) throw new Error("some workers get no connections");
    const connection = await connect(gateway, workers);
    if (connection === undefined) await sleep(50);
    else if (found.has(connection.worker)) connection.agent.destroy();
    else found.set(connection.worker, connection);
  }
  return [...found.values()];
}

/** Undefined when it came to a worker that does not serve yet: that one refuses it, and closes it. */
async function connect(gateway: RunningGateway, workers: readonly number[]): Promise<Connection | undefined> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = (): readonly Socket[] =>
    [agent.freeSockets, agent.sockets].flatMap((all) => Object.values(all).flatMap((one) => one ?? []));
  const { status } = await send(gateway, { path: "/", agent });
  if (status === 503) {
    agent.destroy();
    return undefined;
  }
  const [socket] = sockets();
  const worker = socket && workers.find((pid) => hasConnection(pid, gateway.port, socket.localPort ?? 0));
  if (worker === undefined) throw new Error("no worker has the connection");
  const configuration = (keys: Keys) => {
    expect(sockets(), "the connection was closed").toEqual([socket]);
    return {
      endpoint: gateway.endpoint,
      region: "us-east-1",
      credentials: { ...keys },
      maxAttempts: 1,
      requestHandler: { httpAgent: agent },
    };
  };
  return {
    worker,
    agent,
    s3: (keys = gateway.admin) => new S3Client({ ...configuration(keys), forcePathStyle: true }),
    iam: () => new IAMClient(configuration(gateway.admin)),
    sts: (keys = gateway.admin) => new STSClient(configuration(keys)),
  };
}

/** Whether the process has the end at `port` of the connection that comes from `from`. */
function hasConnection(pid: number, port: number, from: number): boolean {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(4, "0");
  const row = readFileSync(`/proc/${pid}/net/tcp`, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find(([, local = "", remote = ""]) => local.endsWith(`:${hex(port)}`) && remote.endsWith(`:${hex(from)}`));
  const inode = row?.[9];
  return inode !== undefined && openFiles(pid).includes(`socket:[${inode}]`);
}

function openFiles(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).map((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return ""; // closed meanwhile
    }
  });
}
