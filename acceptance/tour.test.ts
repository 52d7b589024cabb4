import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { get, type IncomingMessage, type RequestOptions } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepRecordsUnder } from "../packages/gateway/test/kept-records.ts";
import { cliHere } from "./clients.ts";
import { cleanEnvironment, command, startGateway } from "./gateway.ts";

const tour = resolve("packages/cli/dist/tour/main.js");
let home: string;
let env: NodeJS.ProcessEnv;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "s3-credentials-tour-"));
  env = cleanEnvironment(home);
});
afterAll(() => {
  keepRecordsUnder(home);
  rmSync(home, { recursive: true, force: true });
});

const runTour = (...args: readonly string[]) =>
  spawnSync(process.execPath, [tour, ...args], { env, encoding: "utf8", timeout: 60_000 });
const args = () => ["--port", "0", "--data", join(home, "tour")];

/** Files of gateways that say they run. */
function running(): readonly string[] {
  return readdirSync(join(home, "state/s3-credentials/gateways"));
}

async function untilPrinted(child: ChildProcess, pattern: RegExp): Promise<() => string> {
  let printed = "";
  await new Promise<void>((done, failed) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (pattern.test(printed)) done();
    });
    child.once("exit", (code) => failed(new Error(`ended with ${code}:\n${printed}`)));
  });
  return () => printed;
}

/** What is at `/` of this machine; with the name of a host that need not lead here. */
async function textOf(options: RequestOptions): Promise<string> {
  const [answer] = (await once(get(options), "response")) as [IncomingMessage];
  return text(answer);
}

describe("the tour", () => {
  test("--help; a wrong option is one line and exit 2", () => {
    const help = runTour("--help");
    expect(help).toMatchObject({ status: 0, stderr: "" });
    for (const option of ["--port", "--console-port", "--website-port", "--data", "--once"])
      expect(help.stdout).toContain(option);
    const wrong = runTour("--prot", "1");
    expect(wrong).toMatchObject({ status: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/^Error: [^\n]*--prot; did you mean --port\? see npm start -- --help\n$/);
    expect(runTour("--port", "x")).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(/^Error: /) });
  });

  /** A tour in a process group of its own, as a terminal has it, and how it ends by a signal to the whole group. */
  function inGroup(...more: readonly string[]) {
    const child = spawn(process.execPath, [tour, ...args(), ...more], {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise((done) => child.once("close", done));
    const end = (signal: NodeJS.Signals): Promise<unknown> => {
      process.kill(-(child.pid ?? 0), signal);
      return ended;
    };
    return { child, end };
  }

  test("SIGINT to the whole group: stopped, and nothing runs on", async () => {
    const { child, end } = inGroup("--website-port", "0");
    const printed = await untilPrinted(child, /whoami\n/);
    const [, host = "", port = ""] = /website, .*: http:\/\/([^/:]+):(\d+)\/$/m.exec(printed()) ?? [];
    expect(await textOf({ port, headers: { host } })).toBe("<h1>The website of the tour</h1>\n");
    const link = /^ {2}(http:\S+\/signin\/link\?token=\S+)$/m.exec(printed())?.[1] ?? "";
    expect(await (await fetch(link)).text()).toContain("<strong>admin</strong>");
    expect(await end("SIGINT")).toBe(0);
    expect(printed()).toMatch(/\nstopped\n$/);
    expect(printed()).toContain(" AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n");
    expect(running()).toEqual([]);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("%s in the middle of it: stopped, and nothing runs on", async (signal) => {
    const { child, end } = inGroup();
    const printed = await untilPrinted(child, /\$ s3-credentials /);
    expect(await end(signal)).toBe(130);
    expect(printed()).toMatch(/\nstopped\n$/);
    await expect.poll(running).toEqual([]);
  });

  test("a reader that goes away ends it without a word and without a gateway left", async () => {
    const child = spawn(process.execPath, [tour, ...args()], { env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await new Promise((done) => child.once("exit", done))).toBe(0);
    expect(said).toBe("");
    expect(running()).toEqual([]);
  });

  test("beside another gateway it takes its own; a folder or port in use is reported with what to do", async () => {
    const other = await startGateway({ home });
    const beside = runTour(...args(), "--once");
    expect(beside.status, beside.stdout + beside.stderr).toBe(0);
    expect(running()).toHaveLength(1);
    const taken = [
      runTour("--port", "0", "--data", other.dataDir),
      runTour("--port", String(other.port), "--data", join(home, "tour")),
    ];
    await other.stop();
    for (const { status, stdout, stderr } of taken) {
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^Error: [^\n]*in use[^\n]*npm start -- --port 9010 --data [^\n]*\n$/);
      expect(stderr).toContain(other.endpoint);
    }
  });
});

describe("serve", () => {
  const serve = (...words: readonly string[]) =>
    spawnSync(process.execPath, [command, "serve", "--data", join(home, "data"), ...words], { env, encoding: "utf8" });

  // Every message is in `parse-config.test.ts` and `run-gateway.test.ts`; here is how the process ends.
  test("what cannot be is one line: what, why, what to do", () => {
    const { status, stdout, stderr } = serve("--apis", "s3,ec2");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^Error: invalid --apis "s3,ec2": [^\n]+; [^\n]+\n$/);
    const host = serve("--host", "192.0.2.1", "--data", join(home, "more"));
    expect(host).toMatchObject({ status: 1, stdout: "" });
    expect(host.stderr).toMatch(/^Error: cannot listen on 192.0.2.1: [^\n]*--host\n$/);
  });

  test("several: each says how AWS tools find it; one that stops takes nothing of the others away; one that was killed is forgotten", async () => {
    const whoami = () => cliHere({ home }, ["whoami", "--local"]);
    const first = await startGateway({ home });
    expect(first.log()).toContain(`export AWS_ENDPOINT_URL=${first.endpoint}\n`);
    expect(first.log()).toContain("export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n");
    expect(first.log()).not.toContain(first.admin.secretAccessKey);
    const second = await startGateway({ home, args: ["--data", join(home, "second")] });
    const both = await whoami();
    expect(both).toMatchObject({ code: 1, stdout: "" });
    for (const { endpoint } of [first, second]) expect(both.stderr).toContain(endpoint);
    await second.stop();
    expect(await whoami()).toMatchObject({ code: 0 });
    const third = await startGateway({ home, args: ["--data", join(home, "third")] });
    await first.stop("SIGKILL");
    expect(await whoami()).toMatchObject({ code: 0, stdout: expect.stringContaining(third.accountId) });
    await third.stop();
    expect(await whoami()).toMatchObject({ code: 1 });
  });
});
