import type { OutgoingHttpHeaders } from "node:http";
import { Agent } from "node:https";
import { checkedRequest } from "../outbound/checked-request.ts";
import { type AllowedPlaces, type SafeAddress, safePlace, UnsafeHost } from "../outbound/safe-addresses.ts";

export interface FetchOptions extends AllowedPlaces {
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
  const response = await checkedRequest(url, {
    addresses,
    agent: new Agent({ keepAlive: false }),
    authorities: own,
    headers: { accept: "application/json", "accept-encoding": "identity", ...formHeaders(sent) },
    body: sent?.form,
    signal: AbortSignal.timeout(timeout),
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
