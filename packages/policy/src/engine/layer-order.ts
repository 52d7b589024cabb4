/** The order of the layers, for every walk over them. */
import type { AccessRequest, Principal, StatementPlace } from "../model/request.ts";
import type { Layers, NamedProgram } from "./program.ts";
import { type LayerIndex, layerIndex, type Ruling, UNDECIDED } from "./ruling.ts";

/** What a walk does with each level. Both answer a ruling, which ends the walk, or `UNDECIDED`. */
export interface LevelVisitor {
  /** A list of attached policies, which may be empty. `before`: how many policies of the same layer precede it. */
  readonly list: (
    policies: readonly NamedProgram[],
    layer: LayerIndex,
    before: number,
    request: AccessRequest,
    text: string,
  ) => Ruling;
  /** The one policy of its layer. */
  readonly one: (
    policy: NamedProgram,
    layer: LayerIndex,
    place: StatementPlace,
    request: AccessRequest,
    text: string,
  ) => Ruling;
}

/** Anonymous callers, AWS services and those whom a token names belong to no account, so they have no policies of their own. */
export function hasAccount(principal: Principal): principal is Extract<Principal, { accountId: string }> {
  return "accountId" in principal;
}

/**
 * Visits guardrails, resource, identity, boundary and sessions, in this order, until the visitor answers a ruling.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export function visitLevels(layers: Layers, request: AccessRequest, text: string, visitor: LevelVisitor): Ruling {
  const { guardrails, resource, identity, boundary, sessions } = layers;
  let found = visitLists(guardrails, layerIndex.guardrail, request, text, visitor);
  if (found !== UNDECIDED) return found;
  if (resource !== "none") {
    found = visitor.one(resource.policy, layerIndex.resource, resource.kind, request, text);
    if (found !== UNDECIDED) return found;
  }
  found = visitor.list(identity, layerIndex.identity, 0, request, text);
  if (found !== UNDECIDED) return found;
  if (boundary !== "none") {
    found = visitor.one(boundary, layerIndex.boundary, "attached", request, text);
    if (found !== UNDECIDED) return found;
  }
  return visitLists(sessions, layerIndex.session, request, text, visitor);
}

function visitLists(
  lists: readonly (readonly NamedProgram[])[],
  layer: LayerIndex,
  request: AccessRequest,
  text: string,
  visitor: LevelVisitor,
): Ruling {
  let before = 0;
  for (const list of lists) {
    const found = visitor.list(list, layer, before, request, text);
    if (found !== UNDECIDED) return found;
    before += list.length;
  }
  return UNDECIDED;
}
