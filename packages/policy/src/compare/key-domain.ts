/** What values a condition key can have at all. */
import { conditionKeyType } from "../catalog/catalog.ts";
import type { Tokens } from "./tokens.ts";

export interface KeyDomain {
  /** The one value it has: a principal's, or what the question says. An empty list: the key is never there. */
  readonly fixed?: string | readonly string[];
  readonly mayBeAbsent: boolean;
  readonly multivalued: boolean;
  /** The type of a key of the catalog; undefined for any text. */
  readonly type: "String" | "ARN" | "Numeric" | "Date" | "Bool" | "IPAddress" | undefined;
  readonly format?: Tokens;
  /** What each value ends with. */
  readonly ending?: string;
  /** Values it does not have: names of others. */
  readonly excluded?: readonly string[];
}

/** Every request has them. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
const alwaysThere: ReadonlySet<string> = new Set(["aws:currenttime", "aws:epochtime", "aws:securetransport"]);

/** Of a key in lower case. `usedAsSet`: a policy uses a set operator on it, which makes a key that is not in the catalog multivalued. */
export function domainOfKey(key: string, usedAsSet: boolean): KeyDomain {
  const known = conditionKeyType(key);
  return {
    mayBeAbsent: !alwaysThere.has(key),
    multivalued: known === undefined ? usedAsSet : known.multivalued,
    type: known?.type,
  };
}

/** `aws:EpochTime` is the same moment as `aws:CurrentTime`. */
export function dimensionOfKey(key: string): string {
  const name = key.toLowerCase();
  return name === "aws:epochtime" ? "aws:currenttime" : name;
}
