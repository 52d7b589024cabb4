import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "variable-without-version",
  {
    "in a resource": {
      of: { Version: "2008-10-17", Statement: [statement({ Resource: "arn:aws:s3:::docs/${aws:username}/*" })] },
      at: ["Resource"],
    },
    "without Version": {
      of: { Statement: [statement({ Resource: "arn:aws:s3:::docs/${aws:username}/*" })] },
      at: ["Resource"],
      says: "2012-10-17",
    },
    "in a condition": {
      of: {
        Statement: [
          when("StringLike", "s3:prefix", ["a", "${aws:username}/*"], {
            Action: "s3:ListBucket",
            Resource: "arn:aws:s3:::docs",
          }),
        ],
      },
      at: ["Condition/StringLike/s3:prefix/1"],
    },
  },
  {
    "in version 2012-10-17": { of: statement({ Resource: "arn:aws:s3:::docs/${aws:username}/*" }) },
    "no variable": { of: { Statement: [statement({ Resource: "arn:aws:s3:::docs/$*" })] } },
  },
);
