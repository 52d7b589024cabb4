/** The one thread, shared among callers. */
export interface Turns {
  /** Resolves when `caller` may work for about a millisecond without a break. For more it takes another turn. */
  take(caller: string): Promise<void>;
}
