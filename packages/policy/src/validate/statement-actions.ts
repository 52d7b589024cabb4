import { type CatalogAction, catalogServices, serviceActions } from "../catalog/catalog.ts";
import { matchAction } from "../match/action.ts";
import type { ActionPattern, Statement } from "../model/policy.ts";

const every = catalogServices.flatMap((service) => serviceActions(service) ?? []);

/** The actions of the catalog a pattern means; none for a misspelt one or one of another service. */
export function actionsMatching(pattern: ActionPattern): readonly CatalogAction[] {
  return every.filter(({ name }) => matchAction(pattern, name));
}

/** The actions of the catalog a statement speaks of, also with `NotAction`. */
export function actionsOfStatement({ action }: Statement): readonly CatalogAction[] {
  return every.filter(({ name }) => action.patterns.some((pattern) => matchAction(pattern, name)) !== action.negated);
}

/** Whether the pattern may mean actions the catalog does not hold. */
export function isBeyondCatalog({ service }: ActionPattern): boolean {
  return service !== "*" && !catalogServices.includes(service);
}

export function mayAllow(statement: Statement, action: string): boolean {
  const { effect, action: element } = statement;
  return effect === "Allow" && element.patterns.some((pattern) => matchAction(pattern, action)) !== element.negated;
}
