// Gateways in processes of their own over one PostgreSQL and one engine, which is another gateway.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "../gateway.mjs";
import { prepareAccount } from "../load/account.mjs";
import { startPostgres } from "../scale/postgres.mjs";

const connectionsOfOne = 25;

function keysOf({ env }) {
  return { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
}

/** As `drive` wants it. */
function targetOf(gateway) {
  return { port: Number(new URL(gateway.endpoint).port), pid: gateway.pid, gateway };
}

/** Another gateway, and the options of `serve` with which its objects are the others'. */
export async function startEngine() {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-bench-engine-"));
  const engine = await startGateway();
  const { accessKeyId, secretAccessKey } = keysOf(engine);
  const credentials = join(folder, "keys");
  const lines = ["[default]", `aws_access_key_id=${accessKeyId}`, `aws_secret_access_key=${secretAccessKey}`, ""];
  writeFileSync(credentials, lines.join("\n"), { mode: 0o600 });
  return {
    args: ["--upstream", engine.endpoint, "--upstream-credentials", credentials],
    async stop() {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function startFleet(count) {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-bench-fleet-"));
  const postgres = await startPostgres(count * connectionsOfOne);
  const engine = await startEngine();
  const args = ["--database", postgres.serveUrl, ...engine.args];
  const gateways = [];
  for (let number = 0; number < count; number += 1) {
    const home = join(folder, `${number}`);
    mkdirSync(join(home, "data"), { recursive: true, mode: 0o700 });
    if (number > 0)
      for (const name of ["keyfile", "admin-credentials", "root-credentials"])
        copyFileSync(join(folder, "0/data", name), join(home, "data", name));
    gateways.push(targetOf(await startGateway(home, args)));
  }
  const [{ port, gateway }] = gateways;
  const admin = keysOf(gateway);
  const { user } = await prepareAccount({ port, admin, accountId: gateway.accountId });
  return {
    gateways,
    admin,
    user,
    postgres,
    async stop() {
      for (const one of gateways) await one.gateway.stop();
      await postgres.stop();
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
