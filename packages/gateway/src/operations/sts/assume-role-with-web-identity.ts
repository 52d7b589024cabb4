import { principalContext } from "@s3-credentials/policy";
import { element, type XmlNode } from "@s3-credentials/protocol";
import { noLayers } from "../../domain/identity/layers.ts";
import { oidcProviderArn } from "../../domain/identity/oidc-rules.ts";
import type { Grant } from "../../ports/grant.ts";
import type { SealedPolicies } from "../../ports/principal-directory.ts";
import type { TokenOutcome, WebIdentity } from "../../ports/web-identity.ts";
import {
  isRefusal,
  type OperationContext,
  type QueryRequest,
  type Refusal,
  refuse,
  type Resolution,
} from "../operation.ts";
import { defineQuery } from "../query/define-query.ts";
import { type Field, list, readFields, sessionTags, tagKeyRule, type Values, Violation } from "../query/fields.ts";
import { requestTagKeys } from "../query/tag-keys.ts";
import { oneHour } from "./get-session-token.ts";
import { credentialsElement, issueSession, missingManaged, userIdOf } from "./issue-session.ts";
import { accountOfRole, refuseDuration, roleFields, roleTarget, sessionOfRole, sourceIdentity } from "./role-target.ts";
import { readSessionPolicies, sessionPolicyFields } from "./session-policies.ts";

const notAToken = refuse(
  "InvalidIdentityToken",
  "The ID token provided is not a valid JWT. (You may see this error if you sent an access token.)",
);

/** No message repeats any of it. */
const webIdentityToken: Field<string> = {
  read(parameters, name) {
    const token = parameters.get(name);
    if (token === undefined) return new Violation(name, undefined, "Member must not be null");
    return token.length >= 4 && token.length <= 20_000 ? token : notAToken;
  },
};

const fields = { ...roleFields, WebIdentityToken: webIdentityToken, ...sessionPolicyFields } as const;

interface Input extends Values<typeof fields> {
  readonly policies: SealedPolicies | undefined;
  /** Undefined until the token was verified. */
  readonly identity: (WebIdentity & { readonly tags: ReadonlyMap<string, string> }) | undefined;
}

function parse({ parameters }: QueryRequest): Input | Refusal {
  const values = readFields(parameters, fields);
  if (isRefusal(values)) return values;
  const policies = readSessionPolicies(values);
  return isRefusal(policies) ? policies : { ...values, policies, identity: undefined };
}

/**
 * INVARIANT: the provider is one that the role's own account registered for exactly the token's issuer. Without one, nobody is asked for
 * anything.
 */
async function identify(
  input: Input,
  { ports, now }: Pick<OperationContext, "ports" | "now">,
): Promise<{ readonly caller: OperationContext["caller"]; readonly input: Input } | Refusal> {
  const { RoleArn, WebIdentityToken: token } = input;
  const accountId = accountOfRole(RoleArn);
  if (typeof accountId !== "string") return accountId;
  const issuer = ports.webIdentity.issuerOf(token);
  if (issuer === undefined || !/^https:\/\/[\u0021-\u007e]{1,255}$/.test(issuer)) return notAToken;
  const arn = oidcProviderArn(accountId, issuer.slice("https://".length));
  const account = await ports.principals.resourceAccount(accountId);
  // A closed account has its issuers asked no more.
  const isOpen = account?.closed === false;
  const provider = isOpen ? await ports.oidcProviders.findOidcProvider(accountId, arn) : undefined;
  if (provider === undefined)
    return refuse("InvalidIdentityToken", `No OpenIDConnect provider found in your account for ${issuer}`);
  const outcome = await ports.webIdentity.verify(token, provider, now);
  if (outcome.kind !== "verified") return refusalOf(outcome);
  const { identity } = outcome;
  const unfit = refuseClaims(identity);
  if (unfit !== undefined) return unfit;
  const { audience, subject, claims } = identity;
  const principal = { kind: "web-identity", provider: provider.arn, audience, subject } as const;
  const context = principalContext(principal, { claims });
  const caller = { principal, layers: noLayers, context, accessKeyId: undefined, session: undefined };
  return { caller, input: { ...input, identity } };
}

function refusalOf(outcome: Exclude<TokenOutcome, { kind: "verified" }>): Refusal {
  switch (outcome.kind) {
    case "invalid":
      return refuse("InvalidIdentityToken", outcome.reason);
    case "expired":
      return refuse("ExpiredTokenException");
    case "claim-refused":
      return refuse("IDPRejectedClaim", outcome.reason);
    case "away":
      return refuse("IDPCommunicationError", `The keys of the identity provider cannot be had: ${outcome.reason}.`);
  }
}

/** Tags and source identity of a token are held to the rules of those that AssumeRole is given. */
function refuseClaims({ tags, transitiveTagKeys, sourceIdentity: identity }: WebIdentity): Refusal | undefined {
  const given = new Map<string, string>(identity === undefined ? [] : [["SourceIdentity", identity]]);
  for (const [at, [key, value]] of [...tags].entries())
    given.set(`Tags.member.${at + 1}.Key`, key).set(`Tags.member.${at + 1}.Value`, value);
  for (const [at, key] of transitiveTagKeys.entries()) given.set(`TransitiveTagKeys.member.${at + 1}`, key);
  const rules = { Tags: sessionTags, TransitiveTagKeys: list(tagKeyRule, 50) };
  const read = readFields(given, identity === undefined ? rules : { ...rules, SourceIdentity: sourceIdentity });
  if (isRefusal(read)) return refuse("IDPRejectedClaim", `The claims of the token: ${read.message ?? ""}`);
  const known = new Set([...tags.keys()].map((key) => key.toLowerCase()));
  const tagless = transitiveTagKeys.find((key) => !known.has(key.toLowerCase()));
  if (tagless === undefined) return undefined;
  return refuse("IDPRejectedClaim", `The transitive tag key ${tagless} is not the key of a tag of this session.`);
}

function identityOf({ identity }: Input): WebIdentity {
  if (identity === undefined) throw new Error("sts: a web identity that was not verified");
  return identity;
}

async function resolve(input: Input, { ports }: OperationContext): Promise<Resolution | Refusal> {
  const { tags, transitiveTagKeys, sourceIdentity: identity } = identityOf(input);
  const target = await roleTarget(input.RoleArn, ports);
  if (isRefusal(target)) return target;
  const { resource, keys } = target;
  const context = new Map<string, string | readonly string[]>([...Object.entries(requestTagKeys(tags)), ...keys]);
  context.set("sts:RoleSessionName", input.RoleSessionName);
  if (identity !== undefined) context.set("sts:SourceIdentity", identity);
  if (transitiveTagKeys.length > 0) context.set("sts:TransitiveTagKeys", transitiveTagKeys);
  const tagged = tags.size > 0 ? resource : "not-asked";
  return {
    resources: { role: resource, tagged, identified: identity === undefined ? "not-asked" : resource },
    context,
  };
}

async function run(grant: Grant, input: Input, context: OperationContext): Promise<readonly XmlNode[] | Refusal> {
  const identity = identityOf(input);
  const role = await context.ports.identity.findRoleByArn(input.RoleArn);
  if (role === undefined) return refuse("AccessDenied"); // deleted since it was asked
  const missing = await missingManaged(input.PolicyArns, role.accountId, context);
  if (missing !== undefined) return missing;
  const seconds = input.DurationSeconds ?? oneHour;
  const tooLong = refuseDuration(seconds, role);
  if (tooLong !== undefined) return tooLong;
  const assumed = sessionOfRole(role, input.RoleSessionName);
  const transitive = new Set(identity.transitiveTagKeys.map((key) => key.toLowerCase()));
  const expiresAt = context.now + seconds * 1000;
  const issued = await issueSession(
    grant,
    {
      operation: "AssumeRoleWithWebIdentity",
      sessionName: input.RoleSessionName,
      principal: { ...assumed, provider: identity.provider },
      token: false,
      mfaAt: undefined,
      policies: input.policies === undefined ? [] : [input.policies],
      sourceIdentity: identity.sourceIdentity,
      tags: Object.fromEntries(identity.tags),
      transitiveTagKeys: [...identity.tags.keys()].filter((key) => transitive.has(key.toLowerCase())),
      claims: identity.sessionClaims,
      expiresAt,
    },
    context,
  );
  if (isRefusal(issued)) return issued;
  const source = identity.sourceIdentity;
  return [
    element("AssumedRoleUser", [element("AssumedRoleId", userIdOf(assumed)), element("Arn", assumed.arn)]),
    element("Audience", identity.audience),
    credentialsElement(issued, expiresAt),
    element("PackedPolicySize", issued.packedPolicySize),
    element("Provider", identity.issuer),
    ...(source === undefined ? [] : [element("SourceIdentity", source)]),
    element("SubjectFromWebIdentityToken", identity.subject),
  ];
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export const assumeRoleWithWebIdentity = defineQuery<Input>("sts", {
  name: "AssumeRoleWithWebIdentity",
  reads: Object.keys(fields),
  demands: [
    { action: "sts:AssumeRoleWithWebIdentity", resource: "role" },
    { action: "sts:TagSession", resource: "tagged" },
    { action: "sts:SetSourceIdentity", resource: "identified" },
  ],
  conditionKeys: [
    "sts:RoleSessionName",
    "sts:SourceIdentity",
    "sts:TransitiveTagKeys",
    "aws:RequestTag/",
    "aws:ResourceTag/",
    "aws:TagKeys",
    "iam:ResourceTag/",
  ],
  parse,
  identify,
  resolve,
  run,
});
