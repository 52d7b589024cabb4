import { AnalysisRefused } from "../ports/policy-analysis.ts";
import { StoreError } from "../ports/store-error.ts";

/** Functions of another process. What they take and give is plain data. */
type Api<A> = { readonly [K in keyof A]: (...args: never[]) => Promise<unknown> };

type SentFault =
  | { readonly is: "store"; readonly kind: StoreError["kind"]; readonly message: string }
  | { readonly is: "analysis"; readonly reason: AnalysisRefused["reason"] }
  /** `fields`: of an error of the system, such as its `code`. */
  | { readonly is: "other"; readonly message: string; readonly stack: string; readonly fields: object };

type Message =
  | { readonly call: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly reply: number; readonly result: unknown }
  | { readonly reply: number; readonly fault: SentFault };

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls between two processes: each end calls what the other one offers. What one turn of the event loop has to say goes as one message,
 * because a message costs as much as ten calls in it.
 */
export class Calls<Theirs extends Api<Theirs>, Ours extends Api<Ours>> {
  readonly #send: (messages: readonly unknown[]) => void;
  readonly #ours: Ours;
  readonly #waiting = new Map<number, Waiting>();
  readonly #running = new Set<Promise<void>>();
  #outgoing: Message[] = [];
  #next = 0;
  #ended: Error | undefined;

  constructor(send: (messages: readonly unknown[]) => void, ours: Ours) {
    this.#send = send;
    this.#ours = ours;
  }

  call<K extends keyof Theirs & string>(name: K, ...args: Parameters<Theirs[K]>): ReturnType<Theirs[K]> {
    const result = new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#post({ call: id, name, args });
    });
    return result as ReturnType<Theirs[K]>;
  }

  /** What the other end sent. */
  receive(messages: readonly unknown[]): void {
    for (const message of messages as readonly Message[]) {
      if ("call" in message) this.#run(message.call, message.name, message.args);
      else this.#settle(message);
    }
  }

  /** The other end is gone: calls that have no answer fail. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }

  /** Resolves when nothing runs that the other end called. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #run(id: number, name: string, args: readonly unknown[]): void {
    const answer = async (): Promise<void> => {
      try {
        if (!Object.hasOwn(this.#ours, name)) throw new Error(`there is no call ${name}`);
        const result = await this.#ours[name as keyof Ours](...(args as never[]));
        this.#post({ reply: id, result });
      } catch (error) {
        this.#post({ reply: id, fault: sentFault(error) });
      }
    };
    const running = answer().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #settle(message: Exclude<Message, { readonly call: number }>): void {
    const waiting = this.#waiting.get(message.reply);
    this.#waiting.delete(message.reply);
    if ("fault" in message) waiting?.reject(rebuilt(message.fault));
    else waiting?.resolve(message.result as never);
  }

  #post(message: Message): void {
    if (this.#ended !== undefined) return;
    if (this.#outgoing.push(message) > 1) return;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#outgoing;
    this.#outgoing = [];
    if (this.#ended !== undefined) return;
    try {
      this.#send(messages);
    } catch {
      for (const message of messages) this.#sendAlone(message);
    }
  }

  /** After one of several could not be sent: only that call fails. */
  #sendAlone(message: Message): void {
    try {
      this.#send([message]);
    } catch (error) {
      const fault = sentFault(new Error("a call is not plain data", { cause: error }));
      if ("call" in message) this.#settle({ reply: message.call, fault });
      else this.#send([{ reply: message.reply, fault }]);
    }
  }
}

function sentFault(error: unknown): SentFault {
  if (error instanceof StoreError) return { is: "store", kind: error.kind, message: error.message };
  if (error instanceof AnalysisRefused) return { is: "analysis", reason: error.reason };
  const { message, stack = "", ...fields } = error instanceof Error ? error : new Error(String(error));
  return { is: "other", message, stack, fields };
}

function rebuilt(fault: SentFault): Error {
  switch (fault.is) {
    case "store":
      return new StoreError(fault.kind, fault.message);
    case "analysis":
      return new AnalysisRefused(fault.reason);
    case "other": {
      const { message, stack, fields } = fault;
      return Object.assign(new Error(message), fields, { stack });
    }
  }
}
