import { evaluate } from "@s3-credentials/policy/evaluate";
import { parsePolicy } from "@s3-credentials/policy/syntax";

const { policy } = parsePolicy(
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Sid: "OwnFolder",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::my-bucket/${aws:username}/*",
    },
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
  identity: [{ name: "own", policy }],
  boundary: "none",
  sessions: [],
  resource: "none",
};
const ask = (key) =>
  evaluate(layers, {
    principal: ann,
    action: "s3:GetObject",
    resource: `arn:aws:s3:::my-bucket/${key}`,
    resourceAccount: "111122223333",
    context: (name) => (name.toLowerCase() === "aws:username" ? "ann" : undefined),
  });
console.log(ask("ann/a.txt").allowed); // → true
console.log(ask("ann/a.txt").statement.sid); // → OwnFolder
console.log(ask("bob/a.txt").reason, ask("bob/a.txt").layer); // → implicit-deny identity
console.log(ask("bob/a.txt").trace()[0].failedAt); // → resource
