/** What every implementation of a port must do, on PostgreSQL: two stores are those of two gateways. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import { bucketRegistryContract } from "../../../test/bucket-registry-contract.ts";
import { analyzersContract } from "../../../test/contract/analyzers-contract.ts";
import { identityContract } from "../../../test/contract/identity-contract.ts";
import { sharedCountersContract } from "../../../test/contract/shared-counters-contract.ts";
import { quickPasswordHashes } from "../../../test/quick-password-hashes.ts";
import { type PostgresDirectory, postgresDirectory } from "../../../test/stores/postgres-directory.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { createAccessSecrets } from "../../domain/keyring/access-secrets.ts";
import { analyzerStore, scanStore } from "../sql/analyzers/analyzer-store.ts";
import { bucketRegistry } from "../sql/buckets/bucket-registry.ts";
import { identityStore } from "../sql/identity/identity-store.ts";
import { sharedCounters } from "../sql/shared-counters.ts";

const grant = testGrant();
const secrets = createAccessSecrets(Buffer.alloc(32, 1));
const hashes = quickPasswordHashes();
let directory: PostgresDirectory;

beforeAll(async () => {
  directory = await postgresDirectory();
});
afterAll(() => directory.close());

identityContract(async (quotas) => {
  const [here, there] = await directory.databases();
  return [identityStore(here, secrets, hashes, quotas), identityStore(there, secrets, hashes, quotas)];
});

describe("counters", () => {
  sharedCountersContract(async () => {
    const [here, there] = await directory.databases();
    const clock = { time: 0, now: () => clock.time };
    return { here: sharedCounters(here, clock), there: sharedCounters(there, clock), clock };
  });
});

describe("buckets", () => {
  bucketRegistryContract(async () => bucketRegistry((await directory.databases())[0]));
});

describe("analyzers", () => {
  analyzersContract(async () => {
    const [here, there] = await directory.databases();
    const buckets = bucketRegistry(there);
    const identity = identityStore(there, secrets, hashes);
    return {
      store: analyzerStore(here),
      scans: scanStore(here),
      async setPolicy(name, owner, policy) {
        let bucket = await buckets.find(name);
        if (bucket === undefined) {
          const id = randomUUID();
          await buckets.create(grant, { id, place: id, name, owner, region: "us-east-1", createdAt: 1 });
          await buckets.move(grant, id, "creating", "active");
          bucket = await buckets.find(name);
        }
        await buckets.setPolicy(grant, bucket?.id ?? "", policy);
      },
      async setAcl(name, ownership, acl) {
        const { id = "" } = (await buckets.find(name)) ?? {};
        await buckets.setOwnership(grant, id, ownership);
        await buckets.setAcl(grant, id, acl);
      },
      async makeRole(name, owner) {
        const role = { description: undefined, trust: "{}", maxSessionSeconds: 3600 };
        const fields = { path: "/", createdAt: 5, boundary: undefined, tags: new Map() };
        await identity.createPrincipal(grant, { ...fields, role, id: `AROA${randomUUID()}`, name, accountId: owner });
      },
    };
  });
});
