import { ruleTable, statement } from "../../test/rule-table.ts";

const iam = "arn:aws:iam::123456789012";
const of = (...Resource: readonly string[]) => ({ Effect: "Allow", Action: "iam:*", Resource });

ruleTable(
  "iam-resource-path",
  {
    "a wildcard for the kind": { of: of(`${iam}:*/*`), at: ["Resource/0"], says: "not accepted by IAM" },
    "another kind": { of: of(`${iam}:user/a`, `${iam}:foo`), at: ["Resource/1"] },
    "part of a kind": {
      of: of(`${iam}:us*`, `${iam}:user*`, `${iam}:role`),
      at: ["Resource/0", "Resource/1", "Resource/2"],
    },
    "whatever the action is": { of: statement({ Resource: `${iam}:example_bucket` }), at: ["Resource"] },
    "in NotResource": { of: { Effect: "Deny", Action: "iam:*", NotResource: `${iam}:?ole/a` }, at: ["NotResource"] },
  },
  {
    "everything, and root": { of: of("*", `${iam}:*`, `${iam}:root`, "arn:aws:iam::*:*") },
    "kinds, with variables and wildcards": {
      of: of(`${iam}:user/\${aws:username}`, `${iam}:role/*`, `${iam}:mfa/*/a`, "arn:aws:iam::*:group/?"),
    },
    "other services": { of: statement({ Resource: "arn:aws:s3:::foo" }) },
  },
);
