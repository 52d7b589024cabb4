import { randomBytes } from "node:crypto";
import type { Principal } from "@s3-credentials/policy";
import { authorizeSignIn } from "../authz/authorize-sign-in.ts";
import { signInState } from "../domain/identity/password-policy.ts";
import { tryCodes } from "../operations/mfa-code.ts";
import type { UserRecord } from "../ports/identity-records.ts";
import { answerOfCall, type CallParts, formCall, networkOf, secretOf, signCall } from "./calls.ts";
import type { Failure } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { continueSession, maxLifeMs, openByPassword, reopenSession, type Session } from "./sessions.ts";
import { busy, mayTryFor, mayTryFrom, tooManyTries, userKey, windowMs } from "./sign-in-limits.ts";
import { keysIdentity, recordSignIn, recordStep, sessionIdentity, userIdentity } from "./sign-in-record.ts";

/** What a step of a sign-in leads to, with the id of the session as it is now. */
export interface Step {
  readonly next: "console" | "mfa" | "new-password";
  readonly id: string;
  /** What the browser remembers for the next sign-in: an id or an alias, as it was given with a password that was right. */
  readonly account: string | undefined;
  readonly accountId: string;
  readonly user: string;
}

/** One sentence for an unknown account, an unknown user, no password, a wrong password, and a wrong code. */
const failed: Failure = {
  status: 401,
  code: "SignInFailed",
  message: "Your authentication information is incorrect. Please try again.",
};

const startAgain: Failure = {
  status: 401,
  code: "SignInFailed",
  message: "This sign-in took too long, or had too many wrong codes. Please start again.",
};

const codesPerSignIn = { max: 5, window: windowMs } as const;

const tooManySessions: Failure = {
  status: 429,
  code: "TooManySessions",
  message: "This user has as many sessions as one may have at a time. End some of them, or wait.",
  headers: { "retry-after": "60" },
};

const expired: Failure = {
  status: 403,
  code: "PasswordExpired",
  message: "This password has expired. An administrator of the account has to set a new one.",
};

const maxPassword = 128;

/** `account`: an id or an alias. Exactly one hash is computed, whatever exists. */
export async function signIn(
  parts: CallParts,
  request: ConsoleRequest,
  { account, user, password }: { readonly account: string; readonly user: string; readonly password: string },
): Promise<Step | Failure> {
  if (!(await mayTryFrom(parts, request))) return tooManyTries;
  const isPossible = account.length <= 63 && user.length <= 64 && password.length <= maxPassword;
  if (!isPossible || account === "" || user === "" || password === "") return failedSignIn(parts, request, undefined);
  const accountId = await accountOf(parts, account);
  const who = `${accountId ?? account}/${user}`; // tries by the alias and by the id count together
  if (!(await mayTryFor(parts, request, who))) return tooManyTries;
  const { identity, counters } = parts.ports;
  const record = accountId === undefined ? undefined : await identity.findUser(accountId, user);
  const verdict = await identity.verifyPassword(record, password, { lane: "sign-in", name: networkOf(request) });
  if (verdict === "busy") return busy;
  if (verdict === "mismatched" || record === undefined) return failedSignIn(parts, request, { accountId, record });
  const { setAt } = verdict;
  await counters.reset(userKey(request, who));
  const principal = principalOf(record);
  const grant = authorizeSignIn(principal, request.requestId);
  const devices = await identity.listMfaDevicesOf(grant, { accountId: record.accountId, ownerId: record.id });
  if (devices.length > 0) {
    const stage = { principal, stage: "mfa", keys: undefined, mfaAt: undefined } as const;
    const id = await openByPassword(parts.ports, request, stage, setAt);
    if (id === undefined) return failedSignIn(parts, request, { accountId, record });
    await recordStep(parts, request, "CheckMfa", userIdentity(record), { additional: { MfaType: "Virtual MFA" } });
    return { next: "mfa", id, account, accountId: record.accountId, user: record.name };
  }
  return complete(parts, request, { user: record, passwordSetAt: setAt }, undefined, account);
}

/** The account with this id or alias. */
export async function accountOf({ ports }: CallParts, text: string): Promise<string | undefined> {
  const { identity } = ports;
  const found = /^\d{12}$/.test(text) ? await identity.findAccount(text) : await identity.findAccountByAlias(text);
  return found?.id;
}

function principalOf(user: UserRecord): Extract<Principal, { kind: "user-session" }> {
  const { accountId, arn, id: userId, name: userName } = user;
  return { kind: "user-session", accountId, arn, userId, userName };
}

/** Keys for the session, which is then open, or waits for a new password. */
async function complete(
  parts: CallParts,
  request: ConsoleRequest,
  { user, passwordSetAt }: { readonly user: UserRecord; readonly passwordSetAt: number },
  mfa: { readonly at: number; readonly device: string } | undefined,
  account: string | undefined,
): Promise<Step | Failure> {
  const { ports, clock } = parts;
  const mfaAt = mfa?.at;
  const principal = principalOf(user);
  const grant = authorizeSignIn(principal, request.requestId);
  const now = clock.now();
  const profile = await ports.identity.getLoginProfile(grant, user);
  if (profile === undefined) return failedSignIn(parts, request, { accountId: user.accountId, record: user });
  const state = signInState(await ports.identity.findPasswordPolicy(user.accountId), profile, now);
  if (state === "locked") {
    await recordSignIn(parts, request, { identity: userIdentity(user), failure: "Password expired", mfa });
    return expired;
  }
  const mustChange = state === "must-change";
  const until = now + maxLifeMs;
  const family = `console-${randomBytes(12).toString("hex")}`;
  const issuer = { accountId: user.accountId, id: user.id, arn: user.arn, accessKeyId: family };
  const issued = await ports.sessions.issue(grant, {
    principal,
    token: false,
    policies: [],
    sourceIdentity: undefined,
    tags: {},
    transitiveTagKeys: [],
    mfaAt,
    origin: { principalId: user.id, accessKeyId: family },
    issuerAccounts: [],
    issuedAt: now,
    expiresAt: until,
    listed: { operation: "ConsoleLogin", sessionName: "console", issuer, sourceIp: request.client.sourceIp },
  });
  if (issued.kind !== "issued") return tooManySessions;
  const { accessKeyId, sessionToken } = issued;
  const keys = { accessKeyId, sessionToken };
  const stage = mustChange ? "new-password" : "signed-in";
  const id = await openByPassword(ports, request, { principal, stage, keys, mfaAt, family, until, now }, passwordSetAt);
  if (id === undefined) return failedSignIn(parts, request, { accountId: user.accountId, record: user });
  await notePassword(parts, user.id);
  if (!mustChange) await recordSignIn(parts, request, { identity: userIdentity(user), mfa, accessKeyId });
  return { next: mustChange ? "new-password" : "console", id, account, accountId: user.accountId, user: user.name };
}

/** For GetUser and the credential report. Written at once, because few requests sign in. */
async function notePassword({ ports, clock }: CallParts, userId: string): Promise<void> {
  await ports.identity.recordUses([{ subject: userId, at: clock.now(), service: "signin", region: ports.region }]);
}

/** A code of any device that the user has. */
export async function giveCode(
  parts: CallParts,
  request: ConsoleRequest,
  { record }: Session,
  code: string,
): Promise<Step | Failure> {
  const { identity, counters } = parts.ports;
  const { accountId, principalId, idHash, name, passwordSetAt } = record;
  const owner = { accountId, ownerId: principalId };
  if (!(await counters.count(`sign-in codes ${idHash}`, codesPerSignIn))) {
    await identity.deleteConsoleSession(idHash);
    return startAgain;
  }
  const user = await identity.findUser(accountId, name);
  if (user?.id !== principalId || passwordSetAt === undefined) return startAgain;
  const grant = authorizeSignIn(principalOf(user), request.requestId);
  const devices = await identity.listMfaDevicesOf(grant, owner);
  const now = parts.clock.now();
  const used = await tryCodes(parts, owner, async () => {
    for (const { serialNumber } of devices)
      if ((await identity.useMfaCode(owner, serialNumber, code, now)).kind === "done")
        return { kind: "done", device: serialNumber } as const;
    return { kind: "wrong-code" } as const;
  });
  if (used?.kind === "done") {
    await identity.deleteConsoleSession(idHash);
    return complete(parts, request, { user, passwordSetAt }, { at: now, device: used.device }, undefined);
  }
  await recordSignIn(parts, request, {
    identity: userIdentity(user),
    failure: "Failed authentication",
    mfa: { device: undefined },
  });
  return failed;
}

/** By IAM's own ChangePassword, as the user: so its rules, its policies and its event hold here too. */
export async function setNewPassword(
  parts: CallParts,
  request: ConsoleRequest,
  { record }: Session,
  { current, password }: { readonly current: string; readonly password: string },
): Promise<Step | Failure | { readonly refused: string; readonly code: string }> {
  const { keys, accountId, name, mfaAt } = record;
  const signing = keys === undefined ? undefined : await secretOf(parts.ports, keys);
  if (signing === undefined) return startAgain;
  const who = `${accountId}/${name}`;
  if (!(await mayTryFrom(parts, request)) || !(await mayTryFor(parts, request, who))) return tooManyTries;
  const form = new URLSearchParams({
    Action: "ChangePassword",
    Version: "2010-05-08",
    OldPassword: current,
    NewPassword: password,
  });
  const parsed = signCall(parts, request, signing, formCall("iam", Buffer.from(form.toString())));
  const { outcome } = await answerOfCall(parts, request, parsed);
  if (outcome.kind === "refusal") return { refused: outcome.message ?? outcome.code, code: outcome.code };
  await parts.ports.counters.reset(userKey(request, who));
  const id = "refusal" in parsed ? undefined : await reopenSession(parts.ports, request, record, parsed.request.now);
  if (id === undefined) return startAgain;
  const mfa = mfaAt === undefined ? undefined : { device: undefined };
  await recordSignIn(parts, request, { identity: sessionIdentity(record), mfa, accessKeyId: keys?.accessKeyId });
  return { next: "console", id, account: undefined, accountId, user: name };
}

/** The session of a one-time link, which is used up with it. */
export async function useLink(parts: CallParts, request: ConsoleRequest, link: Session): Promise<Step | Failure> {
  const { record } = link;
  const opened = await continueSession(parts.ports, request, record);
  if (opened === undefined) return startAgain;
  const { accountId, name: user, keys, mfaAt } = record;
  const mfa = mfaAt === undefined ? undefined : { device: undefined };
  const identity = await keysIdentity(parts, record);
  await recordSignIn(parts, request, { identity, mfa, accessKeyId: keys?.accessKeyId });
  return { next: "console", id: opened.id, account: accountId, accountId, user };
}

/** Who tried is in the record and the log when the account has such a user; the name that was typed is in neither. */
async function failedSignIn(
  parts: CallParts,
  request: ConsoleRequest,
  found: { readonly accountId: string | undefined; readonly record: UserRecord | undefined } | undefined,
): Promise<Failure> {
  const { accountId, record } = found ?? {};
  if (record !== undefined)
    await recordSignIn(parts, request, { identity: userIdentity(record), failure: "Failed authentication" });
  else {
    const identity = accountId === undefined ? undefined : ({ type: "IAMUser", accountId, known: undefined } as const);
    await recordSignIn(parts, request, { identity, failure: "No username found in supplied account" });
  }
  return failed;
}
