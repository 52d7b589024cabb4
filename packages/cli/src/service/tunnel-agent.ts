import { request as plainRequest } from "node:http";
import { Agent, type AgentOptions, request as secureRequest } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type ConnectionOptions } from "node:tls";
import { CommandError } from "../command-line/failures.ts";
import { errorCode } from "../files/file-error.ts";
import { limitIdleTime } from "./idle-time.ts";
import type { Network } from "./network.ts";

/**
 * Connections through a proxy, which sees the name of the service and nothing else.
 * https://www.rfc-editor.org/rfc/rfc9110#CONNECT
 */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;
  readonly #network: Network;

  constructor(proxy: URL, network: Network, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
    this.#network = network;
  }

  override createConnection(
    target: ConnectionOptions,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const proxy = this.#proxy;
    const { host = "", port = 443 } = target;
    const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    const asked = (proxy.protocol === "https:" ? secureRequest : plainRequest)({
      ...addressOf(proxy),
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...proxyAuthorization(proxy) },
      agent: false,
      ...(this.#network.ca === undefined ? {} : { ca: this.#network.ca }),
    });
    const fail = done as ((error: Error) => void) | undefined;
    limitIdleTime(asked, `the proxy ${proxy.host}`, this.#network.idle);
    asked.once("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode === 200) return done?.(null, connect({ ...target, socket }));
      // What a proxy says then must not be taken for the service's answer.
      socket.destroy();
      fail?.(refusedByProxy(proxy, statusCode));
    });
    asked.once("error", (error) => fail?.(error.name === "TimeoutError" ? error : unreachable(proxy, error)));
    asked.end();
    return undefined;
  }
}

export function addressOf({ hostname, port, protocol }: URL): { readonly host: string; readonly port: string } {
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port || (protocol === "https:" ? "443" : "80") };
}

export function proxyAuthorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const pair = Buffer.concat([percentDecoded(username), Buffer.from(":"), percentDecoded(password)]);
  return { "proxy-authorization": `Basic ${pair.toString("base64")}` };
}

/** A `%` that begins no code is a character of a password, as other AWS tools take it. `text` is of a `URL`, which has encoded all but ASCII. */
function percentDecoded(text: string): Buffer {
  const bytes = text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
  return Buffer.from(bytes, "latin1");
}

function unreachable({ host }: URL, error: Error): CommandError {
  return new CommandError(
    `cannot reach the proxy ${host} (${errorCode(error) ?? "failed"}); check HTTPS_PROXY, or name the service in NO_PROXY`,
    { cause: error },
  );
}

/** Without the password that the address may have. */
export function refusedByProxy({ host }: URL, status: number): CommandError {
  const what =
    status === 407
      ? "put a user name and password into its address, http://USER:PASSWORD@HOST:PORT"
      : "ask whoever runs it, or name the service in NO_PROXY";
  return new CommandError(`the proxy ${host} did not let the request through (HTTP ${status}); ${what}`);
}
