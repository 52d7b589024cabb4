import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "redundant-resource",
  {
    "within a pattern": {
      of: statement({ Resource: ["arn:aws:s3:::docs/a/*", "arn:aws:s3:::docs/*"] }),
      at: ["Resource/0"],
      says: "`arn:aws:s3:::docs/*`",
    },
    "within everything": { of: statement({ Resource: ["*", "arn:aws:s3:::docs/*"] }), at: ["Resource/1"] },
    twice: { of: statement({ Resource: ["arn:aws:s3:::docs/*", "arn:aws:s3:::docs/*"] }), at: ["Resource/1"] },
    "a variable within a star": {
      of: statement({ Resource: ["arn:aws:s3:::docs/${aws:username}/*", "arn:aws:s3:::docs/*"] }),
      at: ["Resource/0"],
    },
  },
  {
    "a bucket and its objects": {
      of: statement({ Action: "s3:*", Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }),
    },
    "in another case": { of: statement({ Resource: ["arn:aws:s3:::docs/A", "arn:aws:s3:::docs/a"] }) },
    "a star that stays inside its part": {
      of: {
        Effect: "Allow",
        Action: "iam:GetRole",
        Resource: ["arn:aws:iam::1111*:role/a", "arn:aws:iam::111122223333:role/b"],
      },
    },
    "text that may be the variable's": {
      of: statement({ Resource: ["arn:aws:s3:::docs/${aws:username}", "arn:aws:s3:::docs/a"] }),
    },
  },
);
