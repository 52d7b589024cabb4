import type { Principal } from "@s3-credentials/policy";
import type { Caller } from "../ports/principal-directory.ts";
import type { Json } from "./elements.ts";

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
export function userIdentity(caller: Caller): Json {
  const { principal, accessKeyId } = caller;
  if (principal.kind === "anonymous") return { type: "AWSAccount", principalId: "", accountId: "ANONYMOUS_PRINCIPAL" };
  if (principal.kind === "service") return { type: "AWSService", invokedBy: principal.service };
  if (principal.kind === "web-identity") return webIdentity(principal);
  const { accountId, arn } = principal;
  return {
    type: typeOf(principal),
    principalId: principalId(principal),
    arn,
    accountId,
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...("userName" in principal ? { userName: principal.userName } : {}),
    ...sessionContext(caller),
  };
}

function webIdentity({ provider, audience, subject }: Extract<Principal, { kind: "web-identity" }>): Json {
  const principalId = `${provider}:${audience}:${subject}`;
  return { type: "WebIdentityUser", principalId, userName: subject, identityProvider: provider };
}

/** What the account of a resource gets to know of a caller from elsewhere. A provider is of the account of the role that trusts it. */
export function foreignIdentity({ principal, accessKeyId }: Caller): Json {
  if (principal.kind === "web-identity") return webIdentity(principal);
  if (!("accountId" in principal)) return { type: "AWSAccount", principalId: "", accountId: "ANONYMOUS_PRINCIPAL" };
  return {
    type: "AWSAccount",
    principalId: principalId(principal),
    accountId: principal.accountId,
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
  };
}

/** The `Username` by which LookupEvents finds the events of a caller. */
export function userNameOf(principal: Principal): string | undefined {
  switch (principal.kind) {
    case "root":
      return "root";
    case "user":
    case "user-session":
      return principal.userName;
    case "role-session":
      return principal.sessionName;
    case "federated-user":
      return principal.userId.slice(principal.userId.indexOf(":") + 1);
    case "web-identity":
      return principal.subject;
    case "anonymous":
    case "service":
      return undefined;
  }
}

type Known = Extract<Principal, { readonly accountId: string }>;

function typeOf(principal: Known): string {
  switch (principal.kind) {
    case "root":
      return "Root";
    case "user":
    case "user-session":
      return "IAMUser";
    case "federated-user":
      return "FederatedUser";
    case "role-session":
      return "AssumedRole";
  }
}

function principalId(principal: Known): string {
  if (principal.kind === "root") return principal.accountId;
  return principal.kind === "role-session" ? `${principal.roleId}:${principal.sessionName}` : principal.userId;
}

function sessionContext({ principal, session, context }: Caller): { readonly [name: string]: Json } {
  if (session === undefined) return {};
  const mfa = context.get("aws:multifactorauthpresent");
  return {
    sessionContext: {
      ...issuerOf(principal),
      attributes: {
        creationDate: `${new Date(session.issuedAt).toISOString().slice(0, 19)}Z`,
        mfaAuthenticated: mfa === "true" ? "true" : "false",
      },
      ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
    },
  };
}

function issuerOf(principal: Principal): { readonly [name: string]: Json } {
  if (principal.kind === "role-session") {
    const { roleId, roleArn, roleName, accountId, provider } = principal;
    return {
      sessionIssuer: { type: "Role", principalId: roleId, arn: roleArn, accountId, userName: roleName },
      ...(provider === undefined ? {} : { webIdFederationData: { federatedProvider: provider } }),
    };
  }
  if (principal.kind !== "federated-user" || principal.issuer === undefined) return {};
  const { arn, userId } = principal.issuer;
  const userName = arn.slice(arn.lastIndexOf("/") + 1);
  return { sessionIssuer: { type: "IAMUser", principalId: userId, arn, accountId: principal.accountId, userName } };
}
