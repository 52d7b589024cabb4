import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keepRecordsUnder } from "../packages/gateway/test/kept-records.ts";

export const command = resolve("packages/cli/bin/s3-credentials.js");

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A gateway as a user starts it: its own process, its own data and home folders. */
export interface RunningGateway {
  readonly endpoint: string;
  readonly port: number;
  readonly pid: number;
  readonly accountId: string;
  /** The address of its console, if it has one. */
  readonly console?: string | undefined;
  /** Where /metrics, /healthz and /readyz are; "" without `--metrics-port`. */
  readonly metrics: string;
  readonly dataDir: string;
  readonly home: string;
  readonly root: Keys;
  readonly admin: Keys;
  /** Everything it logged so far. */
  log(): string;
  /** `SIGTERM`, and the exit code; `SIGKILL` when asked. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

interface StateFile {
  readonly endpoint: string;
  readonly console?: string;
  readonly accountId: string;
  readonly pid: number;
  readonly adminCredentialsFile: string;
  readonly rootCredentialsFile: string;
}

export function readKeys(file: string): Keys {
  const entries = new Map(
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const;
      }),
  );
  const sessionToken = entries.get("aws_session_token");
  return {
    accessKeyId: entries.get("aws_access_key_id") ?? "",
    secretAccessKey: entries.get("aws_secret_access_key") ?? "",
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

/** The environment of a machine without any AWS configuration. */
export function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|XDG_|S3_CREDENTIALS)/.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_STATE_HOME: join(home, "state"),
    XDG_DATA_HOME: join(home, "share"),
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

async function waitForState(file: string, child: ChildProcess, log: () => string): Promise<StateFile> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}:\n${log()}`);
    try {
      const state = JSON.parse(readFileSync(file, "utf8")) as StateFile;
      // What it prints at its start comes through a pipe, and may come later than the file.
      if (state.pid === child.pid && /^ {2}export AWS_SHARED_CREDENTIALS_FILE=.*\n/m.test(log())) return state;
    } catch {
      // not there yet
    }
    await sleep(50);
  }
  throw new Error(`the gateway did not start:\n${log()}`);
}

export async function startGateway(
  options: {
    readonly home?: string;
    readonly args?: readonly string[];
    /** How many files the process may open. */
    readonly openFiles?: number;
    /** Node and the command's file; default: this Node and this repository's. */
    readonly program?: readonly [node: string, file: string];
    /** A program that becomes it, with its arguments. */
    readonly through?: readonly string[];
  } = {},
): Promise<RunningGateway> {
  const [node, file] = options.program ?? [process.execPath, command];
  const made = options.home === undefined;
  const home = options.home ?? mkdtempSync(join(tmpdir(), "s3-credentials-acceptance-"));
  const dataDir = join(home, "data");
  // One process: tests run side by side, and each is about something else. Earlier versions have no such option.
  const workers = file === command ? ["--workers", process.env["TEST_WORKERS"] ?? "1"] : [];
  const words = [
    ...(options.through ?? []),
    node,
    file,
    "serve",
    "--port",
    "0",
    "--data",
    dataDir,
    ...workers,
    ...(options.args ?? []),
  ];
  const limit = options.openFiles === undefined ? "" : `ulimit -n ${options.openFiles}; `;
  const child = spawn("/bin/sh", ["-c", `${limit}exec "$@"`, "sh", ...words], {
    env: cleanEnvironment(home),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const state = await waitForState(
    join(home, `state/s3-credentials/gateways/${child.pid ?? ""}.json`),
    child,
    () => output,
  );
  const [root, admin] = [readKeys(state.rootCredentialsFile), readKeys(state.adminCredentialsFile)];
  return {
    endpoint: state.endpoint,
    port: Number(new URL(state.endpoint).port),
    pid: state.pid,
    accountId: state.accountId,
    console: state.console,
    metrics: /^metrics: +(\S+)/m.exec(output)?.[1] ?? "",
    dataDir,
    home,
    root,
    admin,
    log: () => output,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const code = await ended;
      keepRecordsUnder(home);
      if (made && signal !== "SIGKILL") rmSync(home, { recursive: true, force: true });
      return code;
    },
  };
}
