import { analyzerProcedures } from "../analyzers/analyzer-procedures.ts";
import { bucketProcedures } from "../buckets/bucket-procedures.ts";
import { moveProcedures } from "../buckets/bucket-moves.ts";
import { inventoryProcedures } from "../buckets/inventories.ts";
import type { Procedure, Procedures, Writer } from "../database.ts";
import { moveRevision, type RevisionPart } from "../revision.ts";
import * as counters from "../counter-procedures.ts";
import { setStoreIdentity } from "../store-identity.ts";
import * as accounts from "./account-procedures.ts";
import { partsOfTable } from "./cached-tables.ts";
import * as consoleSessions from "./console-session-procedures.ts";
import * as organization from "../organization/organization-procedures.ts";
import * as groups from "./group-procedures.ts";
import * as profiles from "./login-profile-procedures.ts";
import * as lastUsed from "./last-used-procedures.ts";
import * as mfa from "./mfa-device-procedures.ts";
import * as oidc from "./oidc-provider-procedures.ts";
import * as policies from "./policy-procedures.ts";
import * as principals from "./principal-procedures.ts";
import { clearOutbox, recordChange } from "../record/event-outbox.ts";
import * as sessions from "./session-procedures.ts";

const changedTable = /^(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)/;

/** INVARIANT: a procedure that changed a row which a cache may hold has moved the revision of its part, so that no cache keeps something older. */
function movingRevision<P extends Procedures>(all: P): P {
  const entries = Object.entries(all).map(([name, procedure]) => {
    const moving: Procedure<never, unknown> = async (writer, args) => {
      const changed = new Set<RevisionPart>();
      const run: Writer["run"] = async (sql, params) => {
        const rows = await writer.run(sql, params);
        if (rows > 0) for (const part of partsOfTable(changedTable.exec(sql)?.[1] ?? "")) changed.add(part);
        return rows;
      };
      const result = await procedure({ ...writer, run }, args);
      if (changed.size > 0) await moveRevision(writer, changed);
      return result;
    };
    return [name, moving] as const;
  });
  return Object.fromEntries(entries) as unknown as P;
}

/** Every change of the directory. */
export const directoryProcedures = movingRevision({
  ...analyzerProcedures,
  ...bucketProcedures,
  ...moveProcedures,
  ...inventoryProcedures,
  createPrincipal: principals.createPrincipal,
  changePrincipal: principals.changePrincipal,
  deletePrincipal: principals.deletePrincipal,
  createAccessKey: principals.createAccessKey,
  setAccessKeyStatus: principals.setAccessKeyStatus,
  deleteAccessKey: principals.deleteAccessKey,
  createGroup: groups.createGroup,
  changeGroup: groups.changeGroup,
  deleteGroup: groups.deleteGroup,
  addGroupMember: groups.addGroupMember,
  removeGroupMember: groups.removeGroupMember,
  createLoginProfile: profiles.createLoginProfile,
  changeLoginProfile: profiles.changeLoginProfile,
  deleteLoginProfile: profiles.deleteLoginProfile,
  setPasswordPolicy: profiles.setPasswordPolicy,
  deletePasswordPolicy: profiles.deletePasswordPolicy,
  recordUses: lastUsed.recordUses,
  saveCredentialReport: lastUsed.saveCredentialReport,
  createMfaDevice: mfa.createMfaDevice,
  enableMfaDevice: mfa.enableMfaDevice,
  deactivateMfaDevice: mfa.deactivateMfaDevice,
  deleteMfaDevice: mfa.deleteMfaDevice,
  changeMfaDeviceTags: mfa.changeMfaDeviceTags,
  createOidcProvider: oidc.createOidcProvider,
  changeOidcProvider: oidc.changeOidcProvider,
  deleteOidcProvider: oidc.deleteOidcProvider,
  createConsoleSession: consoleSessions.createConsoleSession,
  replaceConsoleSession: consoleSessions.replaceConsoleSession,
  touchConsoleSession: consoleSessions.touchConsoleSession,
  deleteConsoleSession: consoleSessions.deleteConsoleSession,
  deleteOtherConsoleSessions: consoleSessions.deleteOtherConsoleSessions,
  forgetConsoleSessions: consoleSessions.forgetConsoleSessions,
  putInlinePolicy: policies.putInlinePolicy,
  deleteInlinePolicy: policies.deleteInlinePolicy,
  attachPolicy: policies.attachPolicy,
  detachPolicy: policies.detachPolicy,
  createPolicy: policies.createPolicy,
  changePolicyTags: policies.changePolicyTags,
  deletePolicy: policies.deletePolicy,
  createPolicyVersion: policies.createPolicyVersion,
  setDefaultPolicyVersion: policies.setDefaultPolicyVersion,
  deletePolicyVersion: policies.deletePolicyVersion,
  addKeyringKey: sessions.addKeyringKey,
  promoteKeyringKey: sessions.promoteKeyringKey,
  rotateKeyring: sessions.rotateKeyring,
  dropRetiredKeys: sessions.dropRetiredKeys,
  revoke: sessions.revoke,
  forgetRevocations: sessions.forgetRevocations,
  createAccount: accounts.createAccount,
  setAccountAlias: accounts.setAccountAlias,
  deleteAccountAlias: accounts.deleteAccountAlias,
  createFirstAccount: accounts.createFirstAccount,
  renewAccount: accounts.renewAccount,
  forgetSealedSecrets: accounts.forgetSealedSecrets,
  createMemberAccount: organization.createMemberAccount,
  closeAccount: organization.closeAccount,
  renameAccount: organization.renameAccount,
  createOrganizationPolicy: organization.createOrganizationPolicy,
  changeOrganizationPolicy: organization.changeOrganizationPolicy,
  deleteOrganizationPolicy: organization.deleteOrganizationPolicy,
  attachOrganizationPolicy: organization.attachOrganizationPolicy,
  detachOrganizationPolicy: organization.detachOrganizationPolicy,
  setPolicyType: organization.setPolicyType,
  countEvent: counters.countEvent,
  forgetEvents: counters.forgetEvents,
  setStoreIdentity,
  recordChange,
  clearOutbox,
  useMfaCodes: mfa.useMfaCodes,
  logSession: sessions.logSession,
  forgetSessions: sessions.forgetSessions,
} as const satisfies Procedures);
