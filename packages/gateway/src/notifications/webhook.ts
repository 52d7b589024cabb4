import { createHmac } from "node:crypto";
import { Agent as HttpAgent, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { type CheckedConnection, checkedRequest } from "../outbound/checked-request.ts";
import { placeOf, type SafePlace, safePlace, UnsafeHost } from "../outbound/safe-addresses.ts";
import type { WaitingMessage } from "../ports/message-queue.ts";
import { errorCode } from "../ports/store-error.ts";
import type { Outcome, Transport } from "./dispatcher.ts";

export interface WebhookSettings {
  readonly url: string;
  /** Sent with each message; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Signs each message; undefined: nobody can tell who sends them. */
  readonly secret: Buffer | undefined;
  /** Certificates in PEM that vouch for the server; undefined: those that Node trusts. */
  readonly authorities: string | undefined;
  /** Addresses that are not public are connected to, and a plain `http:` URL leads to these alone. */
  readonly allowsPrivate: boolean;
  /** ms, for a message and its answer; default: 10 s. */
  readonly timeout?: number;
}

const defaultTimeout = 10_000;
/** Bytes of an answer that are read, so that the connection can be used again. */
const maxAnswer = 64 * 1024;

/** Answers by which a server says that it will never take this message. */
const rejections: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** A server of the operator's, to which each message is sent by POST. */
export class Webhook implements Transport {
  readonly #settings: WebhookSettings;
  readonly #url: URL;
  readonly #now: () => number;

  constructor(settings: WebhookSettings, now: () => number) {
    this.#settings = settings;
    this.#url = new URL(settings.url);
    this.#now = now;
  }

  /** The name is looked up once for all of them, and their connections go to the addresses that were checked. */
  async deliver(messages: readonly WaitingMessage[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const place = await this.#place();
    if ("failed" in place) return messages.map(() => place);
    const agent = this.#isPlain ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true });
    const connection = { addresses: place.addresses, agent, authorities: this.#settings.authorities };
    const outcomes = new Map<WaitingMessage, Outcome>();
    const sendInOrder = async (group: readonly WaitingMessage[]): Promise<void> => {
      for (const message of group) {
        const outcome = await this.#send(message, connection, signal);
        outcomes.set(message, outcome);
        if (typeof outcome !== "string") return;
      }
    };
    try {
      await Promise.all([...byOrderingKey(messages).values()].map(sendInOrder));
    } finally {
      agent.destroy();
    }
    return messages.map((message) => outcomes.get(message) ?? { failed: "an earlier one has failed" });
  }

  get #isPlain(): boolean {
    return this.#url.protocol === "http:";
  }

  async #place(): Promise<SafePlace | { readonly failed: string }> {
    const { allowsPrivate } = this.#settings;
    const hosts = allowsPrivate ? [placeOf(this.#url).host] : [];
    try {
      const place = await safePlace(this.#url, { hosts, ranges: { contains: () => false } });
      return this.#isPlain && place.isPublic ? { failed: "its address is public, and http: is not encrypted" } : place;
    } catch (error) {
      if (!(error instanceof UnsafeHost)) return { failed: "its name is not found" };
      return {
        failed: allowsPrivate ? error.message : `${error.message}: allowPrivate in the file of targets allows it`,
      };
    }
  }

  async #send({ id, body }: WaitingMessage, connection: CheckedConnection, signal: AbortSignal): Promise<Outcome> {
    const time = String(Math.floor(this.#now() / 1000));
    const limit = AbortSignal.timeout(this.#settings.timeout ?? defaultTimeout);
    const headers = {
      ...this.#settings.headers,
      "content-type": "application/json",
      "content-length": body.length,
      "user-agent": "s3-credentials",
      "webhook-id": id,
      "webhook-timestamp": time,
      ...signatureOf(this.#settings.secret, id, time, body),
    };
    try {
      const sent = { ...connection, headers, body, signal: AbortSignal.any([signal, limit]) };
      const answer = await checkedRequest(this.#url, sent);
      await readAway(answer);
      return outcomeOf(answer.statusCode ?? 0);
    } catch (error) {
      return { failed: limit.aborted ? "no answer came in time" : `no answer came (${errorCode(error) ?? "unknown"})` };
    }
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return "delivered";
  if (rejections.has(status)) return "rejected";
  const isRedirect = status >= 300 && status < 400;
  return {
    failed: isRedirect ? `it redirects (${status}), which is not followed` : `it answers with status ${status}`,
  };
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
function signatureOf(secret: Buffer | undefined, id: string, time: string, body: Buffer): Record<string, string> {
  if (secret === undefined) return {};
  const signature = createHmac("sha256", secret).update(`${id}.${time}.`).update(body).digest("base64");
  return { "webhook-signature": `v1,${signature}` };
}

function byOrderingKey(messages: readonly WaitingMessage[]): ReadonlyMap<string, readonly WaitingMessage[]> {
  const groups = new Map<string, WaitingMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.orderingKey);
    if (group === undefined) groups.set(message.orderingKey, [message]);
    else group.push(message);
  }
  return groups;
}

/** Nobody looks at what was answered beside the status. */
async function readAway(answer: IncomingMessage): Promise<void> {
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > maxAnswer) break; // which ends the connection
  }
}
