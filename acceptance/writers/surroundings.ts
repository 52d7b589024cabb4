import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountId, writeTargets } from "../../packages/gateway/test/notification-files.ts";
import { startIssuer } from "../../packages/gateway/test/oidc-issuer.ts";
import { startGatewayHere } from "../gateway-here.ts";
import { keysFile } from "../upstream-runs.ts";
import { senderTo, type Surroundings } from "./lives/life.ts";
import { Key, kmsKey, UpstreamBucket } from "./lives/move-lives.ts";

interface StartedSurroundings {
  readonly surroundings: Surroundings;
  /** With which the gateway knows of them. */
  readonly args: readonly string[];
  close(): Promise<void>;
}

/** What operations need beside their gateway: a target of notifications, a provider of web identities, a KMS key, and an engine. */
export async function startSurroundings(home: string): Promise<StartedSurroundings> {
  const issuer = await startIssuer();
  const engine = await startGatewayHere();
  const send = senderTo(engine);
  await send("S3", "CreateBucket", { Bucket: UpstreamBucket });
  await send("S3", "PutObject", { Bucket: UpstreamBucket, Key, Body: "adopted" });
  const upstreams = {
    upstreams: [{ name: "engine", url: engine.endpoint, credentials: keysFile(home, engine.admin) }],
    buckets: [{ name: "*", home: "local" }],
  };
  writeFileSync(join(home, "upstreams.json"), JSON.stringify(upstreams));
  writeFileSync(join(home, "issuer.pem"), issuer.ca);
  writeFileSync(join(home, "kms.key"), randomBytes(32), { mode: 0o600 });
  const options = {
    "account-id": accountId,
    "notification-targets": writeTargets(home, [{ name: "events", accounts: [accountId], file: "events.jsonl" }]),
    "oidc-allow": new URL(issuer.issuer).host,
    "oidc-ca": join(home, "issuer.pem"),
    "kms-key": `${kmsKey}=${join(home, "kms.key")}`,
    upstreams: join(home, "upstreams.json"),
  };
  return {
    surroundings: {
      issuer: issuer.issuer,
      token: await issuer.token({ exp: Math.floor(Date.now() / 1000) + 24 * 3600 }),
    },
    args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    async close() {
      await engine.stop();
      await issuer.close();
    },
  };
}
