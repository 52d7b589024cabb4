import { randomUUID } from "node:crypto";
import { analyzersContract } from "../../../../test/contract/analyzers-contract.ts";
import { reuseTestDirectories, testDirectory } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import { bucketRegistry } from "../buckets/bucket-registry.ts";
import { analyzerStore, scanStore } from "./analyzer-store.ts";

reuseTestDirectories();

analyzersContract(async () => {
  const directory = await testDirectory();
  const buckets = bucketRegistry(directory.database);
  const grant = testGrant();
  return {
    store: analyzerStore(directory.database),
    scans: scanStore(directory.database),
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
      await directory.role(name, { accountId: owner });
    },
  };
});
