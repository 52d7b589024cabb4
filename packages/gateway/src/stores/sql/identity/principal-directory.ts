import { type NamedProgram, programWeight } from "@s3-credentials/policy";
import type { Weight } from "../../../cache/bounded-cache.ts";
import { bindPrincipals, type PrincipalRows, unbindPrincipals } from "../../../domain/identity/bindings.ts";
import {
  anonymousCaller,
  type CallerAccount,
  type KnownPrincipal,
  type Membership,
  rootCaller,
  rootSessionCaller,
  sessionCaller,
  simulatedCaller,
  simulatedMember,
  userCaller,
} from "../../../domain/identity/callers.ts";
import { isGroupId } from "../../../domain/identity/names.ts";
import type { ReadProgram } from "../../../domain/identity/layers.ts";
import type { AccessSecrets } from "../../../domain/keyring/access-secrets.ts";
import { principalIdOf, type SessionRecord } from "../../../domain/sessions/session-record.ts";
import type {
  Caller,
  CredentialOutcome,
  PrincipalBindings,
  PrincipalDirectory,
  ResourceAccount,
} from "../../../ports/principal-directory.ts";
import type { AccountRecord } from "../../../ports/identity-records.ts";
import { readMembership } from "../organization/membership.ts";
import { organizationAccount } from "../organization/organization-rows.ts";
import type { Reader } from "../database.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import { accountOfSessionKey } from "../sessions/session-rows.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { watchRevision } from "../revision-watch.ts";
import { createDirectoryCache, type DirectoryCache } from "./directory-cache.ts";
import { groupOf } from "./group-rows.ts";
import { readGroupLayers, readOwnLayers, readSessionLayers } from "./principal-layers.ts";
import { accessKeyById, accountById, type KeyRow, principalById, principalByName } from "./principal-rows.ts";

interface Parts {
  readonly database: DirectoryDatabase;
  readonly secrets: AccessSecrets;
  readonly sessions: Sessions;
  /** `accountId`: whose document it is. */
  readonly program: (
    ...document: [...Parameters<ReadProgram>, accountId: string]
  ) => NamedProgram | Promise<NamedProgram>;
  /** Of the callers that are kept, bytes. */
  readonly maxCallers?: number;
}

interface Directory {
  readonly database: DirectoryDatabase;
  readonly programOf: (accountId: string) => ReadProgram;
  readonly keys: DirectoryCache<KnownKey>;
  readonly callers: DirectoryCache<Caller>;
  readonly principals: DirectoryCache<KnownPrincipal | "gone">;
  readonly accounts: DirectoryCache<KnownAccount>;
}

/** An access key with its secret. */
interface KnownKey extends KeyRow {
  /** Undefined when it does not open with this key file. */
  readonly secretAccessKey: string | undefined;
}

/** Of the rows and secrets of access keys together, bytes. */
const maxKeys = 16 * 1024 * 1024;

/** An account with what the organization says of it. */
interface KnownAccount {
  readonly record: AccountRecord;
  readonly membership: Membership;
  readonly resource: ResourceAccount;
}

/** Bytes of a row, its maps and its lists without what they hold. */
const emptyPrincipal = 2000;

/** Principals with the same documents share their programs. */
function weightOf(named: readonly NamedProgram[], texts = 0): Weight {
  const shared = named.flatMap(({ program }) =>
    program === "unreadable" ? [] : [[program, programWeight(program.source)] as const],
  );
  return { own: emptyPrincipal + texts + 200 * named.length, shared: new Map(shared) };
}

function weightOfPrincipal(known: KnownPrincipal | "gone"): Weight {
  if (known === "gone") return { own: emptyPrincipal };
  const { record, layers } = known;
  const texts = [...record.tags].flat().reduce((sum, text) => sum + 2 * text.length + 50, 0);
  return weightOf([...layers.identity, ...(layers.boundary === "none" ? [] : [layers.boundary])], texts);
}

/** A short token can hold long policies, so each caller has its own weight. */
function weightOfCaller({ layers, context }: Caller): Weight {
  const { guardrails, identity, boundary, sessions } = layers;
  const texts = [...context].flat(2).reduce((sum, text) => sum + 2 * text.length + 50, 0);
  const own = [...identity, ...(boundary === "none" ? [] : [boundary])];
  return weightOf([...guardrails.flat(), ...own, ...sessions.flat()], texts);
}

function weightOfAccount({ membership, resource }: KnownAccount): Weight {
  return weightOf([...membership.guardrails, ...resource.resourceControls].flat());
}

const unknown: CredentialOutcome = { kind: "unknown" };

/** Finds who may have made a signature, in directory.db and in session tokens. */
export function principalDirectory(parts: Parts): PrincipalDirectory {
  const { database, secrets, sessions, maxCallers } = parts;
  const programOf =
    (accountId: string): ReadProgram =>
    (name, document, kind) =>
      parts.program(name, document, kind, accountId);
  const watch = watchRevision(database.reader, "identity");
  const directory: Directory = {
    database,
    programOf,
    keys: createDirectoryCache(
      "keys",
      watchRevision(database.reader, "keys"),
      () => ({ own: emptyPrincipal }),
      maxKeys,
    ),
    callers: createDirectoryCache("callers", watch, weightOfCaller, maxCallers),
    principals: createDirectoryCache("principals", watch, weightOfPrincipal),
    accounts: createDirectoryCache("accounts", watch, weightOfAccount),
  };
  return {
    async credential(accessKeyId, sessionToken) {
      if (accessKeyId.startsWith("ASIA")) {
        if (sessionToken === undefined) return unknown;
        const opened = await sessions.open(accessKeyId, sessionToken);
        if (opened === "expired") return { kind: "expired" };
        if (opened === "invalid") return { kind: "invalid-token" };
        const { sessionId, record } = opened;
        const caller = async (): Promise<Caller | undefined> =>
          directory.callers.of(sessionId, () => callerOfSession(directory, accessKeyId, record));
        return { kind: "found", secretAccessKey: opened.secretAccessKey, caller };
      }
      const key = await directory.keys.of(accessKeyId, () => readKey(database.reader, secrets, accessKeyId));
      if (key === undefined) return unknown;
      if (sessionToken !== undefined) return { kind: "invalid-token" };
      if (!key.active) return { kind: "inactive" };
      const { secretAccessKey, accountId, ownerId = "" } = key;
      if (secretAccessKey === undefined) return unknown;
      const caller = async (): Promise<Caller | undefined> =>
        directory.callers.of(`${accountId}/${ownerId}/${accessKeyId}`, () => keyCaller(directory, accessKeyId, key));
      return { kind: "found", secretAccessKey, caller };
    },
    anonymous: () => anonymousCaller,
    resourceAccount: async (accountId) => (await knownAccount(directory, accountId))?.resource,
    accountOfKey: async (accessKeyId) =>
      (await accessKeyById(database.reader, accessKeyId))?.accountId ??
      (await accountOfSessionKey(database.reader, accessKeyId)),
    async simulated(principal) {
      if (isGroupId(principal.id)) {
        const group = await groupOf(database.reader, principal);
        if (group === undefined) return undefined;
        const { accountId } = group;
        return simulatedMember(accountId, await readGroupLayers(database.reader, programOf(accountId), group));
      }
      const known = await knownPrincipal(directory, principal.id);
      return known?.account.id !== principal.accountId ? undefined : simulatedCaller(known);
    },
    bindings: principalBindings(database.reader),
  };
}

async function readKey(reader: Reader, secrets: AccessSecrets, accessKeyId: string): Promise<KnownKey | undefined> {
  const row = await accessKeyById(reader, accessKeyId);
  return row && { ...row, secretAccessKey: secrets.open(accessKeyId, row.sealedSecret) };
}

export function principalBindings(reader: Reader): PrincipalBindings {
  const rows: PrincipalRows = {
    account: (id) => accountById(reader, id),
    byId: (id) => principalById(reader, id),
    byName: (accountId, kind, name) => principalByName(reader, accountId, kind, name),
  };
  return {
    bind: async (document, turn) => bindPrincipals(rows, document, turn),
    unbind: async (document, turn) => unbindPrincipals(rows, document, turn),
  };
}

/** Undefined for an account that is closed, too. */
async function openAccount(directory: Directory, id: string): Promise<CallerAccount | undefined> {
  const known = await knownAccount(directory, id);
  return known === undefined || known.resource.closed ? undefined : { ...known.record, membership: known.membership };
}

async function knownAccount(
  { database: { reader }, programOf, accounts }: Directory,
  id: string,
): Promise<KnownAccount | undefined> {
  // One that is not there is not kept: whoever asks for a role can invent accounts without end, without a signature too.
  return accounts.of(id, async () => {
    const record = await accountById(reader, id);
    const account = await organizationAccount(reader, id);
    return record === undefined || account === undefined
      ? undefined
      : { record, ...(await readMembership(reader, programOf(id), account)) };
  });
}

async function knownPrincipal(directory: Directory, id: string): Promise<KnownPrincipal | undefined> {
  const {
    database: { reader },
    programOf,
    principals,
  } = directory;
  const known = await principals.of(id, async () => {
    const record = await principalById(reader, id);
    const account = record === undefined ? undefined : await openAccount(directory, record.accountId);
    if (record === undefined || account === undefined) return "gone";
    const { guardrails } = account.membership;
    const program = programOf(record.accountId);
    return { record, account, layers: { ...(await readOwnLayers(reader, program, record)), guardrails } };
  });
  return known === "gone" ? undefined : known;
}

async function keyCaller(
  directory: Directory,
  accessKeyId: string,
  { accountId, ownerId }: KeyRow,
): Promise<Caller | undefined> {
  if (ownerId === undefined) {
    const account = await openAccount(directory, accountId);
    return account === undefined ? undefined : rootCaller(account, accessKeyId);
  }
  const known = await knownPrincipal(directory, ownerId);
  return known === undefined ? undefined : userCaller(known, accountId, accessKeyId);
}

async function callerOfSession(
  directory: Directory,
  accessKeyId: string,
  session: SessionRecord,
): Promise<Caller | undefined> {
  const { principal, policies, issuerAccounts } = session;
  const { database, programOf } = directory;
  // A closed account "can no longer be used for any AWS activity", so what its users and roles began in other accounts ends too.
  // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_close.html
  for (const account of issuerAccounts) if ((await openAccount(directory, account)) === undefined) return undefined;
  const layers = (accountId: string) => readSessionLayers(database.reader, programOf(accountId), accountId, policies);
  const id = principalIdOf(principal);
  if (principal.kind === "root" || (principal.kind === "federated-user" && principal.issuerId === undefined)) {
    const account = await openAccount(directory, id);
    if (account === undefined) return undefined;
    const everything = [await programOf(id)("the rights of root", everythingAllowed, "identity")];
    return rootSessionCaller(account, session, { everything, sessions: await layers(id) }, accessKeyId);
  }
  const known = await knownPrincipal(directory, id);
  return known === undefined ? undefined : sessionCaller(known, session, await layers(known.account.id), accessKeyId);
}

const everythingAllowed = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
