import { lingerThenEnd } from "../http/incoming-body.ts";
import { paceLimits } from "../http/client-pace.ts";
import type { Exchange } from "../http/exchange.ts";
import { type Listener, listenerOf } from "../http/listener.ts";
import { type Rendered, Sending } from "../http/send.ts";
import { faultToRefusal } from "../pipeline/faults.ts";
import type { Assets } from "./assets.ts";
import { notSignedIn, serveCall } from "./aws-routes.ts";
import { emptyReply, type Failure, failureReply, secured, textReply } from "./console-reply.ts";
import { type ConsoleRequest, type ReadingParts, readRequest } from "./console-request.ts";
import { deleteSecondCookies, isCsrfToken } from "./cookies.ts";
import { linkHeader, makeLink } from "./one-time-links.ts";
import { failureOf, renderJson } from "./render-json.ts";
import {
  describeSession,
  leaveRole,
  makeObjectLink,
  type SessionParts,
  signOut,
  signOutOthers,
  switchRole,
} from "./session-routes.ts";
import { type Session, sessionOf } from "./sessions.ts";
import { federation, signInPages, signInSteps } from "./sign-in-routes.ts";

export interface ConsoleParts extends ReadingParts, SessionParts {
  readonly assets: Assets;
}

/** The console's origin: its page, sign-in, and the calls of the page. See docs/design/console.md. */
export function createConsole(given: Omit<ConsoleParts, "render">): Listener {
  const parts = { ...given, render: renderJson };
  return listenerOf(parts, async (exchange) => {
    const request = readRequest(parts, exchange);
    if (!("path" in request)) {
      await send(exchange, failureReply(request, exchange.requestId));
      return;
    }
    const reply = await answerOf(parts, request);
    if (reply !== "sent") await send(exchange, withCookies(reply, deleteSecondCookies(request)));
  });
}

async function answerOf(parts: ConsoleParts, request: ConsoleRequest): Promise<Rendered | "sent"> {
  try {
    return await route(parts, request);
  } catch (error) {
    const { refusal, log } = faultToRefusal(error, "iam");
    if (log) parts.log.fault(request.requestId, error);
    return failureReply(failureOf("iam", refusal), request.requestId);
  }
}

function withCookies(reply: Rendered, cookies: readonly string[]): Rendered {
  if (cookies.length === 0) return reply;
  const before = [reply.headers["set-cookie"] ?? []].flat();
  return { ...reply, headers: { ...reply.headers, "set-cookie": [...before, ...cookies] } };
}

async function send({ request, response, expectsContinue }: Exchange, rendered: Rendered): Promise<void> {
  const { headers, body } = secured(rendered);
  const sending = new Sending(response, paceLimits);
  const closing = request.complete ? {} : { connection: "close" };
  await sending.send({
    ...rendered,
    headers: { ...headers, ...closing },
    body: request.method === "HEAD" ? undefined : body,
  });
  lingerThenEnd(request, response, expectsContinue);
  await sending.taken();
}

/** What answers a request; "sent" when that is on its way already. */
async function route(parts: ConsoleParts, request: ConsoleRequest): Promise<Rendered | "sent"> {
  const { method, path, headers, requestId } = request;
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead) return change(parts, request);
  const accept = headers["accept-encoding"]?.toString();
  const asset = (await parts.assets.find(path, accept)) ?? (await signInPages(parts, request));
  if (asset !== undefined) return asset;
  if (path === "/federation") return federation(parts, request);
  if (path === "/session") {
    const session = await sessionOf(parts.ports, request);
    return session === undefined ? failureReply(notSignedIn, requestId) : describeSession(parts, request, session);
  }
  if (path.startsWith("/aws/")) return asCaller(parts, request);
  const isPage = !path.startsWith("/assets/") && headers.accept?.includes("text/html") === true;
  if (!isPage) return failureReply(notFound, requestId);
  if (await mustSignIn(parts, request)) {
    const next = request.query === "" ? path : `${path}?${request.query}`;
    return emptyReply(303, { location: next === "/" ? "/signin" : `/signin?next=${encodeURIComponent(next)}` });
  }
  return (await parts.assets.page(accept)) ?? noPage;
}

/**
 * The page asks for its session itself, and goes to the form when there is none; a browser that has no session gets the form at once. But
 * not when a link of another site leads here: then the browser does not send its cookie.
 */
async function mustSignIn(parts: ConsoleParts, request: ConsoleRequest): Promise<boolean> {
  const from = request.headers["sec-fetch-site"];
  return (from === "none" || from === "same-origin") && (await sessionOf(parts.ports, request)) === undefined;
}

/** Requests that change something. INVARIANT: a browser sends them from the console's own page only, or they are refused. */
async function change(parts: ConsoleParts, request: ConsoleRequest): Promise<Rendered | "sent"> {
  const { method, path, headers, requestId } = request;
  // Programs send these two. They bring the keys that they speak for, and a browser cannot send the first from another origin.
  if (method === "POST" && path === "/" && headers[linkHeader] !== undefined)
    return orFailure(request, makeLink(parts, request));
  if (method === "POST" && path === "/federation") return federation(parts, request);
  const from = headers["sec-fetch-site"];
  if (headers.origin !== request.origin || (from !== undefined && from !== "same-origin"))
    return failureReply(foreignOrigin, requestId);
  const step = method === "POST" ? await signInSteps(parts, request) : undefined;
  return step ?? asCaller(parts, request);
}

/** What only the page of a session asks. */
async function asCaller(parts: ConsoleParts, request: ConsoleRequest): Promise<Rendered | "sent"> {
  const { headers, requestId } = request;
  const session = await sessionOf(parts.ports, request);
  if (session === undefined) return failureReply(notSignedIn, requestId);
  const token = headers["x-csrf"];
  if (typeof token !== "string" || !isCsrfToken(session.id, session.record.role?.arn, token))
    return failureReply(noToken, requestId);
  if (request.path.startsWith("/aws/")) return orFailure(request, serveCall(parts, request, session));
  const row = `${request.method} ${request.path}`;
  const served = Object.hasOwn(sessionRoutes, row) ? sessionRoutes[row]?.(parts, request, session) : undefined;
  return served === undefined ? failureReply(notFound, requestId) : orFailure(request, served);
}

const sessionRoutes: Readonly<
  Record<string, (parts: ConsoleParts, request: ConsoleRequest, session: Session) => Promise<Rendered | Failure>>
> = {
  "DELETE /session": signOut,
  "DELETE /session/others": signOutOthers,
  "POST /session/role": switchRole,
  "DELETE /session/role": leaveRole,
  "POST /links": makeObjectLink,
};

async function orFailure<R extends Rendered | "sent">(
  { requestId }: ConsoleRequest,
  made: Promise<R | Failure>,
): Promise<Rendered | "sent"> {
  const reply = await made;
  return typeof reply === "object" && "code" in reply ? failureReply(reply, requestId) : reply;
}

const notFound: Failure = { status: 404, code: "NotFound", message: "The console has nothing at this path." };

const foreignOrigin: Failure = {
  status: 403,
  code: "ForeignOrigin",
  message: "This request does not come from the console's own page.",
};

const noToken: Failure = {
  status: 403,
  code: "InvalidCsrfToken",
  message: "The header X-CSRF must have the token that GET /session gives, for who acts now.",
};

const noPage = textReply(
  503,
  "The page of the console is not in this installation. The gateway works without it; in a checkout, npm run build makes the page.\n",
  "text/plain; charset=utf-8",
);
