import { type Principal, principalContext } from "@s3-credentials/policy";
import type { AccountRecord, PrincipalRecord } from "../../../ports/identity-store.ts";
import type {
  Caller,
  CredentialOutcome,
  PrincipalDirectory,
  SessionFacts,
} from "../../../ports/principal-directory.ts";
import type { Weight } from "../../../cache/bounded-cache.ts";
import { type PolicyPrograms, weightOf } from "../../../authz/policy-programs.ts";
import type { SessionRecord } from "../../../domain/sessions/session-record.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import type { AccessSecrets } from "../../../domain/keyring/access-secrets.ts";
import { type CallerLayers, noLayers, ownLayers, sessionLayers } from "./principal-layers.ts";
import { sqlitePrincipalBindings } from "./principal-bindings.ts";
import { accessKeyById, accountById, type KeyRow, principalById } from "./principal-rows.ts";
import { createDirectoryCache, type DirectoryCache } from "./directory-cache.ts";

interface Parts {
  readonly database: DirectoryDatabase;
  readonly secrets: AccessSecrets;
  readonly sessions: Sessions;
  readonly programs: PolicyPrograms;
}

/** A user or role with all the directory says of what it may do. */
interface Holder {
  readonly record: PrincipalRecord;
  readonly account: AccountRecord;
  readonly layers: CallerLayers;
}

interface Directory {
  readonly database: DirectoryDatabase;
  readonly programs: PolicyPrograms;
  readonly holders: DirectoryCache<Holder | "gone">;
}

/** Bytes of a row, its maps and its lists without what they hold. */
const emptyHolder = 2000;

/** Holders with the same documents share their programs. */
function weightOfHolder(holder: Holder | "gone"): Weight {
  if (holder === "gone") return { own: emptyHolder };
  const { record, layers } = holder;
  const texts = [...record.tags].flat().reduce((sum, text) => sum + 2 * text.length + 50, 0);
  const named = [...layers.identity, ...(layers.boundary === "none" ? [] : [layers.boundary])];
  const shared = named.flatMap(({ program }) => (program === "damaged" ? [] : [[program, weightOf(program)] as const]));
  return { own: emptyHolder + texts + 200 * named.length, shared: new Map(shared) };
}

const unknown: CredentialOutcome = { kind: "unknown" };

/** Who a signature may be from, out of directory.db and session tokens. */
export function sqlitePrincipalDirectory({ database, secrets, sessions, programs }: Parts): PrincipalDirectory {
  const directory: Directory = { database, programs, holders: createDirectoryCache(database.reader, weightOfHolder) };
  return {
    async credential(accessKeyId, sessionToken) {
      if (accessKeyId.startsWith("ASIA")) {
        if (sessionToken === undefined) return unknown;
        const opened = sessions.open(accessKeyId, sessionToken);
        if (opened === "expired") return { kind: "expired" };
        if (opened === "invalid") return { kind: "invalid-token" };
        const { secretAccessKey, record } = opened;
        return {
          kind: "found",
          secretAccessKey,
          caller: async () => sessionCaller(directory, accessKeyId, record),
        };
      }
      const key = accessKeyById(database.reader, accessKeyId);
      if (key === undefined) return unknown;
      if (sessionToken !== undefined) return { kind: "invalid-token" };
      if (!key.active) return { kind: "inactive" };
      const secretAccessKey = secrets.open(accessKeyId, key.sealedSecret);
      if (secretAccessKey === undefined) return unknown;
      return { kind: "found", secretAccessKey, caller: async () => keyCaller(directory, accessKeyId, key) };
    },
    anonymous: () => ({
      principal: { kind: "anonymous" },
      layers: noLayers,
      context: principalContext({ kind: "anonymous" }),
      accessKeyId: undefined,
      session: undefined,
    }),
    holder: async (id) => holderCaller(directory, id),
    bindings: sqlitePrincipalBindings(database.reader),
  };
}

function holderOf({ database: { reader }, programs, holders }: Directory, id: string): Holder | undefined {
  const holder = holders.of(id, () => {
    const record = principalById(reader, id);
    const account = record === undefined ? undefined : accountById(reader, record.accountId);
    if (record === undefined || account === undefined) return "gone";
    return { record, account, layers: ownLayers(reader, programs, record) };
  });
  return holder === "gone" ? undefined : holder;
}

function keyCaller(directory: Directory, accessKeyId: string, { accountId, ownerId }: KeyRow): Caller | undefined {
  if (ownerId === undefined) {
    const account = accountById(directory.database.reader, accountId);
    if (account === undefined) return undefined;
    const { canonicalId } = account;
    const principal = { kind: "root", accountId, canonicalId, arn: `arn:aws:iam::${accountId}:root` } as const;
    return {
      principal,
      layers: noLayers,
      context: principalContext(principal),
      accessKeyId,
      session: undefined,
    };
  }
  const holder = holderOf(directory, ownerId);
  if (holder?.record.kind !== "user" || holder.account.id !== accountId) return undefined;
  const { record: user, account, layers } = holder;
  const principal = {
    kind: "user",
    accountId,
    canonicalId: account.canonicalId,
    arn: user.arn,
    userId: user.id,
    userName: user.name,
  } as const;
  const context = principalContext(principal, { tags: user.tags });
  return { principal, layers, context, accessKeyId, session: undefined };
}

function holderCaller(directory: Directory, id: string): Pick<Caller, "principal" | "layers" | "context"> | undefined {
  const found = holderOf(directory, id);
  if (found === undefined) return undefined;
  const { record: holder, layers } = found;
  const { canonicalId } = found.account;
  const { tags } = holder;
  if (holder.kind === "role") {
    const principal = sessionPrincipal(holder, canonicalId, "simulated");
    return { principal, layers, context: principalContext(principal, { tags }) };
  }
  const { accountId, arn, id: userId, name: userName } = holder;
  const principal = { kind: "user", accountId, canonicalId, arn, userId, userName } as const;
  return { principal, layers, context: principalContext(principal, { tags }) };
}

function sessionCaller(directory: Directory, accessKeyId: string, record: SessionRecord): Caller | undefined {
  const { principal: sealed } = record;
  const found = holderOf(directory, sealed.kind === "role-session" ? sealed.roleId : sealed.userId);
  if (found === undefined) return undefined;
  const { record: holder, account, layers } = found;
  const principal = sessionPrincipal(holder, account.canonicalId, sealed.sessionName);
  const context = principalContext(principal, {
    tags: [...holder.tags, ...Object.entries(record.tags)],
    issuedAt: record.issuedAt,
    ...(record.sourceIdentity === undefined ? {} : { sourceIdentity: record.sourceIdentity }),
  });
  const session: SessionFacts = {
    issuedAt: record.issuedAt,
    expiresAt: record.expiresAt,
    sourceIdentity: record.sourceIdentity,
    tags: record.tags,
    transitiveTagKeys: record.transitiveTagKeys,
    policyStack: record.policies,
  };
  return {
    principal,
    layers: {
      ...layers,
      sessions: sessionLayers(directory.database.reader, directory.programs, account.id, record.policies),
    },
    context,
    accessKeyId,
    session,
  };
}

function sessionPrincipal(
  holder: PrincipalRecord,
  canonicalId: string,
  sessionName: string,
): Extract<Principal, { kind: "role-session" | "user-session" }> {
  const { accountId, arn, id, name } = holder;
  if (holder.kind === "user")
    return { kind: "user-session", accountId, canonicalId, arn, userId: id, userName: name, sessionName };
  const session = `arn:aws:sts::${accountId}:assumed-role/${name}/${sessionName}`;
  return {
    kind: "role-session",
    accountId,
    canonicalId,
    arn: session,
    roleArn: arn,
    roleId: id,
    roleName: name,
    sessionName,
  };
}
