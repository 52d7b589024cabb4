import { channel } from "node:diagnostics_channel";

/** What is wanted of each request to an engine, `T` being what somebody keeps of one. */
export interface EngineCallWatch<T> {
  /** Undefined: nothing is wanted of this one. Called where the request is sent from. */
  begin(engine: string, method: string): T | undefined;
  answered(call: T, status: number): void;
  /** There was no answer, or not all of it. */
  failed(call: T): void;
  /** After the end of the answer, or after it failed. */
  ended(call: T): void;
}

/** What undici says of a request. https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md */
interface Sent {
  readonly request: { readonly origin?: unknown; readonly method?: unknown };
}
interface Answered extends Sent {
  readonly response: { readonly statusCode: number };
}

/**
 * Requests to the engines behind the gateway, as the HTTP client reports them: so the data plane does nothing for it, and none is left out.
 * `engines`: their names by their addresses; requests to others are none of them.
 */
export class EngineCalls<T extends object> {
  readonly #watch: EngineCallWatch<T>;
  readonly #names: ReadonlyMap<unknown, string>;
  readonly #calls = new WeakMap<object, T>();
  readonly #listeners: readonly (readonly [string, (message: unknown) => void])[];

  constructor(engines: readonly { readonly name: string; readonly url: string }[], watch: EngineCallWatch<T>) {
    this.#watch = watch;
    this.#names = new Map(engines.map(({ name, url }) => [new URL(url).origin, name]));
    this.#listeners = [
      ["undici:request:create", (message) => this.#create(message as Sent)],
      ["undici:request:headers", (message) => this.#headers(message as Answered)],
      ["undici:request:trailers", (message) => this.#end(message as Sent)],
      ["undici:request:error", (message) => this.#fail(message as Sent)],
    ];
    if (engines.length > 0) for (const [name, listener] of this.#listeners) channel(name).subscribe(listener);
  }

  stop(): void {
    for (const [name, listener] of this.#listeners) channel(name).unsubscribe(listener);
  }

  #create({ request }: Sent): void {
    const engine = this.#names.get(request.origin);
    const call = engine === undefined ? undefined : this.#watch.begin(engine, String(request.method));
    if (call !== undefined) this.#calls.set(request, call);
  }

  #headers({ request, response }: Answered): void {
    const call = this.#calls.get(request);
    if (call !== undefined && response.statusCode >= 200) this.#watch.answered(call, response.statusCode); // after 100 Continue comes the answer
  }

  #end({ request }: Sent): void {
    const call = this.#calls.get(request);
    this.#calls.delete(request);
    if (call !== undefined) this.#watch.ended(call);
  }

  #fail(sent: Sent): void {
    const call = this.#calls.get(sent.request);
    if (call !== undefined) this.#watch.failed(call);
    this.#end(sent);
  }
}
