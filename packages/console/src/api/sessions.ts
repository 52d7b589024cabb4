import { fieldsOf } from "@s3-credentials/policy";
import { allJson, callJson, type Members, memberText, memberTime } from "./call.ts";

/** A temporary session that was issued in the account. */
export interface IssuedSession {
  readonly id: string;
  readonly operation: string;
  readonly principalArn: string;
  readonly sessionName: string;
  readonly state: string;
  readonly issued: string;
  readonly expires: string;
  readonly issuer: string;
  readonly address: string;
  readonly mfa: boolean;
}

/** Whose: of a user, those that it began too. Neither: of the whole account. */
export interface SessionFilter {
  readonly UserName?: string;
  readonly RoleName?: string;
}

function readSession(members: Members): IssuedSession {
  const issuer = fieldsOf(members["Issuer"]);
  return {
    id: memberText(members, "SessionId"),
    operation: memberText(members, "Operation"),
    principalArn: memberText(members, "PrincipalArn"),
    sessionName: memberText(members, "SessionName"),
    state: memberText(members, "State"),
    issued: memberTime(members, "IssuedAt"),
    expires: memberTime(members, "ExpiresAt"),
    issuer: memberText(issuer, "Arn") || memberText(issuer, "AccountId"),
    address: memberText(members, "SourceIpAddress"),
    mfa: members["MfaAuthenticated"] === true,
  };
}

export async function listSessions(filter: SessionFilter): Promise<readonly IssuedSession[]> {
  const found = await allJson("s3-credentials", "ListSessions", "Sessions", { ...filter, MaxResults: 1000 });
  return found.map(readSession);
}

export const revokeSession = (id: string): Promise<Members> =>
  callJson("s3-credentials", "RevokeSessions", { SessionId: id });

/** All that were issued until now. */
export const revokeSessions = (filter: SessionFilter): Promise<Members> =>
  callJson("s3-credentials", "RevokeSessions", { ...filter });
