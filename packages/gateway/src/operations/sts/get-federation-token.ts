import { element } from "@s3-credentials/protocol";
import type { SealedPolicies } from "../../ports/principal-directory.ts";
import type { SessionRequest } from "../../ports/session-issuer.ts";
import {
  isRefusal,
  type OperationContext,
  type QueryRequest,
  type Refusal,
  refuse,
  type Resolution,
} from "../operation.ts";
import { defineQuery } from "../query/define-query.ts";
import { integer, optional, readFields, sessionTags, text, type Values } from "../query/fields.ts";
import { requestTagKeys } from "../query/tag-keys.ts";
import { oneHour, twelveHours } from "./get-session-token.ts";
import { credentialsElement, issueSession, missingManaged } from "./issue-session.ts";
import { readSessionPolicies, sessionPolicyFields } from "./session-policies.ts";

const fields = {
  Name: text({ pattern: /^[\w+=,.@-]+$/, shown: "[\\w+=,.@-]*", min: 2, max: 32 }),
  DurationSeconds: optional(integer(900, 129_600)),
  Tags: sessionTags,
  ...sessionPolicyFields,
} as const;

type Input = Values<typeof fields> & { readonly policies: SealedPolicies | undefined };

function parse({ parameters }: QueryRequest): Input | Refusal {
  const values = readFields(parameters, fields);
  if (isRefusal(values)) return values;
  const policies = readSessionPolicies(values);
  return isRefusal(policies) ? policies : { ...values, policies };
}

/** "The GetFederationToken operation must be called by using the long-term AWS security credentials of an IAM user." */
const notWithSession = refuse("AccessDenied", "Cannot call GetFederationToken with session credentials");

type Federated = Extract<SessionRequest["principal"], { kind: "federated-user" }>;

function federatedUser({ Name }: Input, { principal }: OperationContext): Federated | Refusal {
  if (principal.kind !== "user" && principal.kind !== "root") return notWithSession;
  const { accountId } = principal;
  return {
    kind: "federated-user",
    accountId,
    arn: `arn:aws:sts::${accountId}:federated-user/${Name}`,
    userId: `${accountId}:${Name}`,
    ...(principal.kind === "user" ? { issuer: { arn: principal.arn, userId: principal.userId } } : {}),
  };
}

async function resolve(input: Input, context: OperationContext): Promise<Resolution | Refusal> {
  const federated = federatedUser(input, context);
  if (isRefusal(federated)) return federated;
  const user = { arn: federated.arn, accountId: federated.accountId };
  const tagged = input.Tags.size === 0 ? "not-asked" : user;
  return { resources: { user, tagged }, context: new Map(Object.entries(requestTagKeys(input.Tags))) };
}

/**
 * A federated user has the rights that the user and the session policies both give; without session policies only those that a resource's
 * policy gives it by name. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 */
export const getFederationToken = defineQuery<Input>("sts", {
  name: "GetFederationToken",
  reads: Object.keys(fields),
  // Asked on the federated user, as the example of the guide has it.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_enable-create.html
  demands: [
    { action: "sts:GetFederationToken", resource: "user" },
    { action: "sts:TagSession", resource: "tagged" },
  ],
  conditionKeys: ["aws:RequestTag/", "aws:TagKeys"],
  parse,
  resolve,
  async run(grant, input, context) {
    const federated = federatedUser(input, context);
    if (isRefusal(federated)) return federated;
    const missing = await missingManaged(input.PolicyArns, federated.accountId, context);
    if (missing !== undefined) return missing;
    const asked = input.DurationSeconds ?? twelveHours;
    const seconds = federated.issuer === undefined ? Math.min(asked, oneHour) : asked;
    const expiresAt = context.now + seconds * 1000;
    const issued = await issueSession(
      grant,
      {
        operation: "GetFederationToken",
        sessionName: input.Name,
        principal: federated,
        token: false,
        policies: input.policies === undefined ? [] : [input.policies],
        sourceIdentity: undefined,
        tags: Object.fromEntries(input.Tags),
        transitiveTagKeys: [],
        mfaAt: undefined,
        expiresAt,
      },
      context,
    );
    if (isRefusal(issued)) return issued;
    return [
      element("FederatedUser", [element("FederatedUserId", federated.userId), element("Arn", federated.arn)]),
      credentialsElement(issued, expiresAt),
      element("PackedPolicySize", issued.packedPolicySize),
    ];
  },
});
