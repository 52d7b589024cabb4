import type { ServerResponse } from "node:http";
import { ClientPace, type PaceLimits } from "./client-pace.ts";

/** An HTTP response, whole or to be streamed. */
export interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer | { readonly chunks: Chunks } | undefined;
}

/** `giveBack`: takes a chunk whose bytes are sent, to use its memory again. */
interface Chunks extends AsyncIterable<Buffer> {
  readonly giveBack?: (chunk: Buffer) => void;
}

/** Smaller chunks are gathered. Bytes. */
const atOnce = 16 * 1024;

/**
 * One answer on its way to a client. A client that takes it too slowly loses the connection, because what it does not take is
 * kept in memory.
 */
export class Sending {
  readonly #response: ServerResponse;
  readonly #pace: ClientPace;
  /** Handed to the response, and not known to be taken. */
  #untaken = 0;
  #written = 0;
  #isTooSlow = false;

  constructor(response: ServerResponse, limits: PaceLimits) {
    this.#response = response;
    this.#pace = new ClientPace(limits);
  }

  /**
   * Writes head and body, and leaves ending to the caller. Once the head is out a fault can only be reported by breaking the
   * connection: a clean end would make half an object look whole.
   */
  async send(rendered: Rendered): Promise<void> {
    const { status, headers, body } = rendered;
    const response = this.#response;
    if (body === undefined) response.writeHead(status, headers).flushHeaders();
    else if (Buffer.isBuffer(body)) this.#write(response.writeHead(status, headers), body);
    else await this.#sendChunks(rendered, body.chunks);
  }

  /** Bytes of the body that were written so far. */
  get written(): number {
    return this.#written;
  }

  /** The client lost the connection, because it took the answer too slowly. */
  get isTooSlow(): boolean {
    return this.#isTooSlow;
  }

  /** Resolves when the client has taken the whole answer, which has been ended, or has left. */
  async taken(): Promise<void> {
    const { writableFinished, socket } = this.#response;
    // Most answers are with the system as soon as they are written.
    if (!writableFinished && socket?.writableLength !== 0) await this.#waitFor("finish");
  }

  #write(response: ServerResponse, chunk: Buffer): boolean {
    this.#untaken += chunk.length;
    this.#written += chunk.length;
    return response.write(chunk);
  }

  /** The head goes out with the first chunk, so that a source that cannot even begin still gets an error of its own. */
  async #sendChunks({ status, headers }: Rendered, chunks: Chunks): Promise<void> {
    const response = this.#response;
    let started = false;
    for await (const chunk of chunks) {
      if (!started) response.writeHead(status, headers);
      started = true;
      if (response.destroyed) return; // the client left: leaving the loop closes what is read
      if (!this.#writeNow(chunk)) await this.#waitFor("drain");
      if (!response.destroyed && response.socket?.writableLength === 0) chunks.giveBack?.(chunk);
    }
    if (!started) response.writeHead(status, headers).flushHeaders();
  }

  /**
   * Without the delay in which a response gathers pieces, so that what the system takes at once needs no wait. False: wait until the
   * system has taken all.
   */
  #writeNow(chunk: Buffer): boolean {
    if (chunk.length < atOnce) return this.#write(this.#response, chunk);
    const { socket } = this.#response;
    socket?.cork();
    const isTaken = this.#write(this.#response, chunk);
    socket?.uncork();
    if (isTaken) return true;
    if (socket?.writableLength !== 0) return false;
    this.#pace.moved(this.#untaken, 0);
    this.#untaken = 0;
    return true;
  }

  #waitFor(event: "drain" | "finish"): Promise<void> {
    const response = this.#response;
    if (response.destroyed) return Promise.resolve();
    const begun = performance.now();
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.#isTooSlow = true;
          response.destroy();
        },
        Math.max(0, this.#pace.allowanceMs),
      );
      const done = (): void => {
        clearTimeout(timer);
        response.off(event, done);
        response.off("close", done);
        this.#pace.moved(this.#untaken, performance.now() - begun);
        this.#untaken = 0;
        resolve();
      };
      response.once(event, done);
      response.once("close", done);
    });
  }
}
