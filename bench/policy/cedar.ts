/** Cedar's engine (WebAssembly), with the workload's policies translated and parsed beforehand. */
import { createRequire } from "node:module";
import type * as CedarWasm from "@cedar-policy/cedar-wasm/nodejs";
import type { AccessRequest, Policy } from "@s3-credentials/policy";
import { policyDocument } from "@s3-credentials/policy";
import type { Contender } from "./contenders.ts";
import { ann, type Workload } from "./workload.ts";

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

/** One of these patterns holds. Cedar's `*` is IAM's; it has no `?`. */
function like(what: string, patterns: string | readonly string[]): string {
  return `(${listOf(patterns)
    .map((pattern) => `${what} like ${JSON.stringify(pattern)}`)
    .join(" || ")})`;
}

/** The resource's ARN and the condition keys are in the context: a Cedar entity has no pattern of its own. */
function cedarPolicy({ Effect, Action, Resource, Condition = {} }: Statement): string {
  const actions = listOf(Action).map((action) => `Action::${JSON.stringify(action)}`);
  const conditions = Object.entries(Condition).flatMap(([operator, keys]) => {
    if (operator !== "StringLike") throw new Error(`no translation for ${operator}`);
    return Object.entries(keys).map(([key, patterns]) => {
      const name = key.replaceAll(/\W/g, "_");
      return `(context has ${name} && ${like(`context.${name}`, patterns)})`;
    });
  });
  const when = [like("context.resource", Resource), ...conditions].join(" && ");
  const word = Effect === "Allow" ? "permit" : "forbid";
  return `${word}(principal == User::"ann", action in [${actions.join(", ")}], resource) when { ${when} };`;
}

function statementsOf(policy: Policy | "unreadable"): readonly Statement[] {
  if (policy === "unreadable") throw new Error("an unreadable policy");
  const { Statement } = policyDocument(policy) as unknown as { readonly Statement: Statement | readonly Statement[] };
  return Array.isArray(Statement) ? (Statement as readonly Statement[]) : [Statement as Statement];
}

function callOf({ action, resource, context }: AccessRequest, setId: string): CedarWasm.StatefulAuthorizationCall {
  const prefix = context("s3:prefix");
  return {
    principal: { type: "User", id: ann.userName },
    action: { type: "Action", id: action },
    resource: { type: "Object", id: resource },
    context: { resource, ...(typeof prefix === "string" ? { s3_prefix: prefix } : {}) },
    preparsedPolicySetId: setId,
    entities: [],
  };
}

function canTranslate({ name }: Workload): boolean {
  return name !== "decide-managed"; // Cedar has no policy variables
}

export const cedar: Contender = {
  name: "Cedar (wasm)",
  prepare(workload) {
    if (!canTranslate(workload)) return undefined;
    // CommonJS: its other builds are for bundlers.
    const wasm = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs") as typeof CedarWasm;
    const { identity, resource } = workload.layers;
    const policies = [...identity, ...(resource === "none" ? [] : [resource.policy])];
    const text = policies.flatMap(({ policy }) => statementsOf(policy).map(cedarPolicy)).join("\n");
    const parsed = wasm.preparsePolicySet(workload.name, { staticPolicies: text });
    if (parsed.type === "failure") throw new Error(JSON.stringify(parsed.errors));
    const calls = workload.requests.map((request) => callOf(request, workload.name));
    return (at) => {
      const call = calls[at];
      if (call === undefined) return false;
      const answer = wasm.statefulIsAuthorized(call);
      if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
      return answer.response.decision === "allow";
    };
  },
};
