import type { QueryOperation } from "../operation.ts";
import type { StsOperationName } from "../../ports/operation-name.ts";
import { assumeRole } from "./assume-role.ts";
import { assumeRoleWithWebIdentity } from "./assume-role-with-web-identity.ts";
import { decodeAuthorizationMessage } from "./decode-authorization-message.ts";
import { getAccessKeyInfo } from "./get-access-key-info.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";
import { getFederationToken } from "./get-federation-token.ts";
import { getSessionToken } from "./get-session-token.ts";

export const stsOperations: Readonly<Partial<Record<StsOperationName, QueryOperation>>> = {
  AssumeRole: assumeRole,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  DecodeAuthorizationMessage: decodeAuthorizationMessage,
  GetAccessKeyInfo: getAccessKeyInfo,
  GetCallerIdentity: getCallerIdentity,
  GetFederationToken: getFederationToken,
  GetSessionToken: getSessionToken,
};
