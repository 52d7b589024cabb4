import type { SessionRequest } from "../../ports/session-issuer.ts";
import { verifyMfaCode } from "../mfa-code.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineQuery } from "../query/define-query.ts";
import { integer, optional, readFields, type Values } from "../query/fields.ts";
import { credentialsElement, issueSession } from "./issue-session.ts";
import { mfaFields } from "./session-policies.ts";

const fields = { DurationSeconds: optional(integer(900, 129_600)), ...mfaFields } as const;

type Input = Values<typeof fields>;

export const oneHour = 3600;
export const twelveHours = 43_200;

/**
 * "No permissions are required for users to perform this operation. [...] You cannot use policies to control authentication operations."
 * Root gets an hour at most: "If the duration is longer than one hour, the session for AWS account owners defaults to one hour."
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export const getSessionToken = defineQuery<Input>("sts", {
  name: "GetSessionToken",
  reads: Object.keys(fields),
  demands: [],
  conditionKeys: [],
  parse: ({ parameters }) => readFields(parameters, fields),
  async resolve({ SerialNumber, TokenCode }, context) {
    const mfaAt = await verifyMfaCode(context, SerialNumber, TokenCode);
    if (isRefusal(mfaAt)) return mfaAt;
    return { resources: {}, context: new Map(), ...(mfaAt === undefined ? {} : { mfaAt }) };
  },
  async run(grant, { DurationSeconds: asked }, context) {
    const { principal, now } = context;
    const own = sessionPrincipal(principal);
    if (own === undefined) return refuse("AccessDenied", "Cannot call GetSessionToken with session credentials");
    const seconds = own.kind === "root" ? Math.min(asked ?? oneHour, oneHour) : (asked ?? twelveHours);
    const expiresAt = now + seconds * 1000;
    const issued = await issueSession(
      grant,
      {
        operation: "GetSessionToken",
        sessionName: "",
        principal: own,
        token: true,
        policies: [],
        sourceIdentity: undefined,
        tags: {},
        transitiveTagKeys: [],
        mfaAt: context.mfaAt,
        expiresAt,
      },
      context,
    );
    return isRefusal(issued) ? issued : [credentialsElement(issued, expiresAt)];
  },
});

function sessionPrincipal(
  principal: Parameters<typeof getSessionToken.run>[2]["principal"],
): SessionRequest["principal"] | undefined {
  if (principal.kind === "root") return principal;
  return principal.kind === "user" ? { ...principal, kind: "user-session" } : undefined;
}
