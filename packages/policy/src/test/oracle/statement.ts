/**
 * Whether one statement is about a request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import { evaluateCondition } from "../../condition/evaluate-condition.ts";
import { applies, type Outcome } from "../../condition/outcome.ts";
import { matchAction } from "../../match/action.ts";
import { matchResource } from "../../match/resource.ts";
import type { Condition, Statement, TextPattern } from "../../model/policy.ts";
import { matchPrincipal } from "../../match/principal-match.ts";
import type { AccessRequest, StatementElement, StatementPlace } from "../../model/request.ts";

/** The first element that keeps the statement from applying; undefined when it applies. */
export function failingElement(
  statement: Statement,
  request: AccessRequest,
  place: StatementPlace,
): StatementElement | undefined {
  if (!principalMatches(statement, request, place)) return "principal";
  if (!actionMatches(statement, request.action)) return "action";
  if (!applies(resourceOutcome(statement, request, place), statement.effect)) return "resource";
  return failingCondition(statement, request) === undefined ? undefined : "condition";
}

/** All conditions must hold: "AND" between operators and between keys. */
function failingCondition(statement: Statement, request: AccessRequest): Condition | undefined {
  return statement.conditions.find(
    (condition) => !applies(evaluateCondition(condition, request.context), statement.effect),
  );
}

function principalMatches(statement: Statement, request: AccessRequest, place: StatementPlace): boolean {
  // INVARIANT: the parser refuses a principal where none is allowed, and a missing one where one is needed; a statement that
  // has it all the same grants nothing and denies everybody.
  if ((statement.principal === undefined) !== (place === "attached")) return statement.effect === "Deny";
  if (statement.principal === undefined) return true;
  return matchPrincipal(statement.principal, statement.effect, request.principal, request.bounded === true) !== "none";
}

function actionMatches(statement: Statement, action: string): boolean {
  const { negated, patterns } = statement.action;
  return patterns.some((pattern) => matchAction(pattern, action)) !== negated;
}

function resourceOutcome(statement: Statement, request: AccessRequest, place: StatementPlace): Outcome {
  // A trust policy has no Resource element: it applies to its own role.
  if (statement.resource === undefined) return place === "trust" ? "match" : "indeterminate";
  const { negated, patterns } = statement.resource;
  return patterns.some((pattern) => resourceMatches(pattern, request)) !== negated ? "match" : "miss";
}

/**
 * An action without a resource is asked with `*`, which only a pattern for everything covers. For S3's such actions
 * (`s3:ListAllMyBuckets`) the documentation writes `arn:aws:s3:::*` as well:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_s3_home-directory-console.html
 */
function resourceMatches(pattern: TextPattern, request: AccessRequest): boolean {
  if (matchResource(pattern, request.resource, request.context)) return true;
  return request.resource === "*" && isS3(request) && matchResource(pattern, "arn:aws:s3:::*", request.context);
}

function isS3(request: AccessRequest): boolean {
  return request.action.slice(0, 3).toLowerCase() === "s3:";
}
