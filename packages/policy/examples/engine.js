import { compilePolicy, decide, isAllowed, layerOf, readRuling, trace } from "@s3-credentials/policy/engine";
import { parsePolicy } from "@s3-credentials/policy/parse";

const { policy } = parsePolicy(
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "s3:*", Resource: "*" },
      { Effect: "Deny", Action: "s3:Delete*", Resource: "*" },
    ],
  }),
  "identity",
);
// Once for each document; the program serves everybody it is attached to.
const own = { name: "own", program: compilePolicy(policy) };
const ann = {
  kind: "user",
  accountId: "111122223333",
  arn: "arn:aws:iam::111122223333:user/ann",
  userId: "AIDAEXAMPLE",
  userName: "ann",
};
const layers = { guardrails: [], identity: [own], boundary: "none", sessions: [], resource: "none" };
const request = (action) => ({
  principal: ann,
  action,
  resource: "arn:aws:s3:::my-bucket/a.txt",
  resourceAccount: "111122223333",
  context: () => undefined,
});
const ask = (action) => decide(layers, request(action));
console.log(isAllowed(ask("s3:GetObject"))); // → true
console.log(isAllowed(ask("s3:DeleteObject")), layerOf(ask("s3:DeleteObject"))); // → false identity
console.log(readRuling(layers, ask("s3:DeleteObject")).statement.index); // → 1
// Every statement of every layer, when somebody wants to know why.
const [{ policies }] = trace(layers, request("s3:GetObject")).levels;
console.log(policies[0].statements.map(({ effect, applies }) => `${effect} ${applies}`).join(", ")); // → Allow true, Deny false
