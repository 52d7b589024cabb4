/** What somebody may do by its own policies, action by action. */
import { type CatalogAction, catalogServices, serviceActions } from "../catalog/catalog.ts";
import { type Access, accessOf, timeContext } from "./access-of.ts";
import type { PrincipalPolicies } from "./principal-policies.ts";

export interface Can {
  readonly action: CatalogAction;
  /** The resources that were asked about: all that the action has in the account, or `*`. */
  readonly resource: string;
  readonly answer: Access["answer"];
  /** Other policies allow more of it, and the permissions boundary takes that away. */
  readonly isBounded: boolean;
}

export interface CanQuestion {
  /** The account whose resources are asked about. */
  readonly account: string;
  readonly partition: string;
  readonly now: Date;
  /** Prefixes of services; undefined: all that the catalog has. */
  readonly services?: readonly string[];
}

/**
 * Every action that the catalog has, each made when it is asked for. Policies of resources are not counted: a bucket policy may allow more,
 * or deny.
 */
export function* canDo(caller: PrincipalPolicies, question: CanQuestion): Generator<Can> {
  const ask = asking(caller, question);
  const { identity, boundary } = caller.layers;
  const unbounded =
    boundary === "none" ? undefined : asking({ ...caller, layers: { identity, boundary: "none" } }, question);
  for (const service of question.services ?? catalogServices) {
    // One question says it for all actions of a service that is allowed whole, or not at all.
    const whole = ask({ action: `${service}:*`, resource: "*" }).answer;
    const mayBeBounded = unbounded !== undefined && whole !== "always";
    for (const action of serviceActions(service) ?? []) {
      const resource = resourcesOf(action, question);
      const scope = { action: action.name, resource };
      const answer = whole === "always" ? whole : ask(scope).answer;
      const isBounded = mayBeBounded && answer !== "always" && order[unbounded(scope).answer] > order[answer];
      yield { action, resource, answer, isBounded };
    }
  }
}

const order: Readonly<Record<Access["answer"], number>> = { unknown: 0, never: 0, depends: 1, always: 2 };

function asking(caller: PrincipalPolicies, { account, now }: CanQuestion): ReturnType<typeof accessOf> {
  return accessOf(caller, { resource: "none", account, context: timeContext(now) });
}

/** Of the first type of resource that the action needs: an object for GetObject, not an access point. */
function resourcesOf({ resources }: CatalogAction, { account, partition }: CanQuestion): string {
  const asked = resources.find(({ required }) => required) ?? resources[0];
  if (asked === undefined) return "*";
  const known: Readonly<Record<string, string>> = { Partition: partition, Account: account };
  return asked.arn.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => known[name] ?? "*");
}
