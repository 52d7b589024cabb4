import type { AnalyzedKind, CheckAnswer, NamedStatement } from "../../ports/policy-analysis.ts";
import { jsonList, jsonOneOf, jsonStructure, jsonText } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { askAnalysis } from "./ask-analysis.ts";
import { defineAccessAnalyzer, invalid } from "./define-access-analyzer.ts";
import { policyDocument } from "./fields.ts";
import { looksLikeTrust } from "./validate-policy.ts";

/**
 * The checks by reasoning about all requests. The messages are AWS's, because pipelines print them. What cannot be decided is an error with
 * the construct's name, and never a PASS.
 */
const policyType = jsonOneOf("IDENTITY_POLICY", "RESOURCE_POLICY");

function kindOf(type: "IDENTITY_POLICY" | "RESOURCE_POLICY", document: string): AnalyzedKind {
  if (type === "IDENTITY_POLICY") return "identity";
  return looksLikeTrust(document) ? "trust" : "resource";
}

/** What the results say. */
interface Words {
  readonly pass: string;
  readonly fail: string;
  /** Before `sid: …` or `index: …`. */
  readonly reason: string;
}

function resultOf(answer: CheckAnswer | Refusal, { pass, fail, reason }: Words): JsonResult | Refusal {
  if (isRefusal(answer)) return answer;
  switch (answer.answer) {
    case "yes":
      return { result: "PASS", message: pass };
    case "no":
      return { result: "FAIL", message: fail, reasons: answer.statements.map((one) => reasonOf(one, reason)) };
    case "invalid":
      return refuse("InvalidParameterException", `The policy document is not valid: ${answer.message}.`);
    case "unknown":
      return refuse("UnprocessableEntityException", `The check cannot be decided because of ${answer.construct}.`);
  }
}

function reasonOf({ statement, sid }: NamedStatement, reason: string) {
  const named = sid === undefined || sid === "" ? undefined : sid;
  const where = named === undefined ? `index: ${statement}` : `sid: ${named}`;
  return { description: `${reason} ${where}.`, statementIndex: statement, statementId: named };
}

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html */
export const checkNoNewAccess = defineAccessAnalyzer({
  name: "CheckNoNewAccess",
  fields: { newPolicyDocument: policyDocument, existingPolicyDocument: policyDocument, policyType },
  async run(_grant, { newPolicyDocument, existingPolicyDocument, policyType: type }, context) {
    const of = kindOf(type, newPolicyDocument);
    const question = {
      kind: "no-new-access",
      document: newPolicyDocument,
      existing: existingPolicyDocument,
      of,
    } as const;
    return resultOf(await askAnalysis(context, question), {
      pass: "The modified permissions do not grant new access compared to your existing policy.",
      fail: "The modified permissions grant new access compared to your existing policy.",
      reason: "New access in the statement with",
    });
  },
});

const named = jsonList(jsonText({ max: 2048 }), 100);

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckAccessNotGranted.html */
export const checkAccessNotGranted = defineAccessAnalyzer({
  name: "CheckAccessNotGranted",
  fields: { policyDocument, access: jsonList(jsonStructure({ actions: named, resources: named }), 1), policyType },
  async run(_grant, { policyDocument: document, access: [access], policyType: type }, context) {
    if (access === undefined || (access.actions.length === 0 && access.resources.length === 0))
      return invalid("access must name actions or resources.", "fieldValidationFailed");
    const of = kindOf(type, document);
    const what = access.resources.length === 0 ? "listed actions" : "listed actions or resources";
    return resultOf(await askAnalysis(context, { kind: "not-granted", document, of, access }), {
      pass: `The policy document does not grant access to perform one or more of the ${what}.`,
      fail: `The policy document grants access to perform one or more of the ${what}.`,
      reason: `One or more of the ${what} in the statement with`,
    });
  },
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html */
export const checkNoPublicAccess = defineAccessAnalyzer({
  name: "CheckNoPublicAccess",
  fields: { policyDocument, resourceType: jsonText({ max: 128 }) },
  async run(_grant, { policyDocument: document, resourceType }, context) {
    const kinds: Readonly<Record<string, AnalyzedKind>> = {
      "AWS::S3::Bucket": "resource",
      "AWS::IAM::AssumeRolePolicyDocument": "trust",
    };
    const of = Object.hasOwn(kinds, resourceType) ? kinds[resourceType] : undefined;
    if (of === undefined) return refuse("NotImplemented", `The resource type ${resourceType} is not implemented.`);
    return resultOf(await askAnalysis(context, { kind: "not-public", document, of }), {
      pass: "The resource policy does not grant public access for the given resource type.",
      fail: "The resource policy grants public access for the given resource type.",
      reason: "Public access granted in the following statement with",
    });
  },
});
