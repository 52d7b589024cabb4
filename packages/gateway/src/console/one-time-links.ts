import { describeError } from "@s3-credentials/protocol";
import { parseRequest } from "../http/parse-request.ts";
import type { Rendered } from "../http/send.ts";
import { answerOfCall, bodyOf, type CallParts, formCall, signCall } from "./calls.ts";
import { type Failure, jsonReply } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { hashOfId } from "./cookies.ts";
import { formValues, readBody } from "./read-body.ts";
import { openSession, type Session, whoIs } from "./sessions.ts";
import { recordStep, sessionIdentity } from "./sign-in-record.ts";

/** Marks a signed GetCallerIdentity as a request for a link; `x-amz-` headers have to be signed, so nobody can add it to another one. */
export const linkHeader = "x-amz-console-link";

const whoAmI = "Action=GetCallerIdentity&Version=2011-06-15";

const maxFormBytes = 64 * 1024;

const notAKey: Failure = {
  status: 403,
  code: "AccessDenied",
  message: "A link is made with the access keys of a user or of root. Temporary keys sign in by getSigninToken.",
};

/**
 * `POST /` with a signed GetCallerIdentity: whoever has a user's access keys, or root's, gets a link that signs in as that user once. The
 * session signs its calls with that key itself, so it may do what the key may do, and ends with it.
 */
export async function makeLink(parts: CallParts, request: ConsoleRequest): Promise<Rendered | Failure> {
  const { exchange, client, requestId } = request;
  const form = await readBody(request, maxFormBytes);
  if (!Buffer.isBuffer(form)) return form;
  // The console's port answers no other operation of the services.
  if (form.toString("latin1") !== whoAmI) return notAKey;
  const parsed = parseRequest(parts, {
    request: exchange.request,
    body: bodyOf(form).body,
    peer: { address: client.sourceIp, tlsVersion: client.tlsVersion },
    client,
    requestId,
    signal: exchange.signal,
  });
  if (parsed.service !== "sts") return notAKey;
  const { outcome, caller, operation } = await answerOfCall(parts, request, parsed);
  if (outcome.kind === "refusal") return describeError(parsed.service, outcome.code, outcome.message);
  const principal = caller?.principal;
  const isKey = principal?.kind === "user" || principal?.kind === "root";
  if (operation !== "GetCallerIdentity" || !isKey || caller?.accessKeyId === undefined || caller.session !== undefined)
    return notAKey;
  const keys = { accessKeyId: caller.accessKeyId, sessionToken: undefined };
  const token = await openSession(parts.ports, request, { principal, stage: "link", keys, mfaAt: undefined });
  return jsonReply(200, { requestId, url: `${request.origin}/signin/link?token=${token}` });
}

/** The link with this token, if nobody has used it and it is not too old. */
export async function linkOf({ ports, clock }: CallParts, token: string): Promise<Session | undefined> {
  if (!/^[\w-]{43}$/.test(token)) return undefined;
  const record = await ports.identity.findConsoleSession(hashOfId(token));
  return record?.stage === "link" && clock.now() < record.expiresAt ? { id: token, record } : undefined;
}

const badFederation: Failure = {
  status: 400,
  code: "InvalidRequest",
  message:
    "Send Action=getSigninToken with Session as JSON of sessionId, sessionKey and sessionToken, or Action=login with SigninToken.",
};

/** The parameters of AWS's federation endpoint: in the query, or in a form, where no log has them. */
export async function federationParameters(request: ConsoleRequest): Promise<ReadonlyMap<string, string> | Failure> {
  const body = request.method === "POST" ? await readBody(request, maxFormBytes) : Buffer.alloc(0);
  if (!Buffer.isBuffer(body)) return body;
  const form = [request.query, body.toString("latin1")].filter((part) => part !== "").join("&");
  return formValues(form) ?? badFederation;
}

/**
 * Temporary credentials for a one-time token, as AWS's endpoint gives it to brokers.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 */
export async function getSigninToken(
  parts: CallParts,
  request: ConsoleRequest,
  parameters: ReadonlyMap<string, string>,
): Promise<Rendered | Failure> {
  const session = sessionParameter(parameters.get("Session"));
  const duration = parameters.get("SessionDuration");
  const seconds = duration === undefined ? undefined : /^\d{1,5}$/.test(duration) ? Number(duration) : 0;
  if (session === undefined || (seconds !== undefined && (seconds < 900 || seconds > 43_200))) return badFederation;
  const parsed = signCall(parts, request, session, formCall("sts", Buffer.from(whoAmI)));
  const { outcome, caller } = await answerOfCall(parts, request, parsed);
  if (outcome.kind === "refusal") return describeError("sts", outcome.code, outcome.message);
  const principal = caller?.principal;
  if (principal === undefined || !("accountId" in principal) || caller?.session === undefined) return notAKey;
  const { expiresAt, mfaAt } = caller.session;
  const wanted = seconds === undefined ? Infinity : parts.clock.now() + seconds * 1000;
  const { accessKeyId, sessionToken } = session;
  const token = await openSession(parts.ports, request, {
    principal,
    stage: "link",
    keys: { accessKeyId, sessionToken },
    mfaAt,
    until: Math.min(expiresAt, wanted),
  });
  const identity = sessionIdentity({ ...whoIs(principal), accountId: principal.accountId });
  const mfa = mfaAt === undefined ? "No" : "Yes";
  await recordStep(parts, request, "GetSigninToken", identity, { additional: { MobileVersion: "No", MFAUsed: mfa } });
  return jsonReply(200, { SigninToken: token });
}

function sessionParameter(
  text: string | undefined,
): { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { sessionId, sessionKey, sessionToken } = value as Readonly<Record<string, unknown>>;
  if (typeof sessionId !== "string" || typeof sessionKey !== "string" || typeof sessionToken !== "string")
    return undefined;
  return { accessKeyId: sessionId, secretAccessKey: sessionKey, sessionToken };
}
