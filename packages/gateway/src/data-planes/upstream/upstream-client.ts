import { type XmlElement, XmlReader } from "@s3-credentials/protocol";
import { noteEngineCall } from "../../ports/engine-calls.ts";
import type { Grant } from "../../ports/grant.ts";
import { EngineError } from "../../ports/store-error.ts";
import type { EngineReply } from "./answer.ts";
import type { EngineConnections, EngineRequest } from "./engine-connections.ts";
import { type EngineFault, engineFault, requestIdFrom, transportError } from "./engine-errors.ts";

/** `fault`: the engine's answer is not a success. */
export type Answered<Success> = Success | EngineFault;

/** A page of a thousand keys, each byte of them escaped. */
const documentLimits = { size: 8 * 1024 * 1024, depth: 16, elements: 40_000, attributes: 4000, controls: true };
/** A page of a thousand keys of ordinary length is shorter. Of longer documents a caller has only some at a time, bytes. */
const shortDocument = 1024 * 1024;
const errorLimits = { size: 64 * 1024, depth: 8, elements: 200, attributes: 50, controls: true };

/** What one call of the gateway asks an engine. */
export class UpstreamClient {
  readonly #connections: EngineConnections;
  readonly #grant: Grant | undefined;

  /** `grant`: of the call, for the record of it and for its share of the connections. */
  constructor(connections: EngineConnections, grant?: Grant) {
    this.#connections = connections;
    this.#grant = grant;
  }

  get name(): string {
    return this.#connections.name;
  }

  /** Rejects with `EngineError`, or with the error of the request's body. */
  async send(request: EngineRequest): Promise<Answered<EngineReply>> {
    const reply = await this.#attempt(request);
    if (reply.status >= 200 && reply.status < 300) return reply;
    const { method } = request;
    if (method !== "HEAD") return engineFault(this.name, method, reply, await this.#document(reply, errorLimits));
    reply.body.drain(); // it has none
    return engineFault(this.name, method, reply, undefined);
  }

  /** For an answer with a document. A success may still be an error: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
  async sendForDocument(
    request: EngineRequest,
    name: string,
  ): Promise<Answered<{ readonly root: XmlElement; readonly headers: EngineReply["headers"] }>> {
    const reply = await this.send(request);
    if ("kind" in reply) return reply;
    const root = await this.#document(reply, documentLimits);
    if (root?.name === name) return { root, headers: reply.headers };
    if (root?.name === "Error") return engineFault(this.name, request.method, reply, root);
    throw this.error("corrupt", `answered ${request.method} with a document that is not ${name}`);
  }

  /** For an answer without a body that matters. */
  async sendForHead(request: EngineRequest): Promise<Answered<EngineReply>> {
    const reply = await this.send(request);
    if (!("kind" in reply)) reply.body.drain();
    return reply;
  }

  error(kind: EngineError["kind"], what: string, options?: ErrorOptions & { readonly isBusy?: boolean }): EngineError {
    return new EngineError(kind, `the upstream ${this.name} ${what}`, options);
  }

  /** Counts what is in memory, until the function is called. */
  hold(what: Parameters<EngineConnections["hold"]>[0]): () => void {
    return this.#connections.hold(what, this.#grant);
  }

  /** What reads without changing anything is tried once more when a kept-alive connection turns out to be closed. */
  async #attempt(request: EngineRequest): Promise<EngineReply> {
    const isRepeatable = request.method === "GET" || request.method === "HEAD";
    try {
      return await this.#exchange(request);
    } catch (error) {
      if (isRepeatable && isClosedConnection(error)) return this.#exchange(request).catch((again) => this.#fail(again));
      return this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    throw transportError(this.name, error);
  }

  async #exchange(request: EngineRequest): Promise<EngineReply> {
    const reply = await this.#connections.exchange(request, this.#grant);
    const requestId = this.#grant && requestIdFrom(reply.headers);
    if (this.#grant !== undefined && requestId !== undefined)
      noteEngineCall(this.#grant, { name: this.name, requestId });
    return reply;
  }

  /** Undefined: there is no document. What is not well-formed, or longer than any answer, is a fault of the engine. */
  async #document({ body }: EngineReply, limits: typeof errorLimits): Promise<XmlElement | undefined> {
    const reader = new XmlReader(limits);
    let size = 0;
    let release: (() => void) | undefined;
    body.endInTime();
    try {
      for await (const chunk of body) {
        size += chunk.length;
        if (size > shortDocument) release ??= this.hold("long documents");
        if (!reader.write(chunk)) break;
      }
    } catch (error) {
      throw transportError(this.name, error);
    } finally {
      release?.();
    }
    if (size === 0) return undefined;
    const root = reader.end();
    if (!("error" in root)) return root;
    if (limits === errorLimits) return undefined; // the status says enough
    throw this.error("corrupt", `answered with a document that cannot be read: ${root.error}`);
  }
}

function isClosedConnection(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}
