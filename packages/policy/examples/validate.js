import { renderFindingsText, validatePolicy } from "@s3-credentials/policy/validate";

const text = `{
  "Version": "2012-10-17",
  "Statement": { "Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*" }
}`;
const findings = validatePolicy(text, { kind: "user-inline" });
console.log(findings[0].code); // → unknown-action
console.log(renderFindingsText(findings, { name: "p.json", text }).trimEnd());
// → p.json:3:47: error[unknown-action]: `s3:GetObjct` is not an action
// → 3 |   "Statement": { "Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*" }
// →   |                                               ^^^^^^^^^^^^^
// →   = help: did you mean `s3:GetObject`?
