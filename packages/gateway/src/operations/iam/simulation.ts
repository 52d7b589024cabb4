import {
  type AccessRequest,
  compilePolicy,
  type ContextLookup,
  type LayerName,
  type Layers,
  type LevelTrace,
  type NamedProgram,
  parseArn,
  parsePolicy,
  policySize,
  type Principal,
  trace,
  traceCost,
} from "@s3-credentials/policy";
import { element, type XmlNode } from "@s3-credentials/protocol";
import type { Page } from "../../ports/page.ts";
import type { RequestTime } from "../../ports/time-budget.ts";
import { type Refusal, refuse } from "../operation.ts";
import { policiesIn, writtenKeys } from "./written-keys.ts";

/** One simulation: every action on every resource, against the same layers. */
export interface Simulation {
  readonly principal: Principal;
  readonly accountId: string;
  readonly layers: Layers;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Whether it is about a principal of an account: every account belongs to the organization. */
  readonly inOrganization: boolean;
  /** By condition key, in lower case. */
  readonly context: ReadonlyMap<string, string | readonly string[]>;
  /** Of the request that asks. */
  readonly time: RequestTime;
}

const sourceTypes: Readonly<Record<string, string>> = {
  identity: "IAM Policy",
  boundary: "IAM Permissions Boundary Policy",
  resource: "Resource Policy",
  session: "Session Policy",
};

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html, one for each action and resource; only those of
 * the page are decided. `from`: how many results earlier pages had; `next`: the same number for the next page.
 */
export async function evaluationResults(simulation: Simulation, from: number, limit: number): Promise<Page<XmlNode>> {
  const { actions, resources } = simulation;
  const end = Math.min(from + limit, actions.length * resources.length);
  const questions = Array.from({ length: Math.max(0, end - from) }, (_, index) => {
    const at = from + index;
    return questionOf(
      simulation,
      actions[Math.floor(at / resources.length)] ?? "",
      resources[at % resources.length] ?? "",
    );
  });
  const costs = questions.map(({ request }) => traceCost(simulation.layers, request));
  const written = writtenKeys(policiesIn(simulation.layers));
  const items = await simulation.time.each(costs, (at) =>
    questions.slice(at, at + 1).map((question) => evaluationResult(simulation, written, question)),
  );
  return { items: items.flat(), next: end < actions.length * resources.length ? String(end) : undefined };
}

interface Question {
  readonly request: AccessRequest;
  /** Keys that were asked for and have no value, in lower case. */
  readonly missing: ReadonlySet<string>;
}

function questionOf({ principal, accountId, context }: Simulation, action: string, resource: string): Question {
  const missing = new Set<string>();
  const lookup: ContextLookup = (key) => {
    const value = context.get(key.toLowerCase());
    if (value === undefined) missing.add(key.toLowerCase());
    return value;
  };
  const resourceAccount = parseArn(resource)?.account || accountId;
  return { request: { principal, action, resource, resourceAccount, context: lookup }, missing };
}

function evaluationResult(
  { layers, inOrganization }: Simulation,
  written: ReadonlyMap<string, string>,
  { request, missing }: Question,
): XmlNode {
  const { decision, levels } = trace(layers, request);
  const { reason, layer, statement } = decision;
  const words = { allow: "allowed", "explicit-deny": "explicitDeny", "implicit-deny": "implicitDeny" } as const;
  // "A value of false means that either the requested action is not allowed or that the action is explicitly denied".
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_PermissionsBoundaryDecisionDetail.html
  const within = (limit: LayerName): boolean => levels.filter(({ layer: one }) => one === limit).every(allowsItself);
  return element("member", [
    element("EvalActionName", request.action),
    element("EvalResourceName", request.resource),
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
      [...missing].map((key) => element("member", written.get(key) ?? key)),
    ),
    inOrganization
      ? element("OrganizationsDecisionDetail", [element("AllowedByOrganizations", within("guardrail"))])
      : undefined,
    layers.boundary === "none"
      ? undefined
      : element("PermissionsBoundaryDecisionDetail", [element("AllowedByPermissionsBoundary", within("boundary"))]),
  ]);
}

/** Whether the policies of one level allow the request, taken alone. */
function allowsItself({ policies }: LevelTrace): boolean {
  const applying = policies.flatMap(({ statements = [] }) => statements).filter(({ applies }) => applies);
  return (
    policies.every(({ statements }) => statements !== undefined) &&
    applying.some(({ effect }) => effect === "Allow") &&
    !applying.some(({ effect }) => effect === "Deny")
  );
}

/** The largest policy there is belongs to a bucket. */
const maxPolicySize = 20 * 1024;

/** A document of the request, which must be a sound one: what is asked about a broken policy is refused, not answered. */
export function givenPolicy(
  name: string,
  document: string,
  kind: "identity" | "boundary" | "resource",
): NamedProgram | Refusal {
  if (policySize(document) > maxPolicySize)
    return refuse("InvalidInput", `${name} is larger than any policy: ${maxPolicySize} characters without white space`);
  const { policy, diagnostics } = parsePolicy(document, kind);
  if (policy !== undefined) return { name, program: compilePolicy(policy) };
  const [fault] = diagnostics;
  return refuse("InvalidInput", `${name} is not a policy: ${fault?.message ?? "it cannot be read"}`);
}
