/** What a change of somebody's policies makes of its rights: two sets of layers over all requests at once. */
import { decide } from "../engine/decide.ts";
import type { Layers } from "../engine/program.ts";
import { grantOf } from "../engine/resource-grant.ts";
import { isAllowed } from "../engine/ruling.ts";
import { decided, replayDiffers } from "./answer.ts";
import { Budget, CannotDecide, defaultSteps } from "./budget.ts";
import { effectiveFormula, policiesOf } from "./effective.ts";
import { allOf, not } from "./formula.ts";
import { callersOf, entriesOf } from "./named-callers.ts";
import { otherAccount } from "./account-numbers.ts";
import { limitedCallers } from "./policy-callers.ts";
import { findRequest, type Scene } from "./solve.ts";
import { Sets } from "./statements.ts";
import { requestOf, type Witness } from "./witness.ts";

export type AccessChange =
  | { readonly change: "same" | "narrower" }
  /** With a request that is allowed only afterwards. Others may be allowed no more. */
  | { readonly change: "wider"; readonly witness: Witness }
  | { readonly change: "unknown"; readonly construct: string };

/**
 * Whether `after` allows something that `before` does not, all layers together. `whose`: the ARN of the user or role whose layers
 * they are, with everything open that its requests may bring along, its tags too; absent, they limit anybody: every caller of an account, and
 * whoever else a policy of the resource lets in.
 */
export function compareLayers(before: Layers, after: Layers, whose?: string, steps = defaultSteps): AccessChange {
  const gained = decided(() => ({ witness: onlyIn(after, before, whose, steps) }));
  if ("construct" in gained) return { change: "unknown", construct: gained.construct };
  if (gained.witness !== undefined) return { change: "wider", witness: gained.witness };
  // That nothing is gained is decided; when it is not known whether anything is lost, that is no less.
  const lost = decided(() => ({ witness: onlyIn(before, after, whose, steps) }));
  return { change: "construct" in lost || lost.witness !== undefined ? "narrower" : "same" };
}

/** A policy of a bucket, or the trust policy of a role. */
export type ResourceLayer = Exclude<Layers["resource"], "none">;

/**
 * The same beside policies of resources of the account, one at a time. A policy that names a user grants by itself: where a Deny or a
 * boundary ends, the user may do what the policy allows, whatever policies of its own say.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export function compareLayersBeside(
  resources: readonly ResourceLayer[],
  before: Layers,
  after: Layers,
  whose: string,
  steps = defaultSteps,
): AccessChange {
  let found = compareLayers(before, after, whose, steps);
  for (const resource of resources) {
    if (found.change === "wider" || found.change === "unknown") break;
    if (!mayGrant(resource, whose, steps)) continue;
    const beside = compareLayers({ ...before, resource }, { ...after, resource }, whose, steps);
    if (beside.change !== "same") found = beside;
  }
  return found;
}

/** Whether the policy grants somebody who acts as the user or role anything that needs no policy of its own; true when that takes too long. */
function mayGrant({ policy: { program } }: ResourceLayer, whose: string, steps: number): boolean {
  if (program === "unreadable") return true;
  const { source } = program;
  const entries = entriesOf([source]).length;
  const grants = source.statements.filter(({ effect }) => effect === "Allow");
  if (grants.length === 0) return false;
  const budget = new Budget(steps);
  const found = decided(() => {
    for (const { principal } of callersOf(whose, [source])) {
      budget.spend(1 + entries);
      if (grants.some((statement) => ["limited", "direct"].includes(grantOf(statement, principal))))
        return { may: true };
    }
    return { may: false };
  });
  return "answer" in found || found.may;
}

/** A request that the first allows and the second does not. @throws {CannotDecide} */
function onlyIn(first: Layers, second: Layers, whose: string | undefined, steps: number): Witness | undefined {
  const policies = [...policiesOf(first), ...policiesOf(second)];
  const sets = new Sets();
  const budget = new Budget(steps);
  const other = otherAccount(policies);
  const entries = entriesOf(policies).length;
  for (const caller of whose === undefined ? limitedCallers(policies, budget) : callersOf(whose, policies)) {
    budget.spend(1 + entries);
    const { principal } = caller;
    const resourceAccount = "accountId" in principal ? principal.accountId : other;
    const scene: Scene = { caller, policies, sets, budget, theories: new Map(), resourceAccount };
    const [has, lacks] = [first, second].map((layers) => effectiveFormula(sets, layers, principal, resourceAccount));
    if (has === undefined || lacks === undefined) continue;
    const witness = findRequest(scene, allOf([has, not(lacks)]));
    if (witness === undefined) continue;
    // INVARIANT: what is given as a witness was decided by the engine.
    const [one, two] = [first, second].map((layers) => isAllowed(decide(layers, requestOf(witness))));
    if (one !== true || two !== false) throw new CannotDecide(replayDiffers);
    return witness;
  }
  return undefined;
}
