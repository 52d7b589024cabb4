import { setImmediate as turn } from "node:timers/promises";
import {
  credentialReportAge,
  credentialReportHead,
  credentialReportLine,
  type ReportedKey,
  type ReportedUser,
} from "../domain/identity/credential-report.ts";
import type { Clock } from "../ports/clock.ts";
import type { Grant } from "../ports/grant.ts";
import type { IdentityStore } from "../ports/identity.ts";
import type { CredentialReport, CredentialReports } from "../ports/last-used.ts";

async function keysOf(
  identity: IdentityStore,
  grant: Grant,
  accountId: string,
  ownerId: string | undefined,
): Promise<readonly ReportedKey[]> {
  const keys = await identity.listAccessKeys(grant, accountId, ownerId);
  return Promise.all(keys.map(async (key) => ({ ...key, lastUse: await identity.lastUse(key.accessKeyId) })));
}

async function reported(
  identity: IdentityStore,
  grant: Grant,
  accountId: string,
  user: ReportedUser["user"] & { readonly id?: string },
  policy: ReportedUser["policy"],
): Promise<ReportedUser> {
  const { id } = user;
  return {
    user,
    profile: id === undefined ? undefined : await identity.getLoginProfile(grant, { accountId, id }),
    passwordLastUse: id === undefined ? undefined : await identity.lastUse(id),
    policy,
    mfaActive: (await identity.listMfaDevicesOf(grant, { accountId, ownerId: id })).length > 0,
    keys: await keysOf(identity, grant, accountId, id),
  };
}

/** In slices of a few users, between which others have their turn. */
async function makeReport(identity: IdentityStore, grant: Grant, accountId: string): Promise<string> {
  const policy = await identity.findPasswordPolicy(accountId);
  const root = { accountId, createdAt: await identity.accountCreatedAt(accountId) };
  const lines = [credentialReportHead, credentialReportLine(await reported(identity, grant, accountId, root, policy))];
  let after: string | undefined;
  do {
    const query = { pathPrefix: "/", after, limit: 50, turn: () => turn() };
    const page = await identity.listPrincipals(grant, "user", accountId, query);
    for (const { id, name, arn, createdAt } of page.items) {
      const user = { id, name, arn, createdAt };
      lines.push(credentialReportLine(await reported(identity, grant, accountId, user, policy)));
      await turn();
    }
    after = page.next;
  } while (after !== undefined);
  return `${lines.join("\n")}\n`;
}

/** `failed`: hears of a report that could not be made; the next request starts it again. */
export function createCredentialReports(
  identity: IdentityStore,
  clock: Pick<Clock, "now">,
  failed: (error: unknown) => void,
): CredentialReports & { close(): Promise<void> } {
  const underWay = new Map<string, Promise<void>>();
  const isFresh = ({ generatedAt }: CredentialReport): boolean => clock.now() - generatedAt < credentialReportAge;
  const make = async (grant: Grant, accountId: string): Promise<void> => {
    try {
      const content = await makeReport(identity, grant, accountId);
      await identity.saveCredentialReport(accountId, { generatedAt: clock.now(), content });
    } catch (error) {
      failed(error);
    } finally {
      underWay.delete(accountId);
    }
  };
  return {
    async generate(grant, accountId) {
      const found = await identity.findCredentialReport(accountId);
      if (found !== undefined && isFresh(found)) return "COMPLETE";
      if (underWay.has(accountId)) return "INPROGRESS";
      underWay.set(accountId, make(grant, accountId));
      return "STARTED";
    },
    async find(accountId) {
      const found = await identity.findCredentialReport(accountId);
      if (found !== undefined && isFresh(found)) return found;
      if (underWay.has(accountId)) return "in-progress";
      return found === undefined ? "missing" : "expired";
    },
    async close() {
      await Promise.all(underWay.values());
    },
  };
}
