import { lingerThenEnd } from "../http/incoming-body.ts";
import { paceLimits } from "../http/client-pace.ts";
import { type Exchange, type Listener, listenerOf } from "../http/listener.ts";
import { type Rendered, Sending } from "../http/send.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { RequestLog } from "../ports/request-log.ts";
import type { Assets } from "./assets.ts";
import { type Failure, failureReply, secured, textReply } from "./console-reply.ts";
import { type ConsoleRequest, type ReadingParts, readRequest } from "./console-request.ts";

export interface ConsoleParts extends ReadingParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: RequestLog;
  readonly assets: Assets;
}

/** The console's origin: its page, sign-in, and the calls of the page. See docs/design/console.md. */
export function createConsole(parts: ConsoleParts): Listener {
  return listenerOf(parts, async (exchange) => {
    const request = readRequest(parts, exchange);
    if (!("path" in request)) {
      await send(exchange, failureReply(request, exchange.requestId));
      return;
    }
    await send(exchange, await answerOf(parts, request));
  });
}

async function answerOf(parts: ConsoleParts, request: ConsoleRequest): Promise<Rendered> {
  try {
    return await route(parts, request);
  } catch (error) {
    parts.log.fault(request.requestId, error);
    return failureReply(internal, request.requestId);
  }
}

const internal: Failure = {
  status: 500,
  code: "InternalError",
  message: "The gateway could not answer. Its log has the reason, under this request id.",
};

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

async function route(parts: ConsoleParts, request: ConsoleRequest): Promise<Rendered> {
  const { method, path, headers, requestId } = request;
  const accept = headers["accept-encoding"]?.toString();
  const isRead = method === "GET" || method === "HEAD";
  const asset = isRead ? await parts.assets.find(path, accept) : undefined;
  if (asset !== undefined) return asset;
  const isPage = isRead && !path.startsWith("/assets/") && headers.accept?.includes("text/html") === true;
  if (isPage) return (await parts.assets.page(accept)) ?? noPage;
  return failureReply(notFound, requestId);
}

const notFound: Failure = { status: 404, code: "NotFound", message: "The console has nothing at this path." };

const noPage = textReply(
  503,
  "The page of the console is not in this installation. The gateway works without it; in a checkout, npm run build makes the page.\n",
  "text/plain; charset=utf-8",
);
