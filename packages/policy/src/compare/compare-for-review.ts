/** Two documents as a reviewer means it, also when they only deny: control policies, the perimeter of a bucket. */
import type { Policy } from "../model/policy.ts";
import { parsePolicy } from "../parse/parse.ts";
import { type CompareOptions, comparePolicies, type Comparison } from "./compare-policies.ts";

export interface ReviewedComparison extends Comparison {
  /**
   * Neither document has an Allow. By itself such a document allows nothing, and a Deny that is gone would change nothing: what is compared is
   * what they leave of what other policies allow. The `statement` of a difference is then one past the last.
   */
  readonly onlyDenies: boolean;
}

export function compareForReview(left: Policy, right: Policy, options: CompareOptions = {}): ReviewedComparison {
  const [leftRest, rightRest] = [left, right].map(whatIsLeft);
  if (leftRest === undefined || rightRest === undefined)
    return { ...comparePolicies(left, right, options), onlyDenies: false };
  return { ...comparePolicies(leftRest, rightRest, { ...options, everybody: true }), onlyDenies: true };
}

/** Everything but what the document denies; undefined for one that allows something, and for a trust policy, beside which none counts. */
function whatIsLeft(policy: Policy): Policy | undefined {
  const { statements } = policy;
  if (statements.some(({ effect, resource }) => effect === "Allow" || resource === undefined)) return undefined;
  const isOfResource = statements.some(({ principal }) => principal !== undefined);
  const all = { Effect: "Allow", ...(isOfResource ? { Principal: "*" } : {}), Action: "*", Resource: "*" };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: all });
  const everything = parsePolicy(text, isOfResource ? "resource" : "identity").policy?.statements ?? [];
  return { ...policy, statements: [...statements, ...everything] };
}
