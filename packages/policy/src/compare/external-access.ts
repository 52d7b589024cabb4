/** Who outside an account has access by a resource's policy and ACL: each principal that they name, with the actions and the conditions. */
import type { Condition, Policy, PrincipalEntry, Statement } from "../model/policy.ts";
import { decided } from "./answer.ts";
import { Budget, defaultSteps } from "./budget.ts";
import { outsideAccess, type PublicOptions } from "./check-public.ts";
import { isPublicPolicy } from "./public-policy.ts";
import type { Witness } from "./witness.ts";

export interface ExternalPrincipal {
  readonly type: "AWS" | "Federated" | "CanonicalUser";
  /** `*`, an account's number, an ARN, a provider, a canonical id. */
  readonly name: string;
}

export interface ExternalAccess {
  readonly principal: ExternalPrincipal;
  /** As the statements have them; of a `NotAction` the action of the witness. */
  readonly actions: readonly string[];
  /** By key, the values that are asked for, with the operator where it does not say that the key has one of them. */
  readonly conditions: Readonly<Record<string, string>>;
  /** Public in the meaning of block public access: see `isPublicPolicy`. */
  readonly isPublic: boolean;
  /** What grants it. */
  readonly sources: readonly AccessSource[];
  readonly witness: Witness;
}

export type AccessSource = "POLICY" | "BUCKET_ACL";

export type ExternalAccessAnswer =
  | { readonly answer: "known"; readonly access: readonly ExternalAccess[] }
  | { readonly answer: "unknown"; readonly construct: string };

export interface ExternalOptions extends PublicOptions {
  readonly account: string;
  /** Of the account, as bucket policies may name it. */
  readonly canonicalId?: string;
  /** What the bucket's ACL grants, as `aclStatements` has it. Each Deny of the policy counts for it too. */
  readonly acl?: Policy;
}

/**
 * Every principal outside the account that some request is granted to, once for each set of conditions. A Deny counts; services do not,
 * because they are not another's. `policy` is undefined for a bucket that has an ACL alone.
 */
export function externalAccess(policy: Policy | undefined, options: ExternalOptions): ExternalAccessAnswer {
  return decided((): ExternalAccessAnswer => {
    const isPublicBucket = policy !== undefined && isPublicPolicy(policy);
    if (options.restrictPublicBuckets === true && isPublicBucket) return { answer: "known", access: [] };
    const { account } = options;
    const budget = new Budget(options.steps ?? defaultSteps);
    const found = new Map<string, ExternalAccess>();
    const denies = policy?.statements.filter(({ effect }) => effect === "Deny") ?? [];
    for (const { document, statement, source } of grantsOf(policy, options.acl))
      for (const { principal, only } of namedOutside(statement, options)) {
        const asked = { ...(policy ?? document), statements: [only, ...denies] };
        const witness = outsideAccess(asked, { account, budget }).find(({ who }) => who !== "service")?.witness;
        if (witness === undefined) continue;
        const isPublic = principal.name === "*" && isPublicPolicy({ ...document, statements: [statement] });
        add(found, {
          principal,
          actions: actionsOf(statement, witness),
          conditions: conditionsOf(statement),
          isPublic,
          sources: [source],
          witness,
        });
      }
    return { answer: "known", access: [...found.values()] };
  });
}

function add(found: Map<string, ExternalAccess>, one: ExternalAccess): void {
  const conditions = Object.entries(one.conditions).map((pair) => JSON.stringify(pair));
  const key = JSON.stringify([one.principal, conditions.toSorted()]);
  const before = found.get(key);
  if (before === undefined) found.set(key, one);
  else {
    const actions = [...new Set([...before.actions, ...one.actions])];
    const sources = [...new Set([...before.sources, ...one.sources])];
    found.set(key, { ...before, actions, sources, isPublic: before.isPublic || one.isPublic });
  }
}

interface Granting {
  readonly document: Policy;
  readonly statement: Statement;
  readonly source: AccessSource;
}

function grantsOf(policy: Policy | undefined, acl: Policy | undefined): readonly Granting[] {
  const of = (document: Policy | undefined, source: AccessSource): readonly Granting[] =>
    document?.statements.map((statement) => ({ document, statement, source })) ?? [];
  return [...of(policy, "POLICY"), ...of(acl, "BUCKET_ACL")];
}

interface Named {
  readonly principal: ExternalPrincipal;
  /** The statement for this principal alone. */
  readonly only: Statement;
}

function namedOutside(statement: Statement, options: ExternalOptions): readonly Named[] {
  const { effect, principal } = statement;
  if (effect !== "Allow" || principal === undefined) return [];
  // An Allow for all but somebody is for everyone else.
  if (principal.negated) return [{ principal: { type: "AWS", name: "*" }, only: statement }];
  return principal.entries.flatMap((entry) => {
    const named = nameOutside(entry, options);
    return named === undefined
      ? []
      : [{ principal: named, only: { ...statement, principal: { ...principal, entries: [entry] } } }];
  });
}

/** Undefined: a principal of the account itself, a service, or one that is gone. */
function nameOutside(entry: PrincipalEntry, { account, canonicalId }: ExternalOptions): ExternalPrincipal | undefined {
  switch (entry.kind) {
    case "everyone":
      return { type: "AWS", name: "*" };
    case "account":
      return entry.accountId === account ? undefined : { type: "AWS", name: entry.accountId };
    case "user":
    case "role":
    case "role-session":
    case "federated-user":
      return entry.arn.split(":")[4] === account ? undefined : { type: "AWS", name: entry.arn };
    case "canonical-user":
      return entry.id === canonicalId ? undefined : { type: "CanonicalUser", name: entry.id };
    case "federated":
      return { type: "Federated", name: entry.provider };
    case "unique-id": // of a principal that is gone: nobody gets its id again
    case "service":
      return undefined;
  }
}

function actionsOf({ action }: Statement, witness: Witness): readonly string[] {
  return action.negated ? [witness.action] : action.patterns.map(({ text }) => text);
}

/** Operators by which the key has one of the values. */
const plain: ReadonlySet<string> = new Set(["StringEquals", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "Bool"]);

function conditionsOf({ conditions }: Statement): Readonly<Record<string, string>> {
  const texts = new Map<string, string>();
  for (const condition of conditions) {
    const before = texts.get(condition.key);
    const text = conditionText(condition);
    texts.set(condition.key, before === undefined ? text : `${before}; ${text}`);
  }
  return Object.fromEntries(texts);
}

function conditionText({ written, values }: Condition): string {
  const listed = values.map(({ text }) => text).join(", ");
  return plain.has(written) ? listed : `${written}: ${listed}`;
}
