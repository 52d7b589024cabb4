import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AccessSecrets } from "../domain/keyring/access-secrets.ts";
import type { Ids } from "../ports/ids.ts";
import { syncFolder } from "../stores/files/private-write.ts";
import type { AccountMaker } from "../stores/sql/organization/organization-store.ts";
import { newAccountId, newSecret, writeCredentials } from "./first-start.ts";

/** Where the keys of an account are: of the management account in the data folder itself, of every other in a folder of its own. */
export function credentialsFolder(dataDir: string, accountId: string, managementAccountId: string): string {
  return accountId === managementAccountId ? dataDir : join(dataDir, "accounts", accountId);
}

/** A folder has this after its name until it is known whether the account was made. */
const unsettled = ".unsettled";

/**
 * Member accounts have their root keys in `accounts/ID/root-credentials` of the data folder. The keys are written before the transaction
 * that makes them valid, into a folder that gets its name after it. INVARIANT: a folder is made new and replaces none, so no keys are ever
 * written over others.
 */
export function createAccountMaker(dataDir: string, secrets: AccessSecrets, ids: Ids): AccountMaker {
  return {
    prepare(account) {
      const accountId = newAccountId();
      const [accessKeyId, secret] = [ids.uniqueId("AKIA"), newSecret()];
      const accounts = join(dataDir, "accounts");
      const folder = join(accounts, accountId + unsettled);
      mkdirSync(accounts, { recursive: true, mode: 0o700 });
      mkdirSync(folder, { mode: 0o700 });
      syncFolder(dataDir);
      syncFolder(accounts);
      writeCredentials(join(folder, "root-credentials"), accessKeyId, secret);
      const { createdAt } = account;
      return {
        ...account,
        accountId,
        canonicalId: randomBytes(32).toString("hex"),
        roleId: ids.uniqueId("AROA"),
        key: { accountId, ownerId: undefined, accessKeyId, sealedSecret: secrets.seal(accessKeyId, secret), createdAt },
      };
    },
    settle: ({ accountId }, made) => settleFolder(join(dataDir, "accounts"), accountId, made),
  };
}

function settleFolder(accounts: string, accountId: string, made: boolean): void {
  const folder = join(accounts, accountId + unsettled);
  if (made) renameSync(folder, join(accounts, accountId));
  else rmSync(folder, { recursive: true });
  syncFolder(accounts);
}

/** What a creation left that ended midway: the keys of an account that is there are kept, the others go. Nothing may be creating accounts. */
export async function settleAccountFolders(
  dataDir: string,
  isAccount: (id: string) => Promise<boolean>,
): Promise<void> {
  const accounts = join(dataDir, "accounts");
  if (!existsSync(accounts)) return;
  for (const name of readdirSync(accounts)) {
    if (!name.endsWith(unsettled)) continue;
    const id = name.slice(0, -unsettled.length);
    settleFolder(accounts, id, await isAccount(id));
  }
}
