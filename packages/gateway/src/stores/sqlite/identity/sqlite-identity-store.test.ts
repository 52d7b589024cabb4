import { identityContract } from "../../../../test/contract/identity-contract.ts";
import { testDirectory } from "../../../../test/test-directory.ts";

identityContract(async () => {
  const here = await testDirectory();
  return [here.store, (await testDirectory(here.folder)).store];
});
