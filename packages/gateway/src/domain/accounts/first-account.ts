/** What a store has, that decides whether it may get its first account. */
export interface FirstAccountRows {
  /** All accounts. */
  readonly accounts: readonly string[];
  /** What there is that only an account can have: `principals`, `buckets` and their like. */
  readonly owned: readonly string[];
}

/**
 * Why there can be no first account; undefined: there can. A store that has lost its account gets no other one, because that would own
 * nothing of what is there. The first account comes in one transaction with its user and keys, and objects.db is made after it, so a
 * start that broke off leaves none of these. `hasObjects`: whether objects.db is there.
 */
export function firstAccountRefusal({ accounts, owned }: FirstAccountRows, hasObjects: boolean): string | undefined {
  if (accounts.length > 0) return "has an account already";
  const [first] = owned;
  if (first !== undefined) return `has no account, but ${first} of one are there`;
  return hasObjects ? "has no account, but objects.db is there" : undefined;
}
