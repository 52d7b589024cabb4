/** What was asked cannot be understood; exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked cannot be done; exit 1. The message says what, why and what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Lines shown above the message. */
  readonly details: readonly string[];
  constructor(message: string, options: ErrorOptions & { readonly details?: readonly string[] } = {}) {
    super(message, options);
    this.details = options.details ?? [];
  }
}
