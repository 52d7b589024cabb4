/** Which account a start of the gateway, or its repair, works on. */
export type AccountChoice =
  | { readonly kind: "chosen"; readonly accountId: string }
  /** There is none: a first start makes one. */
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly why: string };

/** `present`: all accounts of the data folder. `asked`: the account that was named, if one was. */
export function chooseAccount(present: readonly string[], asked: string | undefined, dataDir: string): AccountChoice {
  const [only, ...others] = present;
  if (only === undefined) return { kind: "none" };
  if (asked !== undefined && present.includes(asked)) return { kind: "chosen", accountId: asked };
  if (others.length > 0)
    return {
      kind: "refused",
      why: `${dataDir} has the accounts ${present.join(", ")}: name one of them with --account-id`,
    };
  if (asked === undefined) return { kind: "chosen", accountId: only };
  return {
    kind: "refused",
    why: `${dataDir} belongs to account ${only}, not ${asked}: leave --account-id out, or use another --data folder`,
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
