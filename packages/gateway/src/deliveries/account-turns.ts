/**
 * Work for accounts: for some of them at a time, and for each one piece after the other. What is begun is not waited for, and accounts have
 * their turns in order, so nobody waits for the many pieces or the slow ones of another account.
 */
export class AccountTurns {
  readonly #atOnce: number;
  readonly #running = new Map<string, Promise<void>>();
  /** The account that had its turn last. */
  #last = "";
  #failures: unknown[] = [];
  #isStopping = false;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** No account more can have its turn now. */
  get isFull(): boolean {
    return this.#running.size >= this.#atOnce;
  }

  /** Begins with accounts that have nothing under way. Where one piece fails, the others have their turn all the same. */
  begin<Piece>(byAccount: ReadonlyMap<string, readonly Piece[]>, work: (piece: Piece) => Promise<void>): void {
    const accounts = [...byAccount.keys()].toSorted();
    const next = Math.max(
      0,
      accounts.findIndex((accountId) => accountId > this.#last),
    );
    for (const accountId of [...accounts.slice(next), ...accounts.slice(0, next)]) {
      if (this.isFull) return;
      if (this.#running.has(accountId)) continue;
      this.#last = accountId;
      const done = this.#all(byAccount.get(accountId) ?? [], work).finally(() => this.#running.delete(accountId));
      this.#running.set(accountId, done);
    }
  }

  /** Throws the first of what has failed since it was asked before. */
  throwFailure(): void {
    const [failure] = this.#failures;
    this.#failures = [];
    if (failure !== undefined) throw failure;
  }

  /** Begins no other piece. Resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.ended();
  }

  /** Resolves when all that was begun has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #all<Piece>(pieces: readonly Piece[], work: (piece: Piece) => Promise<void>): Promise<void> {
    for (const piece of pieces) {
      if (this.#isStopping) return;
      await work(piece).catch((error: unknown) => this.#failures.push(error));
    }
  }
}
