/** What was asked cannot be understood; exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked cannot be done; exit 1. The message says what, why and what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Lines shown above the message. */
  readonly details: readonly string[];
  readonly exitCode: number;
  constructor(
    message: string,
    options: ErrorOptions & { readonly details?: readonly string[]; readonly exitCode?: number } = {},
  ) {
    super(message, options);
    this.details = options.details ?? [];
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A question that got neither yes nor no. */
export const notDecidedExit = 3;

/** As shells report it of a command that an interrupt ended. */
export const interruptedExit = 130;

/** What an exit status means, for the reference page and the manual. */
export const exitStatus = [
  [0, "done"],
  [1, "failed, and the line on standard error says what, why and what to do"],
  [2, "not understood: a wrong option, name or combination, or a file it names that cannot be read"],
  [
    notDecidedExit,
    "neither yes nor no: a question about all requests was too hard, or the answer to a request of `verify` proved nothing; the output says why",
  ],
  [4, "there is something to change: only `apply --dry-run` says that"],
  [126, "only `exec`: its command exists but cannot be run"],
  [127, "only `exec`: there is no such command"],
  [interruptedExit, "interrupted"],
  [141, "the output pipe was closed, as by `| head`; nothing is reported"],
] as const;
