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
