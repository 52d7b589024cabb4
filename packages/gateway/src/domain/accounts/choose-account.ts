/** Which account a start of the gateway, or its repair, works on. */
export type AccountChoice =
  | { readonly kind: "chosen"; readonly accountId: string }
  /** There is none: a first start makes one. */
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly why: string };

/**
 * `management`: the management account of the data folder; undefined when it has no account yet. `asked`: the account that was named, if
 * one was. `present`: all accounts that may be named.
 */
export function chooseAccount(
  management: string | undefined,
  asked: string | undefined,
  present: readonly string[],
  dataDir: string,
): AccountChoice {
  if (management === undefined) return { kind: "none" };
  if (asked === undefined) return { kind: "chosen", accountId: management };
  if (present.includes(asked)) return { kind: "chosen", accountId: asked };
  return {
    kind: "refused",
    why: `${dataDir} belongs to account ${management}, not ${asked}: leave --account-id out, or give another --data folder or --database`,
  };
}

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
