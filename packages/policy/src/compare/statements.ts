/** Statements and documents as formulas, for one caller. */
import { matchPrincipal, type PrincipalMatch } from "../match/principal-match.ts";
import { grantOf } from "../engine/resource-grant.ts";
import type { ActionPattern, Condition, Effect, PatternPart, Policy, Statement } from "../model/policy.ts";
import type { Principal, StatementPlace } from "../model/request.ts";
import { allOf, anyOf, type Formula, literal, never, type ValueSet } from "./formula.ts";
import { dimensionOfKey } from "./key-domain.ts";
import { ACTION, RESOURCE } from "./theory.ts";

/** The sets of one question. Equal sets are one, so that a set has one number. */
export class Sets {
  readonly #known = new Map<string, ValueSet>();

  #get(key: string, make: (id: number) => ValueSet): ValueSet {
    let set = this.#known.get(key);
    if (set === undefined) this.#known.set(key, (set = make(this.#known.size)));
    return set;
  }

  action(patterns: readonly ActionPattern[]): ValueSet {
    const key = `a ${patterns.map(({ service, name }) => `${service}:${name}`).join()}`;
    return this.#get(key, (id) => ({ id, kind: "action", patterns }));
  }

  resource(patterns: readonly (readonly PatternPart[])[]): ValueSet {
    return this.#get(`r ${JSON.stringify(patterns)}`, (id) => ({ id, kind: "resource", patterns }));
  }

  texts(texts: readonly string[]): ValueSet {
    return this.#get(`t ${JSON.stringify(texts)}`, (id) => ({ id, kind: "texts", texts }));
  }

  condition(condition: Condition, effect: Effect): ValueSet {
    const { operator, set, ifExists, key, values } = condition;
    const parts = values.map((value) => value.parts);
    const name = `c ${effect} ${set ?? ""} ${operator} ${ifExists} ${key.toLowerCase()} ${JSON.stringify(parts)}`;
    return this.#get(name, (id) => ({ id, kind: "condition", condition, effect }));
  }
}

/** When the statement applies to a request of the caller: all but its principal. */
export function appliesFormula(
  sets: Sets,
  { action, resource, conditions, effect }: Statement,
  place: StatementPlace,
): Formula {
  const parts: Formula[] = [literal(ACTION, sets.action(action.patterns), !action.negated)];
  if (resource !== undefined) {
    const patterns = resource.patterns.map((pattern) => pattern.parts);
    parts.push(literal(RESOURCE, sets.resource(patterns), !resource.negated));
  } else if (place !== "trust" && effect === "Allow") return never;
  for (const condition of conditions)
    parts.push(literal(dimensionOfKey(condition.key), sets.condition(condition, effect)));
  return allOf(parts);
}

export interface Asked {
  readonly sets: Sets;
  readonly principal: Principal;
  /** The caller has a permissions boundary: see `matchPrincipal`. */
  readonly bounded?: boolean;
}

export function denyFormula(
  { sets, principal, bounded = false }: Asked,
  policy: Policy,
  place: StatementPlace,
): Formula {
  return anyOf(
    policy.statements
      .filter(({ effect, principal: element }) => {
        if (effect !== "Deny") return false;
        if ((element === undefined) !== (place === "attached")) return true;
        return element === undefined || matchPrincipal(element, "Deny", principal, bounded) !== "none";
      })
      .map((statement) => appliesFormula(sets, statement, place)),
  );
}

/** What an attached policy allows, but for its Denies. */
export function allowFormula(sets: Sets, policy: Policy): Formula {
  return anyOf(
    policy.statements
      .filter(({ effect, principal }) => effect === "Allow" && principal === undefined)
      .map((statement) => appliesFormula(sets, statement, "attached")),
  );
}

const strengths = ["none", "account", "limited", "direct"] as const satisfies readonly PrincipalMatch[];

/** What a resource's policy grants the caller with at least this strength, but for its Denies. */
export function grantFormula(
  { sets, principal }: Asked,
  policy: Policy,
  least: Exclude<PrincipalMatch, "none">,
  place: StatementPlace,
): Formula {
  return anyOf(
    policy.statements
      .filter(
        (statement) =>
          statement.effect === "Allow" && strengths.indexOf(grantOf(statement, principal)) >= strengths.indexOf(least),
      )
      .map((statement) => appliesFormula(sets, statement, place)),
  );
}

/** Requests about `*` are made for actions without a resource; S3's are about `arn:aws:s3:::*` then. */
export function possibleRequests(sets: Sets): Formula {
  const s3 = literal(ACTION, sets.action([{ text: "s3:*", service: "s3", name: "*" }]), false);
  const star = literal(RESOURCE, sets.texts(["*"]), false);
  return anyOf([star, s3]);
}

/** They need no permission, so that no policy decides about them: see `needsNoPermission`. */
export function freeActions(sets: Sets): Formula {
  return literal(ACTION, sets.texts(["sts:getcalleridentity", "sts:getsessiontoken"]));
}
