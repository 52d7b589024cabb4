import { IAMClient } from "@aws-sdk/client-iam";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { runCommand } from "../packages/cli/src/test/run-command.ts";
import { type RunningGateway, type Keys, cleanEnvironment, command } from "./gateway.ts";
import { type PythonProgram, startPythonProgram } from "./python-program.ts";

function configuration(gateway: RunningGateway, keys: Keys) {
  return { endpoint: gateway.endpoint, region: "us-east-1", credentials: { ...keys }, maxAttempts: 1 };
}

export function s3(gateway: RunningGateway, keys: Keys): S3Client {
  return new S3Client({ ...configuration(gateway, keys), forcePathStyle: true });
}

export function iam(gateway: RunningGateway, keys: Keys): IAMClient {
  return new IAMClient(configuration(gateway, keys));
}

export function sts(gateway: RunningGateway, keys: Keys): STSClient {
  return new STSClient(configuration(gateway, keys));
}

export function organizations(gateway: RunningGateway, keys: Keys): OrganizationsClient {
  return new OrganizationsClient(configuration(gateway, keys));
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly keys?: Keys;
  readonly input?: string | Buffer;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Where a client runs: its home folder. */
type Machine = Pick<RunningGateway, "home">;

/** The environment of a machine that knows these keys alone. */
export function environment({ home }: Machine, { keys, env }: RunOptions): NodeJS.ProcessEnv {
  return {
    ...cleanEnvironment(home),
    AWS_DEFAULT_REGION: "us-east-1",
    ...env,
    ...(keys === undefined ? {} : { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey }),
    ...(keys?.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
  };
}

/** Runs a program as on a machine that knows only this gateway's keys, and gives its ends back whatever they are. */
export function run(
  gateway: RunningGateway,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      program,
      args,
      {
        env: environment(gateway, options),
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) =>
        done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr }),
    );
    if (child.stdin !== null) {
      child.stdin.on("error", () => undefined); // a program that ends without reading its input
      child.stdin.end(options.input ?? "");
    }
  });
}

/** What a program printed that must not fail. */
export async function output(ended: Promise<Ended>): Promise<string> {
  const { code, stdout, stderr } = await ended;
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** A client's settings as the guide has them: the first block under its heading, for this gateway. */
export function documentedSettings(gateway: RunningGateway, client: string): string {
  const [, section = ""] = readFileSync("docs/guide/other-clients.md", "utf8").split(`\n## ${client}\n`);
  const [, block] = /^```\w+\n(.*?)^```$/ms.exec(section) ?? [];
  if (block === undefined) throw new Error(`the guide has no settings for ${client}`);
  return block.replaceAll("127.0.0.1:9000", `127.0.0.1:${gateway.port}`).replace("port: 9000", `port: ${gateway.port}`);
}

/** `s3-credentials …` of this repository, in a process of its own. */
export function cli(gateway: RunningGateway, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(gateway, process.execPath, [command, ...args], options);
}

/**
 * The same command line in this process: a process costs more than what most commands do. Not for what the process is part of: its
 * streams, signals, memory, the programs it starts. With `cwd`, nothing else may run at the same time.
 */
export async function cliHere(machine: Machine, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const before = process.cwd();
  if (options.cwd !== undefined) process.chdir(options.cwd);
  try {
    return await runCommand(args, { env: environment(machine, options), stdin: options.input ?? "" });
  } finally {
    process.chdir(before);
  }
}

let awsCli: Promise<PythonProgram> | undefined;

/** Debian's AWS CLI, loaded once for all test files of this process. */
export function residentAws(): Promise<PythonProgram> {
  const modules = ["awscli.clidriver", "awscli.customizations.s3.subcommands", "awscli.customizations.s3.s3handler"];
  awsCli ??= startPythonProgram("/usr/bin/aws", modules, "one process");
  return awsCli;
}

/** Debian's AWS CLI against the gateway; `input` is a file. */
export async function aws(
  gateway: RunningGateway,
  args: readonly string[],
  { input, cwd = gateway.home, ...options }: Omit<RunOptions, "input"> & { readonly input?: string } = {},
): Promise<Ended> {
  const words = ["--endpoint-url", gateway.endpoint, "--output", "json", ...args];
  const env = environment(gateway, options);
  return (await residentAws()).run(words, { cwd, env, ...(input === undefined ? {} : { input }) });
}

/** Debian's Python with boto3: `source` sees `endpoint` in the environment. */
export function python(gateway: RunningGateway, source: string, options: RunOptions = {}): Promise<Ended> {
  return run(gateway, "/usr/bin/python3", ["-c", source], {
    ...options,
    env: { ENDPOINT: gateway.endpoint, ...options.env },
  });
}

/** The error's name (`AccessDenied` …) and status, or `allowed`. */
export async function outcome(sent: Promise<unknown>): Promise<string> {
  try {
    await sent;
    return "allowed";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
