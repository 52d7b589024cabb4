import { createHash } from "node:crypto";
import { services } from "../authn/request.ts";
import { incomingBody } from "../http/incoming-body.ts";
import { answerParsed } from "../http/listener.ts";
import type { Rendered } from "../http/send.ts";
import type { Parsed } from "../http/parse-request.ts";
import { isJsonService, isRestService, type JsonService, jsonServices } from "../operations/json/json-services.ts";
import { answerOfCall, bodyOf, type CallParts, type ConsoleCall, formCall, secretOf, signCall } from "./calls.ts";
import type { Failure } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { sessionCookie } from "./cookies.ts";
import { renderJson } from "./render-json.ts";
import { formValues, readBody } from "./read-body.ts";
import { reopenSession, type Session } from "./sessions.ts";

/** The operations of STS that the page needs. The command and AssumeRole make keys for others. */
const stsActions: readonly string[] = [
  "AssumeRole",
  "GetCallerIdentity",
  "GetSessionToken",
  "DecodeAuthorizationMessage",
];

const maxFormBytes = 512 * 1024;
/** No document of S3 is longer. Longer bodies are objects, which stream. */
const maxDocumentBytes = 1024 * 1024;

export const notSignedIn: Failure = {
  status: 401,
  code: "NotSignedIn",
  message: "There is no session here any more: sign in again.",
};

const useLink: Failure = {
  status: 400,
  code: "UseLink",
  message: "The content of objects does not come from the console's origin: make a link with POST /links.",
};

const notHere: Failure = {
  status: 403,
  code: "NotForConsole",
  message: "The console does not make this call: use the command or an SDK.",
};

const noService: Failure = { status: 404, code: "NotFound", message: "The console has nothing at this path." };

/** The keys that calls are signed with: the role's, while there is one. */
export function keysOf({ record }: Session): Session["record"]["keys"] {
  return record.role ?? record.keys;
}

/** `/aws/SERVICE…` as the call that it is for. */
async function callOf(request: ConsoleRequest): Promise<ConsoleCall | Failure> {
  const [, service = "", rest = ""] = /^\/aws\/([a-z0-9-]+)(\/.*)?$/.exec(request.path) ?? [];
  if (service === "s3" && rest !== "") return s3Call(request, rest);
  const known = services.find((one) => one === service);
  if (known === undefined || known === "s3" || request.method !== "POST") return noService;
  if ((rest !== "") !== isRestService(known)) return noService;
  const form = await readBody(request, maxFormBytes);
  if (!Buffer.isBuffer(form)) return form;
  if (known === "iam" || known === "sts") {
    const action = formValues(form.toString("latin1"))?.get("Action") ?? "";
    return known === "sts" && !stsActions.includes(action) ? notHere : { ...formCall(known, form), action };
  }
  return isJsonService(known) ? jsonCall(request, known, rest || "/", form) : noService;
}

function jsonCall({ headers }: ConsoleRequest, service: JsonService, path: string, document: Buffer): ConsoleCall {
  const target = headers["x-amz-target"];
  return {
    service,
    method: "POST",
    target: path,
    headers: [
      ["content-type", jsonServices[service].contentType],
      ...(typeof target === "string" ? [["x-amz-target", target] as const] : []),
    ],
    ...bodyOf(document),
  };
}

const plainHeaders: ReadonlySet<string> = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "expires",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "range",
]);

/** What the console's own signature sets. */
const ownHeaders: ReadonlySet<string> = new Set(["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"]);

function s3Headers(request: ConsoleRequest): (readonly [string, string])[] {
  const { rawHeaders } = request.exchange.request;
  const kept: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? "").toLowerCase();
    const isS3 = name.startsWith("x-amz-") && !ownHeaders.has(name);
    if (isS3 || plainHeaders.has(name)) kept.push([name, rawHeaders[at + 1] ?? ""]);
  }
  return kept;
}

/** Short bodies are hashed here; long ones stream, with the digest that the page made, or without. */
async function s3Call(request: ConsoleRequest, path: string): Promise<ConsoleCall | Failure> {
  const { exchange, method, query, headers } = request;
  const target = query === "" ? path : `${path}?${query}`;
  const sent = s3Headers(request);
  const given = headers["x-amz-content-sha256"];
  const body = incomingBody(exchange.request, exchange.response, exchange.expectsContinue, exchange.received);
  const base = { service: "s3", method, target } as const;
  if (typeof given === "string" && !/^[0-9a-f]{64}$/.test(given))
    return { status: 400, code: "InvalidDigest", message: "x-amz-content-sha256 is 64 hexadecimal digits here." };
  const isPart = /(^|&)partNumber=/.test(query);
  if (given !== undefined || isPart || body.length === undefined || body.length > maxDocumentBytes)
    return { ...base, headers: sent, body, payloadHash: typeof given === "string" ? given : "UNSIGNED-PAYLOAD" };
  const bytes = body.length === 0 ? Buffer.alloc(0) : await readBody(request, maxDocumentBytes);
  if (!Buffer.isBuffer(bytes)) return bytes;
  const digest = createHash("md5").update(bytes).digest("base64");
  const hasDigest = bytes.length === 0 || sent.some(([name]) => name === "content-md5");
  return { ...base, headers: hasDigest ? sent : [...sent, ["content-md5", digest]], ...bodyOf(bytes) };
}

/** A new password ends all sessions of its user. The one that set it goes on, under a new id. */
async function changePassword(
  parts: CallParts,
  request: ConsoleRequest,
  { record }: Session,
  parsed: Parsed,
): Promise<Rendered> {
  const { outcome } = await answerOfCall(parts, request, parsed);
  const { requestId, method, path } = request;
  const about = { service: "iam", requestId, method, path, keepAlive: true, turn: undefined } as const;
  const rendered = renderJson(outcome, about);
  if (outcome.kind === "refusal" || record.kind !== "user" || "refusal" in parsed) return rendered;
  const id = await reopenSession(parts.ports, request, record, parsed.request.now);
  if (id === undefined) return rendered; // signed out by whoever set the password again
  return { ...rendered, headers: { ...rendered.headers, "set-cookie": sessionCookie(request, id) } };
}

/**
 * Passes a call of the page through the gate. `sent`: the answer is on its way already. Undefined keys: they have ended, and with them the
 * session.
 */
export async function serveCall(
  parts: CallParts,
  request: ConsoleRequest,
  session: Session,
): Promise<Rendered | Failure | "sent"> {
  const keys = keysOf(session);
  const signing = keys === undefined ? undefined : await secretOf(parts.ports, keys);
  if (signing === undefined) return notSignedIn;
  const call = await callOf(request);
  if ("status" in call) return call;
  const parsed = signCall(parts, request, signing, call);
  if ("route" in parsed && parsed.route.service === "s3" && parsed.route.operation === "GetObject") return useLink;
  if (call.action === "ChangePassword" && session.record.role === undefined)
    return changePassword(parts, request, session, parsed);
  await answerParsed(parts, request.exchange, parsed);
  return "sent";
}
