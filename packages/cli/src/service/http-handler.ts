import { Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { Readable } from "node:stream";
import { buildQueryString, type HttpHandler, type HttpRequest, HttpResponse } from "@smithy/core/protocols";
import type { HttpHandlerOptions } from "@smithy/types";
import { CommandError } from "../command-line/failures.ts";
import { limitIdleTime } from "./idle-time.ts";
import { limitInterimAnswers } from "./interim-answers.ts";
import { endWhenInterrupted, isReading } from "./interrupted-reading.ts";
import type { Network } from "./network.ts";
import { addressOf, proxyAuthorization, refusedByProxy, TunnelAgent } from "./tunnel-agent.ts";

/** Milliseconds after which a body is sent that nobody asked for; some services ignore `Expect`. */
const expectationTime = 6000;

/** https://www.rfc-editor.org/rfc/rfc9110#IMF-fixdate */
const httpDate = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** The way to an origin. */
interface Route {
  readonly url: URL;
  /** The one that answers in the place of the service, because nothing is encrypted. */
  readonly proxy: URL | undefined;
  /** The one that makes connections to the service. */
  readonly tunnel: URL | undefined;
  readonly address: { readonly host: string; readonly port: string; readonly ca?: string };
  /** Keeps connections for the next request. */
  agent?: Agent;
}

/**
 * Sends requests of the SDK's clients. The SDK's own handler knows no proxies, waits for `100 Continue` before a large body
 * only when it is given no agents, and takes a slow reader (`get-object | less`) for a service that does not answer.
 */
export class ServiceHandler implements HttpHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly #network: Network;
  /** Milliseconds that the service's clock is ahead of this machine's. */
  #ahead = 0;
  /** By origin. */
  readonly #routes = new Map<string, Route>();

  constructor(network: Network) {
    this.#network = network;
  }

  async handle(sent: HttpRequest, { abortSignal }: HttpHandlerOptions = {}): Promise<{ response: HttpResponse }> {
    const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
    if (signal?.aborted === true) throw abortError();
    const expects = /^100-continue$/i.test(sent.headers["Expect"] ?? sent.headers["expect"] ?? "");
    const { request, proxy } = this.#begin(sent, expects, signal !== undefined);
    const response = await answerOf(request, sent.body, expects, signal);
    // Other forms that `Date.parse` knows have years that nothing can be added to, here and in the SDK.
    if (!httpDate.test(response.headers.date ?? "")) delete response.headers.date;
    this.#compareClocks(response.headers.date);
    if (proxy !== undefined && response.statusCode === 407) {
      response.resume();
      throw refusedByProxy(proxy, 407);
    }
    return {
      response: new HttpResponse({
        statusCode: response.statusCode ?? 0,
        reason: response.statusMessage ?? "",
        headers: Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(", ")]),
        ),
        body: response,
      }),
    };
  }

  /** Now, by the clock of the service as its last answer had it; by this machine's before. */
  serviceTime(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  /** `Date` has whole seconds, so within one of them the clocks are the same, as far as anybody can tell. */
  #compareClocks(header: string | undefined): void {
    const [date, now] = [Date.parse(header ?? ""), Date.now()];
    if (Number.isNaN(date)) return;
    this.#ahead = now >= date && now < date + 2000 ? 0 : date + 1000 - now;
  }

  /** `isEndedByCaller`: its own signal ends it. */
  #begin(sent: HttpRequest, expects: boolean, isEndedByCaller: boolean) {
    const route = this.#routeOf(`${sent.protocol}//${sent.hostname}${sent.port === undefined ? "" : `:${sent.port}`}`);
    const { url, proxy, address } = route;
    const query = buildQueryString(sent.query ?? {});
    const path = query === "" ? sent.path : `${sent.path}?${query}`;
    const request = ((proxy ?? url).protocol === "https:" ? secureRequest : plainRequest)({
      ...address,
      method: sent.method,
      path: proxy === undefined ? path : `${url.origin}${path}`,
      headers: proxy === undefined ? sent.headers : { ...sent.headers, ...proxyAuthorization(proxy) },
      // A connection on which a body was announced and not sent is of no use to anybody else.
      agent: expects
        ? this.#newAgent(route, { keepAlive: false })
        : (route.agent ??= this.#newAgent(route, { keepAlive: true })),
    });
    limitIdleTime(request, url.host, this.#network.idle);
    limitInterimAnswers(request, url.host);
    const { signal } = this.#network;
    if (signal !== undefined && !isEndedByCaller && isReading(sent)) endWhenInterrupted(request, signal);
    return { request, proxy };
  }

  #routeOf(origin: string): Route {
    const known = this.#routes.get(origin);
    if (known !== undefined) return known;
    const url = new URL(origin);
    const found = this.#network.proxyFor(url);
    const proxy = url.protocol === "http:" ? found : undefined;
    const ca = this.#network.ca === undefined ? {} : { ca: this.#network.ca };
    const route: Route = {
      url,
      proxy,
      tunnel: proxy === undefined ? found : undefined,
      address: { ...addressOf(proxy ?? url), ...ca },
    };
    this.#routes.set(origin, route);
    return route;
  }

  #newAgent({ url, proxy, tunnel }: Route, options: { readonly keepAlive: boolean }): Agent {
    if (tunnel !== undefined) return new TunnelAgent(tunnel, this.#network, options);
    return (proxy ?? url).protocol === "https:" ? new SecureAgent(options) : new Agent(options);
  }

  destroy(): void {
    for (const { agent } of this.#routes.values()) agent?.destroy();
    this.#routes.clear();
  }

  /** The network is fixed when the handler is made. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {};
  }
}

function answerOf(
  request: ClientRequest,
  body: unknown,
  expects: boolean,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void request.destroy(abortError());
    signal?.addEventListener("abort", abort, { once: true });
    request.once("close", () => signal?.removeEventListener("abort", abort));
    request.on("error", reject);
    request.once("response", resolve);
    // Without a listener Node.js closes the connection and says nothing, so nobody would undo what was done before.
    request.once("upgrade", (_response, socket) => {
      socket.destroy();
      reject(
        new CommandError("the service answered that it goes on in another protocol (HTTP 101); check the endpoint"),
      );
    });
    if (!expects) return sendBody(request, body);
    const send = (): void => {
      clearTimeout(timer);
      request.off("continue", send);
      sendBody(request, body);
    };
    const timer = setTimeout(send, expectationTime);
    request.once("continue", send);
    request.once("close", () => clearTimeout(timer));
    request.once("response", (response: IncomingMessage) => {
      clearTimeout(timer);
      // It was answered without its body, and nobody will send that.
      if (!request.writableEnded) response.once("close", () => request.destroy());
    });
  });
}

function sendBody(request: ClientRequest, body: unknown): void {
  if (body instanceof Readable) body.once("error", (error) => request.destroy(error)).pipe(request);
  else if (typeof body === "string" || body instanceof Uint8Array) request.end(body);
  else if (body === undefined || body === null) request.end();
  else throw new TypeError("a body of this kind cannot be sent");
}

/** In the form of the SDK's own. */
function abortError(): Error {
  return Object.assign(new Error("Request aborted"), { name: "AbortError" });
}
