/** What is wrong or doubtful in a policy document, and reports of it. */
export { type Finding, severities, type Severity } from "./validate/finding.ts";
export { type PolicyUse, policyUses } from "./validate/policy-uses.ts";
export { describeRule } from "./validate/rules.ts";
export { renderFindingsJson } from "./validate/render-json.ts";
export { renderFindingsSarif, type SarifFile } from "./validate/render-sarif.ts";
export { lineStarts, type Region, regionOf } from "./validate/text-position.ts";
export { needlessArnField, type NeedlessField } from "./validate/needless-arn-field.ts";
export { renderFindingsText, type RenderOptions } from "./validate/render-text.ts";
export { validatePolicy, type ValidationOptions } from "./validate/validate-policy.ts";
