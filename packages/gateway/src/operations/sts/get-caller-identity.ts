import { element } from "@s3-credentials/protocol";
import type { Principal } from "@s3-credentials/policy";
import { refuse } from "../operation.ts";
import { defineQuery } from "../query/define-query.ts";

/** The unique id as `aws:userid` has it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable */
function userIdOf(principal: Exclude<Principal, { kind: "anonymous" | "service" }>): string {
  switch (principal.kind) {
    case "root":
      return principal.accountId;
    case "user":
    case "user-session":
    case "federated-user":
      return principal.userId;
    case "role-session":
      return `${principal.roleId}:${principal.sessionName}`;
  }
}

/** "No permissions are required." https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export const getCallerIdentity = defineQuery<null>("sts", {
  name: "GetCallerIdentity",
  reads: [],
  demands: [],
  conditionKeys: [],
  parse: () => null,
  resolve: async () => ({ resources: {}, context: new Map() }),
  async run(_grant, _input, { principal }) {
    if (principal.kind === "anonymous" || principal.kind === "service") return refuse("MissingAuthenticationToken");
    return [
      element("UserId", userIdOf(principal)),
      element("Account", principal.accountId),
      element("Arn", principal.arn),
    ];
  },
});
