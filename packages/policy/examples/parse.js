import { parsePolicy } from "@s3-credentials/policy/parse";

const text =
  '{ "Version": "2012-10-17", "Statement": { "Effect": "Alow", "Action": "s3:GetObject", "Resource": "*" } }';
const { policy, diagnostics } = parsePolicy(text, "identity");
console.log(policy); // → undefined
console.log(diagnostics[0].pointer); // → /Statement/Effect
console.log(text.slice(diagnostics[0].span.start, diagnostics[0].span.end)); // → "Alow"
