import { element, type XmlNode } from "@s3-credentials/protocol";
import { parseArn } from "@s3-credentials/policy";
import type { Grant } from "../../ports/grant.ts";
import type { RoleRecord } from "../../ports/identity-records.ts";
import type { SealedPolicies, SessionFacts } from "../../ports/principal-directory.ts";
import type { SessionRequest } from "../../ports/session-issuer.ts";
import { verifyMfaCode } from "../mfa-code.ts";
import {
  isRefusal,
  type OperationContext,
  type QueryRequest,
  type Refusal,
  refuse,
  type Resolution,
} from "../operation.ts";
import { list, optional, readFields, sessionTags, tagKeyRule, text, type Values } from "../query/fields.ts";
import { defineQuery } from "../query/define-query.ts";
import { requestTagKeys } from "../query/tag-keys.ts";
import { oneHour } from "./get-session-token.ts";
import { credentialsElement, issueSession, missingManaged, userIdOf } from "./issue-session.ts";
import { refuseDuration, roleFields, roleTarget, sessionOfRole, sourceIdentity } from "./role-target.ts";
import { mfaFields, readSessionPolicies, sessionPolicyFields } from "./session-policies.ts";

const fields = {
  ...roleFields,
  RoleArn: optional(roleFields.RoleArn),
  ExternalId: optional(text({ pattern: /^[\w+=,.@:\\/-]+$/, shown: "[\\w+=,.@:\\/-]*", min: 2, max: 1224 })),
  // "You cannot use a value that begins with the text aws:": no colon is in the pattern.
  SourceIdentity: optional(sourceIdentity),
  Tags: sessionTags,
  TransitiveTagKeys: list(tagKeyRule, 50),
  ...mfaFields,
  ...sessionPolicyFields,
} as const;

type Input = Values<typeof fields> & { readonly policies: SealedPolicies | undefined };

function parse({ parameters }: QueryRequest): Input | Refusal {
  const values = readFields(parameters, fields);
  if (isRefusal(values)) return values;
  const policies = readSessionPolicies(values);
  return isRefusal(policies) ? policies : { ...values, policies };
}

/**
 * With a role: its trust policy and the caller's own policies are both asked. Without: the caller's own session, which needs no
 * Allow, since it only loses rights.
 */
async function resolve(input: Input, context: OperationContext): Promise<Resolution | Refusal> {
  const resolution = await resolveResources(input, context);
  if (isRefusal(resolution)) return resolution;
  const mfaAt = await verifyMfaCode(context, input.SerialNumber, input.TokenCode);
  if (isRefusal(mfaAt)) return mfaAt;
  return mfaAt === undefined ? resolution : { ...resolution, mfaAt };
}

async function resolveResources(
  input: Input,
  { ports, principal, caller }: OperationContext,
): Promise<Resolution | Refusal> {
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: "You cannot use AWS account root user credentials to call AssumeRole".
  if (principal.kind === "root") return refuse("AccessDenied", "Roles may not be assumed by root accounts.");
  const context = new Map<string, string | readonly string[]>(Object.entries(requestTagKeys(input.Tags)));
  context.set("sts:RoleSessionName", input.RoleSessionName);
  if (input.ExternalId !== undefined) context.set("sts:ExternalId", input.ExternalId);
  const sourceIdentity = caller.session?.sourceIdentity ?? input.SourceIdentity;
  if (sourceIdentity !== undefined) context.set("sts:SourceIdentity", sourceIdentity);
  if (input.TransitiveTagKeys.length > 0) context.set("sts:TransitiveTagKeys", input.TransitiveTagKeys);
  const notAsked = "not-asked" as const;
  if (input.RoleArn === undefined) {
    if (principal.kind !== "user" && principal.kind !== "user-session") {
      return refuse(
        "AccessDenied",
        "Only a user may assume a session of its own: AssumeRole without RoleArn is not for role sessions.",
      );
    }
    if (input.Tags.size > 0 || input.SourceIdentity !== undefined)
      return refuse("ValidationError", "Tags and SourceIdentity need a RoleArn.");
    const self = { arn: principal.arn, accountId: principal.accountId };
    return { resources: { self, role: notAsked, tagged: notAsked, identified: notAsked }, context };
  }
  const target = await roleTarget(input.RoleArn, ports);
  if (isRefusal(target)) return target;
  const { resource, keys } = target;
  for (const [key, value] of keys) context.set(key, value);
  // The trust policy of the next role must also allow what a session passes on to it.
  const handsOnTags = input.Tags.size > 0 || Object.keys(transitiveTags(caller.session)).length > 0;
  const tagged = handsOnTags ? resource : notAsked;
  const identified = sourceIdentity === undefined ? notAsked : resource;
  return { resources: { self: notAsked, role: resource, tagged, identified }, context };
}

/** Seconds the session lasts. */
function durationOf(input: Input, role: RoleRecord | undefined, { caller }: OperationContext): number | Refusal {
  const asked = input.DurationSeconds ?? oneHour;
  if (role === undefined) return asked;
  const tooLong = refuseDuration(asked, role);
  if (tooLong !== undefined) return tooLong;
  if (caller.session !== undefined && asked > oneHour) {
    return refuse(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  return asked;
}

interface Assumed {
  readonly principal: SessionRequest["principal"];
  readonly arn: string;
  readonly id: string;
}

function assumedOf(input: Input, role: RoleRecord | undefined, { principal }: OperationContext): Assumed | Refusal {
  const sessionName = input.RoleSessionName;
  if (role !== undefined) {
    const assumed = sessionOfRole(role, sessionName);
    return { principal: assumed, arn: assumed.arn, id: userIdOf(assumed) };
  }
  if (principal.kind !== "user" && principal.kind !== "user-session") return refuse("AccessDenied");
  const { accountId, arn, userId, userName } = principal;
  return {
    principal: { kind: "user-session", accountId, arn, userId, userName },
    arn,
    id: `${userId}:${sessionName}`,
  };
}

type SessionTags = Pick<SessionRequest, "tags" | "transitiveTagKeys">;

/**
 * A role gets the transitive tags of the session before it, a user's own session all of them. "If you pass a session tag with the same key
 * as an inherited tag, the operation fails."
 */
function tagsOf(input: Input, role: RoleRecord | undefined, session: SessionFacts | undefined): SessionTags | Refusal {
  const inherited = transitiveTags(session);
  const kept = new Set(Object.keys(inherited).map((key) => key.toLowerCase()));
  const own = new Set([...input.Tags.keys()].map((key) => key.toLowerCase()));
  const clash = [...input.Tags.keys()].find((key) => kept.has(key.toLowerCase()));
  if (clash !== undefined)
    return refuse("ValidationError", `The tag ${clash} is transitive from an earlier session and cannot be set again.`);
  const tagless = input.TransitiveTagKeys.find((key) => !own.has(key.toLowerCase()) && !kept.has(key.toLowerCase()));
  if (tagless !== undefined)
    return refuse("ValidationError", `The transitive tag key ${tagless} is not the key of a tag of this session.`);
  const asked = input.TransitiveTagKeys.filter((key) => !kept.has(key.toLowerCase())).map((key) => key.toLowerCase());
  const transitive = [...input.Tags.keys()].filter((key) => asked.includes(key.toLowerCase()));
  return {
    tags: { ...(role === undefined ? session?.tags : inherited), ...Object.fromEntries(input.Tags) },
    transitiveTagKeys: [...(session?.transitiveTagKeys ?? []), ...transitive],
  };
}

async function issue(
  grant: Grant,
  input: Input,
  role: RoleRecord | undefined,
  context: OperationContext,
): Promise<readonly XmlNode[] | Refusal> {
  const { caller, now } = context;
  const { session } = caller;
  const seconds = durationOf(input, role, context);
  if (typeof seconds !== "number") return seconds;
  const assumed = assumedOf(input, role, context);
  if (isRefusal(assumed)) return assumed;
  const sourceIdentity = session?.sourceIdentity ?? input.SourceIdentity;
  if (input.SourceIdentity !== undefined && input.SourceIdentity !== sourceIdentity) {
    return refuse("AccessDenied", "The source identity of a session cannot be changed.");
  }
  const tags = tagsOf(input, role, session);
  if (isRefusal(tags)) return tags;
  // A user's own session ends no later than the one it was made with: else a leaked one could be renewed for ever.
  const end = now + seconds * 1000;
  const expiresAt = role === undefined && session !== undefined ? Math.min(end, session.expiresAt) : end;
  const issued = await issueSession(
    grant,
    {
      operation: "AssumeRole",
      sessionName: input.RoleSessionName,
      principal: assumed.principal,
      // INVARIANT: a user's session of a session keeps the limits of the one before it.
      token: role === undefined && (session?.token ?? false),
      // "The temporary credentials returned by AssumeRole do not include MFA information in the context."
      // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
      mfaAt: role === undefined ? (context.mfaAt ?? session?.mfaAt) : undefined,
      // INVARIANT: a session of a session stays inside every policy before it.
      policies: [...(session?.policyStack ?? []), ...(input.policies === undefined ? [] : [input.policies])],
      sourceIdentity,
      ...tags,
      expiresAt,
    },
    context,
  );
  if (isRefusal(issued)) return issued;
  return [
    element("AssumedRoleUser", [element("AssumedRoleId", assumed.id), element("Arn", assumed.arn)]),
    credentialsElement(issued, expiresAt),
    element("PackedPolicySize", issued.packedPolicySize),
    ...(sourceIdentity === undefined ? [] : [element("SourceIdentity", sourceIdentity)]),
  ];
}

function transitiveTags(session: SessionFacts | undefined): Readonly<Record<string, string>> {
  if (session === undefined) return {};
  const keys = new Set(session.transitiveTagKeys);
  return Object.fromEntries(Object.entries(session.tags).filter(([key]) => keys.has(key)));
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const assumeRole = defineQuery<Input>("sts", {
  name: "AssumeRole",
  reads: Object.keys(fields),
  demands: [
    { action: "sts:AssumeRole", resource: "self", unlessDenied: true },
    { action: "sts:AssumeRole", resource: "role" },
    { action: "sts:TagSession", resource: "tagged" },
    { action: "sts:SetSourceIdentity", resource: "identified" },
  ],
  conditionKeys: [
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
    "sts:TransitiveTagKeys",
    "aws:RequestTag/",
    "aws:ResourceTag/",
    "aws:TagKeys",
    "iam:ResourceTag/",
  ],
  parse,
  resolve,
  async run(grant, input, context) {
    const { principal } = context;
    const own = "accountId" in principal ? principal.accountId : undefined;
    const account = input.RoleArn === undefined ? own : parseArn(input.RoleArn)?.account;
    const missing = await missingManaged(input.PolicyArns, account, context);
    if (missing !== undefined) return missing;
    if (input.RoleArn === undefined) return issue(grant, input, undefined, context);
    const role = await context.ports.identity.findRoleByArn(input.RoleArn);
    // Deleted since it was asked.
    return role === undefined ? refuse("AccessDenied") : issue(grant, input, role, context);
  },
});
