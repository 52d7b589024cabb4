import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AccessSecrets } from "../domain/keyring/access-secrets.ts";
import type { Ids } from "../ports/ids.ts";
import { syncFolder } from "../stores/files/private-write.ts";
import type { AccountMaker } from "../stores/sqlite/organization/sqlite-organization-store.ts";
import { newAccountId, newSecret, writeCredentials } from "./first-start.ts";

/** Where the keys of an account are: of the management account in the data folder itself, of every other in a folder of its own. */
export function credentialsFolder(dataDir: string, accountId: string, managementAccountId: string): string {
  return accountId === managementAccountId ? dataDir : join(dataDir, "accounts", accountId);
}

/**
 * Member accounts have their root keys in `accounts/ID/root-credentials` of the data folder. INVARIANT: the folder is made new, or the
 * account is not made: so no keys are ever written over others.
 */
export function createAccountMaker(dataDir: string, secrets: AccessSecrets, ids: Ids): AccountMaker {
  const folderOf = (accountId: string): string => join(dataDir, "accounts", accountId);
  return {
    prepare(account) {
      const accountId = newAccountId();
      const [accessKeyId, secret] = [ids.uniqueId("AKIA"), newSecret()];
      mkdirSync(join(dataDir, "accounts"), { recursive: true, mode: 0o700 });
      mkdirSync(folderOf(accountId), { mode: 0o700 });
      syncFolder(dataDir);
      syncFolder(join(dataDir, "accounts"));
      writeCredentials(join(folderOf(accountId), "root-credentials"), accessKeyId, secret);
      const { createdAt } = account;
      return {
        ...account,
        accountId,
        canonicalId: randomBytes(32).toString("hex"),
        roleId: ids.uniqueId("AROA"),
        key: { accountId, ownerId: undefined, accessKeyId, sealedSecret: secrets.seal(accessKeyId, secret), createdAt },
      };
    },
    discard: ({ accountId }) => rmSync(folderOf(accountId), { recursive: true, force: true }),
  };
}
