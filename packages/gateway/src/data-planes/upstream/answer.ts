import type { Dispatcher } from "undici";
import { AnswerBody } from "./answer-body.ts";

export interface EngineReply {
  readonly status: number;
  /** Lower case; of a repeated header the first. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AnswerBody;
}

interface Expected {
  readonly resolve: (reply: EngineReply) => void;
  /** The connection failed before the head had come. */
  readonly reject: (error: unknown) => void;
  /** Called once, when nothing of the exchange is under way any more. */
  readonly done: () => void;
  /** See `AnswerBody`. */
  readonly limit: number;
}

/** Makes a reply of what the client reads from a connection. Streams of Node would cost more than all else that is done for a small answer. */
export class Answer implements Dispatcher.DispatchHandler {
  readonly #expected: Expected;
  #body: AnswerBody | undefined;

  constructor(expected: Expected) {
    this.#expected = expected;
  }

  /** The client takes no handler without it. */
  onRequestStart(): void {}

  onResponseStart(
    control: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return; // the head of the answer is still to come
    const { resolve, limit, done } = this.#expected;
    this.#body = new AnswerBody(control, limit, done);
    const all = new Map<string, string>();
    for (const name in headers) {
      const value = headers[name];
      const first = Array.isArray(value) ? value[0] : value;
      if (first !== undefined) all.set(name, first);
    }
    resolve({ status, headers: all, body: this.#body });
  }

  onResponseData(_control: Dispatcher.DispatchController, piece: Buffer): void {
    this.#body?.push(piece);
  }

  onResponseEnd(): void {
    this.#body?.end();
  }

  onResponseError(_control: Dispatcher.DispatchController, error: Error): void {
    if (this.#body !== undefined) return this.#body.fail(error);
    this.#expected.done();
    this.#expected.reject(error);
  }
}
