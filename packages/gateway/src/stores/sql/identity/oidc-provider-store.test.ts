import { oidcProvidersContract } from "../../../../test/contract/oidc-providers-contract.ts";
import { reuseTestDirectories, testDirectory } from "../../../../test/test-directory.ts";
import { oidcProviderStore } from "./oidc-provider-store.ts";

reuseTestDirectories();

oidcProvidersContract(async () => {
  const here = await testDirectory();
  const there = await testDirectory(here.folder);
  return [oidcProviderStore(here.database), oidcProviderStore(there.database)];
});
