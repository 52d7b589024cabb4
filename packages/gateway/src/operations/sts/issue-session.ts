/** What AssumeRole and its kin, GetSessionToken and GetFederationToken have in common. */
import { element, type XmlNode } from "@s3-credentials/protocol";
import type { Principal } from "@s3-credentials/policy";
import type { Grant } from "../../ports/grant.ts";
import type { SessionOrigin } from "../../ports/principal-directory.ts";
import type { SessionNote, SessionRequest, TemporaryCredentials } from "../../ports/session-issuer.ts";
import { iamTime } from "../iam/shapes.ts";
import { type OperationContext, type Refusal, refuse } from "../operation.ts";

export type AccountPrincipal = Extract<Principal, { accountId: string }>;

/** The unique id as `aws:userid` has it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable */
export function userIdOf(principal: AccountPrincipal): string {
  switch (principal.kind) {
    case "root":
      return principal.accountId;
    case "user":
    case "user-session":
    case "federated-user":
      return principal.userId;
    case "role-session":
      return `${principal.roleId}:${principal.sessionName}`;
  }
}

/** Who asks, as the list of sessions names it; all sessions of a role count as the role. */
function issuerOf({ principal, caller }: OperationContext, accountId: string): SessionNote["issuer"] {
  if (principal.kind === "web-identity") {
    const { provider, audience, subject } = principal;
    return { accountId, id: `${provider}:${audience}:${subject}`, arn: provider, accessKeyId: "" };
  }
  if (!("accountId" in principal) || caller.accessKeyId === undefined)
    throw new Error("sts: a session for a caller without a key");
  const id = principal.kind === "role-session" ? principal.roleId : userIdOf(principal);
  return { accountId: principal.accountId, id, arn: principal.arn, accessKeyId: caller.accessKeyId };
}

/** The user or root whose lasting key is at the start of the chain. */
function originOf({ principal, caller }: OperationContext): SessionOrigin | undefined {
  if (caller.session !== undefined) return caller.session.origin;
  if (!("accountId" in principal) || caller.accessKeyId === undefined) return undefined;
  return { principalId: userIdOf(principal), accessKeyId: caller.accessKeyId };
}

/** Those of the chain before, and the caller's own, when the session is of another account. */
function issuerAccountsOf({ principal, caller }: OperationContext, accountId: string): readonly string[] {
  const before = caller.session?.issuerAccounts ?? [];
  const own = "accountId" in principal ? [principal.accountId] : [];
  return [...new Set([...before, ...own])].filter((id) => id !== accountId);
}

type Asked = Omit<SessionRequest, "origin" | "issuerAccounts" | "issuedAt" | "listed"> & {
  readonly operation: SessionNote["operation"];
  readonly sessionName: string;
};

export async function issueSession(
  grant: Grant,
  { operation, sessionName, ...session }: Asked,
  context: OperationContext,
): Promise<TemporaryCredentials | Refusal> {
  const { ports, now, sourceIp } = context;
  const listed = { operation, sessionName, issuer: issuerOf(context, session.principal.accountId), sourceIp };
  const issued = await ports.sessions.issue(grant, {
    ...session,
    origin: originOf(context),
    issuerAccounts: issuerAccountsOf(context, session.principal.accountId),
    issuedAt: now,
    listed,
  });
  if (issued.kind === "issued") return issued;
  if (issued.kind === "too-many")
    return refuse("Throttling", "Too many sessions that have not expired were asked for by this user or role.");
  return refuse(
    "PackedPolicyTooLarge",
    `The packed size of the session is ${issued.packedPolicySize} % of what is allowed.`,
  );
}

export function credentialsElement(
  { accessKeyId, secretAccessKey, sessionToken }: TemporaryCredentials,
  expiresAt: number,
): XmlNode {
  return element("Credentials", [
    element("AccessKeyId", accessKeyId),
    element("SecretAccessKey", secretAccessKey),
    element("SessionToken", sessionToken),
    element("Expiration", iamTime(expiresAt)),
  ]);
}

/** Managed session policies must be AWS's or of the account, and exist when the session is made. */
export async function missingManaged(
  arns: readonly string[],
  account: string | undefined,
  { ports }: OperationContext,
): Promise<Refusal | undefined> {
  for (const arn of arns) {
    const found = account === undefined ? undefined : await ports.identity.findManagedPolicy(account, arn);
    if (found === undefined) return refuse("NoSuchEntity", `The policy ${arn} does not exist.`);
  }
  return undefined;
}
