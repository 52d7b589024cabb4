import { type Finding, lineStarts, type PolicyUse, regionOf, type Severity } from "@s3-credentials/policy";
import { jsonDefault, jsonOneOf, jsonOptional } from "../json/json-fields.ts";
import type { JsonOutput } from "../json/json-value.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { askAnalysis } from "./ask-analysis.ts";
import { defineAccessAnalyzer, invalid } from "./define-access-analyzer.ts";
import { pageFields, policyDocument, positionOf, tokenOf } from "./fields.ts";
import { issueOf } from "./issue-codes.ts";

/** The findings of `validate-policy`. https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html */
export const validatePolicy = defineAccessAnalyzer({
  name: "ValidatePolicy",
  fields: {
    policyDocument,
    policyType: jsonOneOf("IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"),
    validatePolicyResourceType: jsonOptional(
      jsonOneOf(
        "AWS::S3::Bucket",
        "AWS::IAM::AssumeRolePolicyDocument",
        "AWS::S3::AccessPoint",
        "AWS::S3::MultiRegionAccessPoint",
        "AWS::S3ObjectLambda::AccessPoint",
        "AWS::DynamoDB::Table",
      ),
    ),
    locale: jsonDefault(jsonOneOf("EN", "DE", "ES", "FR", "IT", "JA", "KO", "PT_BR", "ZH_CN", "ZH_TW"), "EN"),
    ...pageFields,
  },
  async run(_grant, values, context) {
    if (values.locale !== "EN") return refuse("NotImplemented", "locale is not implemented: findings are in English.");
    const use = useOf(values);
    if (isRefusal(use)) return use;
    const position = positionOf(values.nextToken);
    if (isRefusal(position)) return position;
    const from = Number(position ?? "0");
    if (!Number.isSafeInteger(from) || from < 0) return invalid("The nextToken is not valid.", "other");
    const found = await askAnalysis(context, { kind: "validate", document: values.policyDocument, use });
    if (isRefusal(found)) return found;
    const starts = lineStarts(values.policyDocument);
    const to = from + values.maxResults;
    return {
      findings: found.slice(from, to).map((finding) => findingOf(finding, use, values.policyDocument, starts)),
      nextToken: to < found.length ? tokenOf(String(to)) : undefined,
    };
  },
});

function useOf(values: {
  readonly policyType: string;
  readonly validatePolicyResourceType: string | undefined;
  readonly policyDocument: string;
}): PolicyUse | Refusal {
  const { policyType, validatePolicyResourceType: type } = values;
  if (type !== undefined && policyType !== "RESOURCE_POLICY")
    return invalid("validatePolicyResourceType goes with the policyType RESOURCE_POLICY.", "other");
  if (type === "AWS::S3::Bucket") return "resource";
  if (type === "AWS::IAM::AssumeRolePolicyDocument") return "trust";
  if (type !== undefined) return refuse("NotImplemented", `The resource type ${type} is not implemented.`);
  if (policyType === "IDENTITY_POLICY") return "identity";
  if (policyType === "SERVICE_CONTROL_POLICY") return "guardrail";
  if (policyType === "RESOURCE_CONTROL_POLICY") return "resource-guardrail";
  return looksLikeTrust(values.policyDocument) ? "trust" : "resource";
}

/** Only trust policies name no resource. A document that is none at all is checked as a bucket's. */
export function looksLikeTrust(document: string): boolean {
  return !/"(?:Not)?Resource"/.test(document) && /"sts:/i.test(document);
}

const findingTypes = {
  error: "ERROR",
  "security-warning": "SECURITY_WARNING",
  warning: "WARNING",
  suggestion: "SUGGESTION",
} as const satisfies Record<Severity, string>;

function findingOf(finding: Finding, use: PolicyUse, text: string, starts: readonly number[]): JsonOutput {
  const { code, severity, message, help, span, pointer } = finding;
  const region = regionOf(span, starts);
  return {
    findingType: findingTypes[severity],
    ...issueOf(code, use),
    findingDetails: [message, help].flatMap((one) => (one === undefined ? [] : [sentence(one)])).join(" "),
    locations: [
      {
        path: pathOf(pointer, isName(text, span.end)),
        span: {
          start: { line: region.startLine, column: region.startColumn - 1, offset: span.start },
          end: { line: region.endLine, column: region.endColumn - 1, offset: span.end },
        },
      },
    ],
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}

/** Whether what ends here is the name of a member: a colon follows. */
function isName(text: string, end: number): boolean {
  return /^\s*:/.test(text.slice(end, end + 256));
}

/** A JSON pointer as the API writes it. The last part is a `key` when the name of the member is concerned, and not its value. */
function pathOf(pointer: string, isKey: boolean): readonly JsonOutput[] {
  const parts = pointer.split("/").slice(1);
  return parts.map((part, at) => {
    if (/^\d+$/.test(part)) return { index: Number(part) };
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    return isKey && at === parts.length - 1 ? { key: name } : { value: name };
  });
}
