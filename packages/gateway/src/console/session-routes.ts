import { presignQuery, uriEncode } from "@s3-credentials/protocol";
import type { Rendered } from "../http/send.ts";
import type { ConsoleRole } from "../ports/console-session-store.ts";
import { keysOf, notSignedIn } from "./aws-routes.ts";
import { answerOfCall, bodyOf, formCall, secretOf, signCall } from "./calls.ts";
import { emptyReply, type Failure, jsonReply } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { csrfToken, noSessionCookie, sessionCookie } from "./cookies.ts";
import type { OidcParts } from "./oidc-sign-in.ts";
import { readFields } from "./read-body.ts";
import { failureOf } from "./render-json.ts";
import { isRoleName, takenRole } from "./taken-role.ts";
import { closeSession, continueSession, endKeys, endRole, idleMs, type Session } from "./sessions.ts";
import { accountOf } from "./sign-in.ts";
import { recordStep } from "./sign-in-record.ts";

export interface SessionParts extends OidcParts {
  readonly version: string;
  /** Plain HTTP that other machines can reach. */
  readonly insecure: boolean;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** What the page needs to know of the session. */
export async function describeSession(
  parts: SessionParts,
  request: ConsoleRequest,
  { id, record }: Session,
  headers: Rendered["headers"] = {},
): Promise<Rendered> {
  const { role, accountId } = record;
  const account = await parts.ports.identity.findAccount(accountId);
  const described = {
    account: { id: accountId, alias: account?.alias ?? null },
    user: { kind: record.kind, name: record.name, arn: record.arn },
    role: role === undefined ? null : describeRole(role),
    mfa: record.mfaAt !== undefined,
    csrf: csrfToken(id, role?.arn),
    signedInAt: time(record.createdAt),
    expiresAt: time(record.expiresAt),
    idleExpiresAt: time(parts.clock.now() + idleMs),
    s3Origin: parts.s3Origin,
    consoleOrigin: request.origin,
    region: parts.ports.region,
    version: parts.version,
    insecure: parts.insecure,
  };
  return jsonReply(200, described, headers);
}

function describeRole({ arn, displayName, color, expiresAt }: ConsoleRole): object {
  const [, account = "", name = ""] = /^arn:[^:]*:iam::(\d*):role\/(.*)$/.exec(arn) ?? [];
  return { arn, account, name, displayName, color: color ?? null, expiresAt: time(expiresAt) };
}

export async function signOut(parts: SessionParts, request: ConsoleRequest, session: Session): Promise<Rendered> {
  await closeSession(parts.ports, request, session);
  return emptyReply(204, { "set-cookie": noSessionCookie(request) });
}

/** The other sessions of this user, with the keys that were made for them. */
export async function signOutOthers(
  { ports }: SessionParts,
  request: ConsoleRequest,
  { record }: Session,
): Promise<Rendered> {
  const { accountId, principalId: id, idHash } = record;
  const families = await ports.identity.deleteOtherConsoleSessions({ accountId, id }, idHash);
  for (const family of families) await endKeys(ports, request, { ...record, family });
  return emptyReply(204);
}

const badRole: Failure = {
  status: 400,
  code: "InvalidRequest",
  message: "A role needs an account (12 digits or an alias) and a name; a color has the form #rrggbb.",
};

/** Takes a role with the user's own session, never with the one of a role that was taken before. */
export async function switchRole(
  parts: SessionParts,
  request: ConsoleRequest,
  { record }: Session,
): Promise<Rendered | Failure> {
  const fields = await readFields(request);
  if ("status" in fields) return fields;
  const value = (name: string): string => fields.values.get(name) ?? "";
  const [role, color] = [value("role").replace(/^\//, ""), value("color").replace(/^([0-9a-f]{6})$/i, "#$1")];
  const account = await accountOf(parts, value("account"));
  if (account === undefined || !isRoleName(role) || (color !== "" && !/^#[0-9a-f]{6}$/i.test(color))) return badRole;
  const signing = record.keys === undefined ? undefined : await secretOf(parts.ports, record.keys);
  if (signing === undefined) return notSignedIn;
  const arn = `arn:aws:iam::${account}:role/${role}`;
  const form = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: arn,
    RoleSessionName: roleSessionName(record.name),
  });
  const call = formCall("sts", Buffer.from(form.toString()));
  const { outcome } = await answerOfCall(parts, request, signCall(parts, request, signing, call));
  if (outcome.kind === "refusal") return failureOf("sts", outcome);
  const taken = outcome.kind === "query-result" ? takenRole(outcome.children ?? []) : undefined;
  if (taken === undefined) throw new Error("AssumeRole gave no credentials");
  const displayName = value("displayName").slice(0, 128) || (role.split("/").at(-1) ?? role);
  const chosen = color === "" ? undefined : color.toLowerCase();
  await endRole(parts.ports, request, record);
  const { assumed, ...keys } = taken;
  const change = { role: { arn, displayName, color: chosen, ...keys } };
  const identity = { type: "AssumedRole", accountId: account, known: { ...assumed, name: record.name } } as const;
  const additional = { SwitchFrom: record.arn, RedirectTo: `${request.origin}/` };
  await recordStep(parts, request, "SwitchRole", identity, { additional });
  return describeContinued(parts, request, await continueSession(parts.ports, request, record, change));
}

/** Back to the user. */
export async function leaveRole(
  parts: SessionParts,
  request: ConsoleRequest,
  { record }: Session,
): Promise<Rendered | Failure> {
  await endRole(parts.ports, request, record);
  return describeContinued(parts, request, await continueSession(parts.ports, request, record, { role: undefined }));
}

async function describeContinued(
  parts: SessionParts,
  request: ConsoleRequest,
  session: Session | undefined,
): Promise<Rendered | Failure> {
  if (session === undefined) return notSignedIn;
  return describeSession(parts, request, session, { "set-cookie": sessionCookie(request, session.id) });
}

/** As AWS's console names it: after the user. */
function roleSessionName(name: string): string {
  const plain = name.replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
  return plain.length < 2 ? `${plain}-console` : plain;
}

const badLink: Failure = {
  status: 400,
  code: "InvalidRequest",
  message: "A link needs bucket and key; seconds is 1 to 604800, disposition attachment or inline.",
};

/** A presigned GET at the S3 origin. Whether the caller may read the object is asked first, so that no dead link is given. */
export async function makeObjectLink(
  parts: SessionParts,
  request: ConsoleRequest,
  session: Session,
): Promise<Rendered | Failure> {
  const fields = await readFields(request);
  if ("status" in fields) return fields;
  const value = (name: string): string => fields.values.get(name) ?? "";
  const [bucket, key, versionId] = [value("bucket"), value("key"), value("versionId")];
  const seconds = Number(value("seconds") || 300);
  const disposition = value("disposition") || "attachment";
  const isSound = Number.isInteger(seconds) && seconds >= 1 && seconds <= 604_800;
  if (bucket === "" || key === "" || !isSound || !["attachment", "inline"].includes(disposition)) return badLink;
  const keys = keysOf(session);
  const signing = keys === undefined ? undefined : await secretOf(parts.ports, keys);
  if (signing === undefined) return notSignedIn;
  const path = `/${encode(bucket)}/${uriEncode(Buffer.from(key), true)}`;
  const version = versionId === "" ? "" : `versionId=${encode(versionId)}`;
  const target = version === "" ? path : `${path}?${version}`;
  const head = { service: "s3", method: "HEAD", target, headers: [], ...bodyOf(Buffer.alloc(0)) } as const;
  const { outcome } = await answerOfCall(parts, request, signCall(parts, request, signing, head));
  if (outcome.kind === "refusal") return failureOf("s3", outcome);
  const now = parts.clock.now();
  const ends = Math.min(session.record.expiresAt, session.record.role?.expiresAt ?? Infinity);
  const rest = Math.max(1, Math.min(seconds, Math.floor((ends - now) / 1000)));
  const name = key.split("/").findLast((part) => part !== "") ?? "object";
  const shown = `${disposition}; filename*=UTF-8''${encode(name)}`;
  const query = [version, `response-content-disposition=${encode(shown)}`].filter((part) => part !== "").join("&");
  const headers = [["host", new URL(parts.s3Origin).host]] as const;
  const place = { region: parts.ports.region, service: "s3", time: now };
  const signed = presignQuery({ method: "GET", path, query, headers }, signing, place, rest);
  return jsonReply(200, { url: `${parts.s3Origin}${path}?${signed}`, expiresAt: time(now + rest * 1000) });
}

function encode(text: string): string {
  return uriEncode(Buffer.from(text), false);
}
