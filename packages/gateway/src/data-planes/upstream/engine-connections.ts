import { signRequest, type SigningKeys, uriEncode } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { buildConnector, type Dispatcher, Pool } from "undici";
import { Answer, type EngineReply } from "./answer.ts";
import type { Clock } from "../../ports/clock.ts";
import { EngineError, Unsupported } from "../../ports/store-error.ts";
import { type Abilities, need } from "./abilities.ts";
import { type Sharer, Shares } from "./shares.ts";

export interface UpstreamOptions {
  /** The operator's name for it, in messages. */
  readonly name: string;
  /** `https://s3.example.com`, with a port if need be. A path is not possible. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: SigningKeys;
  /** PEM, asked for by each new connection. Undefined: the certificate authorities of Node. */
  readonly ca?: string | undefined;
  /** False: the bucket is the first label of the host. */
  readonly pathStyle: boolean;
  readonly clock: Clock;
  /** Requests at a time; one more is refused as busy. Default: 256. */
  readonly connections?: number;
  /** Undefined: nobody knows yet. */
  readonly abilities?: Pick<Abilities, "exactKeys"> | undefined;
  /** How long the engine may take, ms. */
  readonly timeouts?: Partial<Timeouts>;
}

interface Timeouts {
  readonly connect: number;
  /** From the end of a request to the head of its answer, and between two pieces of its body. */
  readonly answer: number;
  /** The same for what the engine does by itself: copies and completed uploads. */
  readonly work: number;
}

const defaultTimeouts: Timeouts = { connect: 10_000, answer: 60_000, work: 15 * 60_000 };

/** What an engine is asked. All of it is made here of parsed input: nothing of a client's request is passed on as it came. */
export interface EngineRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly bucket: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Lower case. Each character of a value is one byte. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Buffer | { readonly length: number; readonly chunks: AsyncIterable<Buffer> };
  /** Hex SHA-256 of the body when it is known. Default: of an empty body; a body without one goes out unsigned. */
  readonly sha256?: string | undefined;
  /** The engine may take long. */
  readonly isWork?: boolean;
}

const emptySha256 = createHash("sha256").digest("hex");
/** Of an answer's head, bytes. User metadata has 2 KB at most. */
const maxHeadBytes = 32 * 1024;

/** Files of forms, and documents that are long, that are in memory at a time. */
const maxHeld = { forms: 16, "long documents": 32 } as const;

/**
 * Connections to one S3 engine, which sign what they send. Redirects are not followed, and no request is kept waiting.
 * INVARIANT: however slowly a caller reads or writes, connections are left for others.
 */
export class EngineConnections {
  readonly #options: UpstreamOptions;
  readonly #origin: URL;
  readonly #pool: Pool;
  readonly #requests: Shares;
  readonly #held = {
    forms: new Shares(maxHeld.forms),
    "long documents": new Shares(maxHeld["long documents"]),
  };
  readonly #timeouts: Timeouts;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#origin = new URL(options.endpoint);
    const { connections = 256 } = options;
    this.#requests = new Shares(connections);
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#pool = new Pool(this.#origin.origin, {
      connections,
      pipelining: 1,
      maxHeaderSize: maxHeadBytes,
      connect: this.#connector(),
    });
  }

  #connector(): buildConnector.connector {
    const build = (ca: string | undefined) => {
      const timeout = this.#timeouts.connect;
      return { ca, connect: buildConnector({ timeout, ...(ca === undefined ? {} : { ca }) }) };
    };
    let last = build(this.#options.ca);
    return (address, connected) => {
      const { ca } = this.#options;
      // A new one resumes no session of before, so that the certificate is checked anew.
      if (ca !== last.ca) last = build(ca);
      last.connect(address, connected);
    };
  }

  get name(): string {
    return this.#options.name;
  }

  /** Requests under way. A request ends when the body of its answer was read or destroyed. */
  get open(): number {
    return this.#requests.taken;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  /** Rejects with what went wrong with the connection, or with `EngineError` when there are too many requests. */
  async exchange(request: EngineRequest, caller: Sharer | undefined): Promise<EngineReply> {
    const signed = this.#signed(request);
    const done = this.#take(this.#requests, caller, "requests");
    return new Promise((resolve, reject) => {
      this.#pool.dispatch(signed, new Answer({ resolve, reject, done, limit: this.#limitOf(request) }));
    });
  }

  /** Counts what is in memory, until the function is called. */
  hold(what: keyof typeof maxHeld, caller: Sharer | undefined): () => void {
    return this.#take(this.#held[what], caller, what);
  }

  /** How long the engine may take to answer, ms. */
  #limitOf({ isWork }: EngineRequest): number {
    return isWork === true ? this.#timeouts.work : this.#timeouts.answer;
  }

  #take(shares: Shares, caller: Sharer | undefined, what: string): () => void {
    const release = shares.take(caller);
    if (release !== undefined) return release;
    const why = `the upstream ${this.name} has ${shares.taken} ${what} under way already`;
    throw new EngineError("unavailable", why, { isBusy: true });
  }

  #signed(request: EngineRequest): Dispatcher.DispatchOptions & { servername?: string } {
    const { method, bucket, key, body } = request;
    const { region, credentials, clock, pathStyle, abilities } = this.#options;
    // Engines differ in what they make of it, and the gateway has refused it long before.
    if (key?.includes("\0") === true) throw new Unsupported("NUL in keys");
    // Where the engine makes another key of it, another object would be read or written than the one that was authorized.
    if (abilities !== undefined && key !== undefined && /(^|\/)(\.{0,2}\/|\.{1,2}$)/.test(key))
      need(abilities, "exactKeys");
    const place = pathStyle ? `/${bucket}` : "";
    const path = key === undefined ? place || "/" : `${place}/${uriEncode(Buffer.from(key), true)}`;
    const query = queryOf(request.query ?? {});
    const host = pathStyle ? this.#origin.host : `${bucket}.${this.#origin.host}`;
    const headers: (readonly [string, string])[] = [["host", host]];
    for (const [name, value] of Object.entries(request.headers ?? {}))
      if (value !== undefined) headers.push([name, value]);
    const length = body === undefined ? undefined : body.length;
    const payload = request.sha256 ?? (body === undefined || length === 0 ? emptySha256 : "UNSIGNED-PAYLOAD");
    const signed = signRequest({ method, path, query, headers }, payload, credentials, {
      region,
      service: "s3",
      time: clock.now(),
    });
    const answer = this.#limitOf(request);
    return {
      method,
      path: query === "" ? path : `${path}?${query}`,
      headers: [...headers, ...signed, ...lengthHeader(method, length)].flat(),
      body: body === undefined ? null : Buffer.isBuffer(body) ? body : (body.chunks as never),
      headersTimeout: answer,
      bodyTimeout: answer,
      // The client would close the connection after each HEAD, for servers that send a body with its answer. It closes those anyway, when
      // bytes come that nobody asked for.
      reset: false,
      // One name for all buckets, because a connection is made for one name. An address is not a name.
      ...(this.#origin.protocol === "https:" && !isAddress(this.#origin) ? { servername: this.#origin.hostname } : {}),
    };
  }
}

/** Whether a server is named by its address, which is no name in certificates. */
export function isAddress({ hostname }: URL): boolean {
  return isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

function queryOf(query: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(query)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${uriEncode(Buffer.from(value), false)}`]))
    .join("&");
}

function lengthHeader(method: string, length: number | undefined): readonly (readonly [string, string])[] {
  if (length !== undefined) return [["content-length", String(length)]];
  return method === "PUT" || method === "POST" ? [["content-length", "0"]] : [];
}
