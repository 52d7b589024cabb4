import { afterAll, beforeAll, onTestFinished } from "vitest";
import { createAccessSecrets } from "../../src/domain/keyring/access-secrets.ts";
import { identityContract } from "../contract/identity-contract.ts";
import { quickPasswordHashes } from "../quick-password-hashes.ts";
import { account, canonicalId, otherAccount } from "../test-directory.ts";
import { postgresIdentityStore } from "./postgres-identity-store.ts";
import { schema } from "./postgres-rows.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

let server: PostgresServer;
let made = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

identityContract(async (quotas) => {
  made += 1;
  const name = `test${made}`;
  const pools = [server.pool(name), server.pool(name)] as const;
  onTestFinished(async () => {
    for (const pool of pools) await pool.end();
  });
  const [pool] = pools;
  await pool.query(`CREATE SCHEMA ${name}`);
  await pool.query(schema);
  for (const [id, canonical] of [
    [account, canonicalId],
    [otherAccount, "b".repeat(64)],
  ] as const)
    await pool.query("INSERT INTO accounts VALUES ($1, $2)", [id, canonical]);
  const secrets = createAccessSecrets(Buffer.alloc(32, 1));
  const hashes = quickPasswordHashes();
  return [
    postgresIdentityStore(pool, secrets, hashes, quotas),
    postgresIdentityStore(pools[1], secrets, hashes, quotas),
  ];
});
