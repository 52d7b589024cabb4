import type { ConsoleSessionRecord } from "../ports/console-session-store.ts";
import type { UserRecord } from "../ports/identity-records.ts";
import type { SignInEvent, SignInIdentity } from "../record/sign-in-event.ts";
import type { CallParts } from "./calls.ts";
import type { ConsoleRequest } from "./console-request.ts";

/** Whose sign-in it is; undefined: it was to no account that is here, so it is nobody's event. */
export interface SignInTry {
  readonly identity: SignInIdentity | undefined;
  /** Why it failed, in CloudTrail's words. */
  readonly failure?: "Failed authentication" | "No username found in supplied account" | "Password expired";
  readonly mfa?: { readonly device: string | undefined } | undefined;
  readonly accessKeyId?: string | undefined;
}

export function userIdentity({ accountId, id, arn, name }: UserRecord): SignInIdentity {
  return { type: "IAMUser", accountId, known: { principalId: id, arn, name } };
}

export function sessionIdentity({
  kind,
  accountId,
  principalId,
  arn,
  name,
}: Pick<ConsoleSessionRecord, "kind" | "accountId" | "principalId" | "arn" | "name">): SignInIdentity {
  const type =
    kind === "root"
      ? "Root"
      : kind === "user"
        ? "IAMUser"
        : arn.includes(":assumed-role/")
          ? "AssumedRole"
          : "FederatedUser";
  return { type, accountId, known: { principalId, arn, name } };
}

/** Who begins a session with keys that were there before it; for whom an identity provider vouched, whom it named too. */
export async function keysIdentity({ ports }: CallParts, record: ConsoleSessionRecord): Promise<SignInIdentity> {
  const identity = sessionIdentity(record);
  const { keys } = record;
  const found = keys && (await ports.principals.credential(keys.accessKeyId, keys.sessionToken));
  const caller = found?.kind === "found" ? await found.caller() : undefined;
  if (caller?.principal.kind !== "role-session" || caller.principal.provider === undefined) return identity;
  const { provider, roleId: id, roleArn: arn, roleName: name } = caller.principal;
  const host = provider.slice(provider.indexOf("/") + 1).toLowerCase();
  const claim = (of: string): string => [caller.context.get(`${host}:${of}`) ?? ""].flat().join();
  return {
    ...identity,
    federated: { provider, audience: claim("aud"), subject: claim("sub"), role: { id, arn, name } },
  };
}

/** A line of the log and an event. Whoever signs in gets the cookie after this. */
export async function recordSignIn(parts: CallParts, request: ConsoleRequest, tried: SignInTry): Promise<void> {
  const { identity, failure, mfa, accessKeyId } = tried;
  const { exchange, requestId, method, client } = request;
  parts.log.request({
    requestId,
    remote: client.sourceIp,
    method,
    service: "signin",
    operation: "ConsoleLogin",
    bucket: undefined,
    key: undefined,
    status: failure === undefined ? 200 : 401,
    code: failure === undefined ? undefined : "SignInFailed",
    ms: parts.clock.monotonic() - exchange.started,
    received: exchange.received.bytes,
    sent: 0,
    principal: identity?.known?.arn,
    accessKeyId,
    decision: undefined,
    upstream: undefined,
  });
  if (identity === undefined) return;
  await recordStep(parts, request, "ConsoleLogin", identity, {
    failure,
    additional: {
      LoginTo: `${request.origin}/`,
      MobileVersion: "No",
      MFAUsed: mfa === undefined ? "No" : "Yes",
      ...(mfa?.device === undefined ? {} : { MFAIdentifier: mfa.device }),
    },
  });
}

/** Another step of a session, which has lines of its own in the log. */
export async function recordStep(
  { record, clock }: CallParts,
  { requestId, client, headers }: ConsoleRequest,
  name: SignInEvent["name"],
  identity: SignInIdentity,
  { failure, additional }: Pick<SignInEvent, "failure" | "additional">,
): Promise<void> {
  const userAgent = headers["user-agent"] ?? "";
  const { sourceIp } = client;
  await record.addSignIn({ name, identity, failure, additional, requestId, sourceIp, userAgent, now: clock.now() });
}
