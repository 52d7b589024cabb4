import {
  type AccessRequest,
  type ContextLookup,
  evaluate,
  type Layers,
  parseArn,
  parsePolicy,
  policySize,
  type Policy,
  type Principal,
} from "@s3-credentials/policy";
import { element, type XmlNode } from "@s3-credentials/protocol";
import type { Page } from "../../ports/identity-store.ts";
import { takeTurns } from "../../programs/turns.ts";
import { type Refusal, refuse } from "../operation.ts";

/** One simulation: every action on every resource, against the same layers. */
export interface Simulation {
  readonly principal: Principal;
  readonly accountId: string;
  readonly layers: Layers;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Folded names. */
  readonly context: ReadonlyMap<string, string | readonly string[]>;
}

const sourceTypes: Readonly<Record<string, string>> = {
  identity: "IAM Policy",
  boundary: "IAM Permissions Boundary Policy",
  resource: "Resource Policy",
  session: "Session Policy",
};

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html, one for each action and resource; only those of
 * the page are decided. `from`: how many were told before; `next`: the same of the next page.
 */
export async function evaluationResults(simulation: Simulation, from: number, limit: number): Promise<Page<XmlNode>> {
  const { actions, resources } = simulation;
  const end = Math.min(from + limit, actions.length * resources.length);
  const items: XmlNode[] = [];
  const turn = takeTurns();
  for (let at = from; at < end; at += 1) {
    await turn();
    const action = actions[Math.floor(at / resources.length)] ?? "";
    items.push(evaluationResult(simulation, action, resources[at % resources.length] ?? ""));
  }
  return { items, next: end < actions.length * resources.length ? String(end) : undefined };
}

function evaluationResult(
  { principal, accountId, layers, context }: Simulation,
  action: string,
  resource: string,
): XmlNode {
  const missing = new Set<string>();
  const lookup: ContextLookup = (key) => {
    const value = context.get(key.toLowerCase());
    if (value === undefined) missing.add(key);
    return value;
  };
  const request: AccessRequest = {
    principal,
    action,
    resource,
    resourceAccount: parseArn(resource)?.account || accountId,
    context: lookup,
  };
  const decision = evaluate(layers, request);
  const { reason, layer, statement } = decision;
  const words = { allow: "allowed", "explicit-deny": "explicitDeny", "implicit-deny": "implicitDeny" } as const;
  const within = decision
    .trace()
    .some((entry) => entry.layer === "boundary" && entry.effect === "Allow" && entry.matched);
  return element("member", [
    element("EvalActionName", action),
    element("EvalResourceName", resource),
    element("EvalDecision", words[reason]),
    element("MatchedStatements", [
      statement === undefined
        ? undefined
        : element("member", [
            element("SourcePolicyId", statement.policyName),
            element("SourcePolicyType", sourceTypes[layer] ?? "none"),
          ]),
    ]),
    element(
      "MissingContextValues",
      [...missing].map((key) => element("member", key)),
    ),
    layers.boundary === "none"
      ? undefined
      : element("PermissionsBoundaryDecisionDetail", [element("AllowedByPermissionsBoundary", within)]),
  ]);
}

/** The largest policy there is belongs to a bucket. */
const maxPolicySize = 20 * 1024;

/** A document of the request, which must be a sound one: what is asked about a broken policy is refused, not answered. */
export function givenPolicy(
  name: string,
  document: string,
  kind: "identity" | "boundary" | "resource",
): { readonly name: string; readonly policy: Policy } | Refusal {
  if (policySize(document) > maxPolicySize)
    return refuse("InvalidInput", `${name} is larger than any policy: ${maxPolicySize} characters without white space`);
  const { policy, diagnostics } = parsePolicy(document, kind);
  if (policy !== undefined) return { name, policy };
  const [fault] = diagnostics;
  return refuse("InvalidInput", `${name} is not a policy: ${fault?.message ?? "it cannot be read"}`);
}
