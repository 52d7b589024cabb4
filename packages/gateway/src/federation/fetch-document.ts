import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";
import type { LookupFunction } from "node:net";
import { type AllowedIssuers, placeOf, type SafeAddress, safePlace, UnsafeHost } from "./safe-addresses.ts";

export interface FetchOptions extends AllowedIssuers {
  /** Certificates in PEM that vouch for what the operator allows, in place of the public ones, and for no other; read anew for each document. */
  readonly authorities: () => Promise<string | undefined>;
  /** ms, for a whole document. Default: 5 s. */
  readonly timeout?: number;
}

/** A document that cannot be had. `message` is for the client: it says no address and nothing of what was answered. */
export class NotFetched extends Error {}

const defaultTimeout = 5000;

/** A form to send, and who sends it. */
export interface SentForm {
  readonly form: string;
  /** The `Authorization` header; undefined: the form says who sends it. */
  readonly authorization: string | undefined;
}

/**
 * A JSON document of somebody else's server; with `sent`, its answer to a form. Size and time are limited, redirects are not followed, no
 * proxy of the environment is used, and the connection goes to an address that was checked.
 * @throws {NotFetched}
 */
export async function fetchDocument(
  text: string,
  maxBytes: number,
  options: FetchOptions,
  sent?: SentForm,
): Promise<unknown> {
  try {
    const url = new URL(text);
    const { addresses, isOwn } = await safePlace(url, options);
    const own = isOwn ? await options.authorities() : undefined;
    return JSON.parse(await ask(url, { addresses, own, maxBytes, timeout: options.timeout ?? defaultTimeout, sent }));
  } catch (error) {
    if (error instanceof NotFetched) throw error;
    if (error instanceof UnsafeHost) throw new NotFetched(error.message);
    // A fault of a socket names its address, which may be of a network that the client cannot see.
    throw new NotFetched(error instanceof SyntaxError ? "the answer is not JSON" : "no answer came");
  }
}

interface Ask {
  readonly addresses: readonly SafeAddress[];
  readonly own: string | undefined;
  readonly maxBytes: number;
  readonly timeout: number;
  readonly sent: SentForm | undefined;
}

async function ask(url: URL, { addresses, own, maxBytes, timeout, sent }: Ask): Promise<string> {
  const { host, port } = placeOf(url);
  // A connection of its own for each document: the pool of another agent may have one to an address that was not checked.
  const agent = new Agent({ keepAlive: false });
  const signal = AbortSignal.timeout(timeout);
  const ca = own === undefined ? {} : { ca: own };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { accept: "application/json", "accept-encoding": "identity", ...formHeaders(sent) };
    const method = sent === undefined ? "GET" : "POST";
    const target = { host, port, path: `${url.pathname}${url.search}`, method, headers };
    const checked = { lookup: given(addresses), rejectUnauthorized: true, minVersion: "TLSv1.2" } as const;
    request({ ...target, ...checked, ...ca, agent, signal, maxHeaderSize: 16 * 1024 }, resolve)
      .on("error", reject)
      .end(sent?.form);
  });
  try {
    if (response.statusCode !== 200) throw new NotFetched(`the answer has status ${response.statusCode ?? 0}`);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size > maxBytes) throw new NotFetched(`the answer has more than ${maxBytes} bytes`);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    response.destroy();
  }
}

function formHeaders(sent: SentForm | undefined): OutgoingHttpHeaders {
  if (sent === undefined) return {};
  const { form, authorization } = sent;
  return {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": Buffer.byteLength(form),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

/** Stands for name resolution: whatever name is asked for has the addresses that were checked. */
function given(addresses: readonly SafeAddress[]): LookupFunction {
  return (_host, { all }, done) => {
    const [first] = addresses;
    if (all === true) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family);
  };
}
