import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { selfSigned } from "../packages/gateway/test/self-signed.ts";

export interface Proxy {
  stop(): Promise<void>;
}

/**
 * Debian's nginx with these server blocks, as somebody pastes them from the guide; what the guide cannot know is put in: ports, and a
 * certificate in the place of each that is named.
 */
export async function startNginx(servers: string, ports: Readonly<Record<number, number>>): Promise<Proxy> {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-nginx-"));
  const { cert, key } = selfSigned();
  writeFileSync(join(home, "tls.pem"), cert);
  writeFileSync(join(home, "tls.key"), key);
  const here = servers
    .replaceAll(/\/etc\/ssl\/\w+\.(pem|key)/g, `${home}/tls.$1`)
    .replaceAll(/listen (\d+)/g, (_, port: string) => `listen 127.0.0.1:${ports[Number(port)]}`)
    .replaceAll(/127\.0\.0\.1:(\d+);/g, (text, port: string) => `127.0.0.1:${ports[Number(port)] ?? port};`);
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = kinds.map((kind) => `${kind}_temp_path ${home}/${kind};`).join("\n");
  // As root, nginx would give its work to a user who cannot enter this folder.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const configuration = `${user} daemon off; pid ${home}/pid; error_log stderr; events {}
http { access_log off; ${temporary}\n${here} }`;
  writeFileSync(join(home, "nginx.conf"), configuration);
  const child = spawn("/usr/sbin/nginx", ["-e", "stderr", "-p", home, "-c", join(home, "nginx.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((done) => child.once("close", done));
  while (!(await answers(ports[443] ?? 0))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}:\n${said}`);
    await sleep(20);
  }
  return {
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => done(false));
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
  });
}
