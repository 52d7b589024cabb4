import { explain, explanationLines } from "@s3-credentials/policy/explain";
import { compilePolicy } from "@s3-credentials/policy/engine";
import { parsePolicy } from "@s3-credentials/policy/parse";

const { policy } = parsePolicy(
  JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::my-bucket/in/*" },
  }),
  "identity",
);
const ann = {
  kind: "user",
  accountId: "111122223333",
  arn: "arn:aws:iam::111122223333:user/ann",
  userId: "AIDAEXAMPLE",
  userName: "ann",
};
const layers = {
  guardrails: [],
  identity: [{ name: "own", program: compilePolicy(policy) }],
  boundary: "none",
  sessions: [],
  resource: "none",
};
const explanation = explain(layers, {
  principal: ann,
  action: "s3:GetObject",
  resource: "arn:aws:s3:::my-bucket/out/a.txt",
  resourceAccount: "111122223333",
  context: () => undefined,
});
console.log(explanationLines(explanation)[0]);
// → DENIED: nothing in policies of the caller allows it
console.log(explanationLines(explanation).at(-1).trim());
// → - add the resource arn:aws:s3:::my-bucket/out/a.txt to statement 1 of own
