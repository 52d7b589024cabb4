/** A policy that is proved to be narrower than what a user or role has, and to allow all that it used. */
import { compareLayers } from "../compare/compare-layers.ts";
import { compilePolicy } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import type { Layers } from "../engine/program.ts";
import { isAllowed } from "../engine/ruling.ts";
import { principalContext } from "../model/principal-context.ts";
import type { Principal } from "../model/request.ts";
import { parsePolicy } from "../parse/parse.ts";
import { type StatementText, tightenedStatements } from "./tighten.ts";
import { maxUsedRequests, type UsedRequest } from "./used-requests.ts";

export interface NarrowerQuestion {
  /** What decides about the user or role now. */
  readonly layers: Layers;
  readonly principal: Extract<Principal, { readonly accountId: string }>;
  readonly tags: ReadonlyMap<string, string>;
  /** Of the user or role. */
  readonly arn: string;
  readonly used: readonly UsedRequest[];
  /** Characters of a policy that IAM takes. */
  readonly maxLength: number;
  /** How much work one comparison may cost; absent: a few seconds. */
  readonly steps?: number;
}

/** Characters of an inline policy. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const maxInlineLength = { user: 2048, role: 10_240 } as const;

export type NarrowerPolicy =
  | { readonly kind: "unused" | "as-used" }
  | { readonly kind: "not-decided"; readonly why: string }
  | {
      readonly kind: "narrower";
      /** The one policy in place of all that it has. */
      readonly document: { readonly Version: string; readonly Statement: readonly StatementText[] };
      readonly actions: readonly string[];
      /** Requests of the record that it was tried with. */
      readonly tried: number;
    };

/** First a policy with the resources that were used, then, where that is too long or not decided, with the patterns that they are in. */
export function narrowerPolicy(question: NarrowerQuestion): NarrowerPolicy {
  const { layers, arn, used, maxLength } = question;
  if (layers.identity.length === 0) return { kind: "as-used" };
  if (used.length === 0) return { kind: "unused" };
  if (used.length >= maxUsedRequests)
    return {
      kind: "not-decided",
      why: `it made more than ${maxUsedRequests} different requests; take a shorter window`,
    };
  if (layers.identity.some(({ program }) => program === "unreadable"))
    return { kind: "not-decided", why: "one of its policies cannot be read" };
  const policies = layers.identity.flatMap(({ program }) => (program === "unreadable" ? [] : [program.source]));
  let why = "no narrower policy was found";
  for (const precise of [true, false]) {
    const statements = tightenedStatements(policies, used, precise);
    // It used only what others let it do: policies of buckets.
    if (!statements.some(({ Effect }) => Effect === "Allow")) return { kind: "unused" };
    const document = { Version: "2012-10-17", Statement: statements };
    const text = JSON.stringify(document);
    if (text.length > maxLength) {
      why = `the policy would have ${text.length} characters, and IAM takes ${maxLength}`;
      continue;
    }
    const { policy } = parsePolicy(text, "identity");
    if (policy === undefined) {
      why = "what was used cannot be written as a policy";
      continue;
    }
    const after = { ...layers, identity: [{ name: "tightened", program: compilePolicy(policy) }] };
    const lost = lostRequest(question, after);
    if (lost !== undefined) {
      why = `it would lose ${lost}`;
      continue;
    }
    const { change, ...more } = compareLayers(layers, after, arn, question.steps);
    if (change === "same") return { kind: "as-used" };
    if (change === "narrower") {
      const actions = [...new Set(used.map(({ action }) => action))].toSorted();
      return { kind: "narrower", document, actions, tried: used.length };
    }
    if ("construct" in more) why = `that it is narrower is not decided, because of ${more.construct}`;
  }
  return { kind: "not-decided", why };
}

/** A request of the record that was allowed and would not be any more. */
function lostRequest({ layers, principal, tags, used }: NarrowerQuestion, after: Layers): string | undefined {
  const own = principalContext(principal, { tags });
  for (const { action, resource, resourceAccount, context: sent } of used) {
    const context = (key: string) => sent.get(key.toLowerCase()) ?? own.get(key.toLowerCase());
    const asked = { action, resource, context, resourceAccount: resourceAccount ?? principal.accountId };
    const request = { principal, ...asked };
    if (isAllowed(decide(layers, request)) && !isAllowed(decide(after, request))) return `${action} on ${resource}`;
  }
  return undefined;
}
