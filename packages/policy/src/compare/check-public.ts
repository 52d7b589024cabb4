/** Whether anybody outside an account can do anything by a resource's policy, and with which request. */
import { compilePolicy } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import type { Layers } from "../engine/program.ts";
import { isAllowed } from "../engine/ruling.ts";
import type { Policy } from "../model/policy.ts";
import { parsePolicy } from "../parse/parse.ts";
import { decided, replayDiffers } from "./answer.ts";
import { Budget, CannotDecide, defaultSteps } from "./budget.ts";
import type { Caller } from "./callers.ts";
import { accountBut, otherAccount, writtenIn } from "./account-numbers.ts";
import { resourceCallers, tokenCallers } from "./policy-callers.ts";
import { allOf, not } from "./formula.ts";
import { isPublicPolicy } from "./public-policy.ts";
import { findRequest } from "./solve.ts";
import { denyFormula, grantFormula, Sets } from "./statements.ts";
import { requestOf, type Witness } from "./witness.ts";

export interface PublicOptions {
  /** The account that owns the resource. Without it, accounts that the policy names may be the owner's and are not counted as outside. */
  readonly account?: string;
  /** The bucket's public access block has `RestrictPublicBuckets`: a public policy then serves nobody outside the account. */
  readonly restrictPublicBuckets?: boolean;
  readonly steps?: number;
}

/** As `PublicOptions`, for several questions about one policy with one number of steps. */
export interface OutsideOptions extends Omit<PublicOptions, "steps"> {
  readonly budget: Budget;
}

/**
 * `everyone`: also callers without an account. `any-account`: whoever has one. `provider`: whoever signs in through an identity provider.
 * `service`: an AWS service, which is not public.
 */
export interface OutsideAccess {
  readonly who: "everyone" | "any-account" | "provider" | "account" | "service";
  /** The provider, the account's number or the service's name; undefined for everyone, any account and any service. */
  readonly name: string | undefined;
  readonly witness: Witness;
}

export type PublicAnswer =
  /** Nobody outside; services may have access all the same. */
  | { readonly answer: "yes"; readonly outside: readonly OutsideAccess[] }
  | { readonly answer: "no"; readonly outside: readonly OutsideAccess[] }
  | { readonly answer: "unknown"; readonly construct: string };

export function checkPublic(policy: Policy, options: PublicOptions = {}): PublicAnswer {
  return decided(() => {
    const outside = outsideAccess(policy, { ...options, budget: new Budget(options.steps ?? defaultSteps) });
    return { answer: outside.every(({ who }) => who === "service") ? "yes" : "no", outside };
  });
}

/** @throws {CannotDecide} */
export function outsideAccess(
  policy: Policy,
  { account, restrictPublicBuckets = false, budget }: OutsideOptions,
): readonly OutsideAccess[] {
  const isRestricted = restrictPublicBuckets && isPublicPolicy(policy);
  const stranger = otherAccount([policy]);
  const written = writtenIn([policy]);
  const owner = account ?? accountBut((one) => one === stranger || written.includes(one));
  const found = new Map<string, OutsideAccess>();
  const sets = new Sets();
  const place = policy.statements.every(({ resource }) => resource === undefined) ? "trust" : "resource";
  const layers = alone(policy, place);
  for (const caller of callersOf(policy, place, budget)) {
    budget.spend(policy.statements.length);
    const group = groupOf(caller, stranger);
    if (group.name === owner || (group.who === "account" && account === undefined)) continue;
    if (isRestricted && group.who !== "service") continue;
    const key = `${group.who} ${group.name ?? ""}`;
    if (found.has(key) || isPartOfAnother(group, found)) continue;
    const asked = { sets, principal: caller.principal };
    const scene = { caller, policies: [policy], sets, budget, theories: new Map(), resourceAccount: owner };
    const formula = allOf([grantFormula(asked, policy, "account", place), not(denyFormula(asked, policy, place))]);
    const witness = findRequest(scene, formula);
    if (witness === undefined) continue;
    if (!isAllowed(decide(layers, requestOf(witness)))) throw new CannotDecide(replayDiffers);
    found.set(key, { ...group, witness });
  }
  return [...found.values()];
}

/** Whom a token names before whoever has a session by it: both are let in by a trust policy that names the provider. */
function* callersOf(policy: Policy, place: "resource" | "trust", budget: Budget): Generator<Caller> {
  if (place === "trust") yield* tokenCallers([policy]);
  yield* resourceCallers([policy], budget);
}

type Group = Pick<OutsideAccess, "who" | "name">;

function groupOf({ principal, named }: Caller, stranger: string): Group {
  if (principal.kind === "anonymous") return { who: "everyone", name: undefined };
  if (principal.kind === "web-identity") return { who: "provider", name: principal.provider };
  if (principal.kind === "service") return { who: "service", name: named ? principal.service : undefined };
  if (principal.accountId !== stranger) return { who: "account", name: principal.accountId };
  const provider = principal.kind === "role-session" ? principal.provider : undefined;
  return { who: provider === undefined ? "any-account" : "provider", name: provider };
}

/** Where everyone is let in, a service is not another finding; nor are, where anybody with an account is, the sessions of a provider. */
function isPartOfAnother({ who, name }: Group, found: ReadonlyMap<string, unknown>): boolean {
  if (who === "service") return name === undefined && found.has("everyone ");
  return who === "provider" && found.has("any-account ");
}

/** The policy with callers whose own account lets them do everything. */
function alone(policy: Policy, kind: "resource" | "trust"): Layers {
  const everything = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };
  const own = parsePolicy(JSON.stringify(everything), "identity").policy;
  const program = own === undefined ? "unreadable" : compilePolicy(own);
  return {
    guardrails: [],
    identity: [{ name: "everything", program }],
    boundary: "none",
    sessions: [[{ name: "everything", program }]],
    resource: { kind, policy: { name: "policy", program: compilePolicy(policy) } },
  };
}
