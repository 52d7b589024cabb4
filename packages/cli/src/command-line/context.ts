import type { Readable, Writable } from "node:stream";

export interface Terminal extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Everything a command touches of the process it runs in. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Set when the user interrupts: what can stop cleanly stops. */
  readonly signal: AbortSignal;
  /** Text on standard output; resolves when it is written. A terminal gets no character that it would act on, a pipe every byte. */
  readonly print: (text: string) => Promise<void>;
  /** A name as `print` should have it: on a terminal without line breaks too, because they would make one line look like two. */
  readonly shown: (name: string) => string;
  /** One line on standard error. */
  readonly say: (line: string) => void;
  /** All of standard input; a second reader is refused. */
  readonly readStdin: (reader: string) => Promise<Buffer>;
  /** Marks standard input as taken by a reader of its own. */
  readonly takeStdin: (reader: string) => Readable;
  /** Keeps a secret out of every later message. */
  readonly hide: (secret: string | undefined) => void;
}
