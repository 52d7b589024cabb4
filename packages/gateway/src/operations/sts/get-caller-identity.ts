import { element } from "@s3-credentials/protocol";
import { refuse } from "../operation.ts";
import { defineQuery } from "../query/define-query.ts";
import { userIdOf } from "./issue-session.ts";

/** "No permissions are required." https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export const getCallerIdentity = defineQuery<null>("sts", {
  name: "GetCallerIdentity",
  reads: [],
  demands: [],
  conditionKeys: [],
  parse: () => null,
  resolve: async () => ({ resources: {}, context: new Map() }),
  async run(_grant, _input, { principal }) {
    if (!("accountId" in principal)) return refuse("MissingAuthenticationToken");
    return [
      element("UserId", userIdOf(principal)),
      element("Account", principal.accountId),
      element("Arn", principal.arn),
    ];
  },
});
