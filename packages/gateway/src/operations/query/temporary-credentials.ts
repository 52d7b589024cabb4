import type { OperationName } from "../../ports/operation-name.ts";
import type { Caller } from "../../ports/principal-directory.ts";
import { type Refusal, refuse } from "../operation.ts";

/**
 * Calls that temporary credentials may not make, whatever policies say. Credentials of GetSessionToken "cannot call any IAM API operations
 * unless MFA authentication information is included in the request" and of STS only AssumeRole and GetCallerIdentity; those of
 * GetFederationToken no IAM operation, and of STS only GetCallerIdentity; and no temporary credentials may ask for such credentials.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
 */
export function refuseTemporary(
  { principal, session }: Pick<Caller, "principal" | "session">,
  service: "iam" | "sts",
  operation: OperationName,
): Refusal | undefined {
  if (session === undefined) return undefined;
  const federated = principal.kind === "federated-user";
  if (service === "iam")
    return federated || (session.token && session.mfaAt === undefined) ? refuse("InvalidClientTokenId") : undefined;
  if (operation === "GetCallerIdentity") return undefined;
  const fromLastingKeys = operation === "GetSessionToken" || operation === "GetFederationToken";
  const refused = federated || fromLastingKeys || (session.token && operation !== "AssumeRole");
  return refused ? refuse("AccessDenied", `Cannot call ${operation} with session credentials`) : undefined;
}
