import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Decision } from "@s3-credentials/policy";
import { localGatewayFolder } from "../service/local-gateway.ts";

/** The command of this package, as installed. */
export const bin = fileURLToPath(new URL("../../bin/s3-credentials.js", import.meta.url));

/** What decided a request, as the gateway's log has it. */
export type Decided = Pick<Decision, "allowed" | "layer" | "statement">;

export interface GatewayProcess {
  readonly endpoint: string;
  readonly region: string;
  readonly dataDir: string;
  readonly adminCredentialsFile: string;
  /** The decision that the log has of a request; undefined when the request was refused before anything was decided. */
  decision(requestId: string): Promise<Decided | undefined>;
  stop(): Promise<number>;
  readonly ended: Promise<number>;
}

/** `serve` ended before it listened; the message is what it said, in one line without `Error: `. */
export class StartFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
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
}

function readState(pid: number): State | undefined {
  try {
    return JSON.parse(readFileSync(join(localGatewayFolder(process.env), `${pid}.json`), "utf8")) as State;
  } catch {
    return undefined; // not written yet
  }
}

async function waitForState(child: ChildProcess, ended: Promise<number>, said: readonly string[]): Promise<State> {
  const exit = ended.then((code) => ({ code }));
  for (;;) {
    const state = child.pid === undefined ? undefined : readState(child.pid);
    if (state !== undefined) return state;
    const next = await Promise.race([exit, sleep(50)]);
    if (next !== undefined) {
      const reason = said.findLast((line) => line.startsWith("Error: "))?.slice("Error: ".length);
      throw new StartFailure(reason ?? said.at(-1) ?? "the gateway did not start", next.code);
    }
  }
}

/** Starts `s3-credentials serve` and reads its log. It ends with this process at the latest. */
export async function startGatewayProcess(args: readonly string[]): Promise<GatewayProcess> {
  // In a group of its own: Ctrl-C reaches this process, which stops the gateway once; a second signal would kill it.
  const child = spawn(process.execPath, [bin, "serve", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  process.once("exit", () => child.kill("SIGTERM"));
  const ended = new Promise<number>((done) => child.once("close", (code) => done(code ?? 1)));
  const decisions = new Map<string, Decided | undefined>();
  const said: string[] = [];
  let starting = true;
  createInterface({ input: child.stderr }).on("line", (line) => {
    const entry = parseLogLine(line);
    if (entry?.requestId !== undefined) decisions.set(entry.requestId, entry.decision);
    else if (entry === undefined && starting) said.push(line);
  });
  const state = await waitForState(child, ended, said);
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
