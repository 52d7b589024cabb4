import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { localGatewayFile } from "../service/local-gateway.ts";

/** The command of this package, as installed. */
export const bin = fileURLToPath(new URL("../../bin/s3-credentials.js", import.meta.url));

/** What decided a request, as the gateway's log tells it. */
export interface Decided {
  readonly allowed: boolean;
  readonly layer: string;
  readonly statement?: string;
}

export interface GatewayProcess {
  readonly endpoint: string;
  readonly region: string;
  readonly dataDir: string;
  readonly adminCredentialsFile: string;
  /** The log's word on a request; undefined when it was refused before anything was decided. */
  decision(requestId: string): Promise<Decided | undefined>;
  stop(): Promise<number>;
  readonly ended: Promise<number>;
}

interface LogLine {
  readonly requestId?: string;
  readonly decision?: Decided;
}

interface State {
  readonly endpoint: string;
  readonly region: string;
  readonly dataDir: string;
  readonly adminCredentialsFile: string;
  readonly pid: number;
}

function readState(pid: number | undefined): State | undefined {
  try {
    const state = JSON.parse(readFileSync(localGatewayFile(process.env), "utf8")) as State;
    return state.pid === pid ? state : undefined;
  } catch {
    return undefined; // not written yet
  }
}

async function waitForState(child: ChildProcess, ended: Promise<number>): Promise<State> {
  const exit = ended.then(() => "ended" as const);
  for (;;) {
    const state = readState(child.pid);
    if (state !== undefined) return state;
    const next = await Promise.race([exit, sleep(50)]);
    if (next === "ended") throw new Error("the gateway did not start");
  }
}

/** Starts `s3-credentials serve` and reads its log; what is not a log line is passed on to standard error. */
export async function startGatewayProcess(args: readonly string[]): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [bin, "serve", ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<number>((done) => child.once("exit", (code) => done(code ?? 1)));
  const decisions = new Map<string, Decided | undefined>();
  let starting = true;
  createInterface({ input: child.stderr }).on("line", (line) => {
    const entry = parseLogLine(line);
    if (entry?.requestId !== undefined) decisions.set(entry.requestId, entry.decision);
    else if (entry === undefined && starting) process.stderr.write(`${line}\n`);
  });
  const state = await waitForState(child, ended);
  starting = false;
  return {
    ...state,
    ended,
    async decision(requestId) {
      for (let attempt = 0; attempt < 40 && !decisions.has(requestId); attempt += 1) await sleep(25); // the line follows the reply
      return decisions.get(requestId);
    },
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

function parseLogLine(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
