import type { Principal } from "@s3-credentials/policy";
import type { PrincipalRecord } from "../ports/identity-store.ts";
import type { Caller, CredentialOutcome, PrincipalDirectory, SessionFacts } from "../ports/principal-directory.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Database } from "../sqlite/database.ts";
import type { AccessSecrets } from "./access-secrets.ts";
import { layersOf, noLayers } from "./principal-layers.ts";
import { sqlitePrincipalBindings } from "./principal-bindings.ts";
import { accessKeyById, accountById, type KeyRow, principalById } from "./principal-rows.ts";
import { createPolicyTexts, type PolicyTexts } from "./policy-texts.ts";

interface Parts {
  readonly database: Database;
  readonly secrets: AccessSecrets;
  readonly sessions: Sessions;
}

type Context = Caller["context"];

const unknown: CredentialOutcome = { kind: "unknown" };

/** Who a signature may be from, out of directory.db and session tokens. */
export function sqlitePrincipalDirectory({ database, secrets, sessions }: Parts): PrincipalDirectory {
  const texts = createPolicyTexts();
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
          caller: async () => sessionCaller(database, texts, accessKeyId, record),
        };
      }
      const key = accessKeyById(database.reader, accessKeyId);
      if (key === undefined) return unknown;
      if (sessionToken !== undefined) return { kind: "invalid-token" };
      if (!key.active) return { kind: "inactive" };
      const secretAccessKey = secrets.open(accessKeyId, key.sealedSecret);
      if (secretAccessKey === undefined) return unknown;
      return { kind: "found", secretAccessKey, caller: async () => keyCaller(database, texts, accessKeyId, key) };
    },
    anonymous: () => ({
      principal: { kind: "anonymous" },
      layers: noLayers,
      context: new Map(),
      accessKeyId: undefined,
      session: undefined,
    }),
    holder: async (id) => holderCaller(database, texts, id),
    bindings: sqlitePrincipalBindings(database.reader),
  };
}

function keyCaller(
  { reader }: Database,
  texts: PolicyTexts,
  accessKeyId: string,
  { accountId, ownerId }: KeyRow,
): Caller | undefined {
  const account = accountById(reader, accountId);
  if (account === undefined) return undefined;
  const { canonicalId } = account;
  if (ownerId === undefined) {
    const principal = { kind: "root", accountId, canonicalId, arn: `arn:aws:iam::${accountId}:root` } as const;
    return {
      principal,
      layers: noLayers,
      context: contextOf(principal, "Account", accountId, {}),
      accessKeyId,
      session: undefined,
    };
  }
  const user = principalById(reader, ownerId);
  if (user?.kind !== "user") return undefined;
  const principal = {
    kind: "user",
    accountId,
    canonicalId,
    arn: user.arn,
    userId: user.id,
    userName: user.name,
  } as const;
  const context = contextOf(principal, "User", user.id, Object.fromEntries(user.tags), [["aws:username", user.name]]);
  return { principal, layers: layersOf(reader, texts, user, []), context, accessKeyId, session: undefined };
}

function holderCaller(
  { reader }: Database,
  texts: PolicyTexts,
  id: string,
): Pick<Caller, "principal" | "layers" | "context"> | undefined {
  const holder = principalById(reader, id);
  const account = holder === undefined ? undefined : accountById(reader, holder.accountId);
  if (holder === undefined || account === undefined) return undefined;
  const { canonicalId } = account;
  const layers = layersOf(reader, texts, holder, []);
  const tags = Object.fromEntries(holder.tags);
  if (holder.kind === "role") {
    const principal = sessionPrincipal(holder, canonicalId, "simulated");
    return { principal, layers, context: contextOf(principal, "AssumedRole", `${holder.id}:simulated`, tags) };
  }
  const { accountId, arn, id: userId, name: userName } = holder;
  const principal = { kind: "user", accountId, canonicalId, arn, userId, userName } as const;
  return { principal, layers, context: contextOf(principal, "User", userId, tags, [["aws:username", userName]]) };
}

function sessionCaller(
  { reader }: Database,
  texts: PolicyTexts,
  accessKeyId: string,
  record: SessionRecord,
): Caller | undefined {
  const { principal: sealed } = record;
  const holder = principalById(reader, sealed.kind === "role-session" ? sealed.roleId : sealed.userId);
  const account = holder === undefined ? undefined : accountById(reader, holder.accountId);
  if (holder === undefined || account === undefined) return undefined;
  const principal = sessionPrincipal(holder, account.canonicalId, sealed.sessionName);
  const tags = { ...Object.fromEntries(holder.tags), ...record.tags };
  const more: [string, string][] = [
    ["aws:TokenIssueTime", new Date(record.issuedAt).toISOString()],
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html: in temporary credentials only.
    ["aws:MultiFactorAuthPresent", "false"],
    ...(record.sourceIdentity === undefined
      ? []
      : ([["aws:SourceIdentity", record.sourceIdentity]] as [string, string][])),
    ...(principal.kind === "user-session" ? ([["aws:username", holder.name]] as [string, string][]) : []),
  ];
  const [type, userId] =
    principal.kind === "user-session" ? ["User", holder.id] : ["AssumedRole", `${holder.id}:${sealed.sessionName}`];
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
    layers: layersOf(reader, texts, holder, record.policies),
    context: contextOf(principal, type, userId, tags, more),
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

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable */
function contextOf(
  principal: Extract<Principal, { accountId: string }>,
  type: string | undefined,
  userId: string | undefined,
  tags: Readonly<Record<string, string>>,
  more: readonly (readonly [string, string])[] = [],
): Context {
  return new Map([
    ["aws:PrincipalArn", principal.kind === "role-session" ? principal.roleArn : principal.arn],
    ["aws:PrincipalAccount", principal.accountId],
    ["aws:PrincipalType", type ?? ""],
    ["aws:PrincipalIsAWSService", "false"],
    ["aws:userid", userId ?? ""],
    ...more,
    ...Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value] as const),
  ]);
}
