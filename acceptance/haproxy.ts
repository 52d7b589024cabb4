import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "./free-ports.ts";
import type { RunningGateway } from "./gateway.ts";

export interface LoadBalancer {
  readonly endpoint: string;
  /** How many gateways requests are sent to now. */
  up(): Promise<number>;
  stop(): Promise<void>;
}

/** Debian's haproxy with the configuration of the guide, in front of these gateways, which have metrics ports. Resolves when one answers. */
export async function startHaproxy(gateways: readonly RunningGateway[]): Promise<LoadBalancer> {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-haproxy-"));
  const [port = 0] = await freePorts(1);
  const guide = readFileSync("docs/guide/many-gateways.md", "utf8");
  const [, block = ""] = /^```\n(frontend .*?)^```$/ms.exec(guide) ?? [];
  const servers = gateways.map(
    ({ port: own, metrics }, at) =>
      `    server gate${at} 127.0.0.1:${own} check inter 100 port ${new URL(metrics).port}`,
  );
  const sites = block
    .replace("bind :443", `bind 127.0.0.1:${port}`)
    .replace(/(^ +server .*\n)+/gm, `${servers.join("\n")}\n`);
  const times = "defaults\n    timeout connect 5s\n    timeout client 60s\n    timeout server 60s\n";
  const control = join(home, "control");
  const global = `global\n    stats socket ${control}\n`;
  writeFileSync(join(home, "haproxy.cfg"), `${global}${times}${sites}`);
  const child = spawn("/usr/sbin/haproxy", ["-db", "-f", join(home, "haproxy.cfg")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((done) => child.once("close", done));
  const endpoint = `http://127.0.0.1:${port}`;
  // Who is refused has been answered by a gateway.
  while (
    !(await fetch(endpoint).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}:\n${said}`);
    await sleep(20);
  }
  return {
    endpoint,
    up: async () => (await ask(control, "show stat")).match(/^gateways,gate\d+,.*,UP,/gm)?.length ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** What haproxy answers to a command. https://docs.haproxy.org/2.6/management.html#9.3 */
async function ask(control: string, command: string): Promise<string> {
  const socket = connect(control);
  socket.end(`${command}\n`);
  return text(socket);
}
