import type { AccessRequest } from "../model/request.ts";

/**
 * "No permissions are required to perform this operation. If an administrator attaches a policy to your identity that explicitly
 * denies access to the sts:GetCallerIdentity action, you can still perform this operation."
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
const callerIdentity = "sts:getcalleridentity";

/**
 * "No permissions are required for users to perform this operation. [...] You cannot use policies to control authentication operations."
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
const sessionToken = "sts:getsessiontoken";

/** Whether everyone with credentials may do it, whatever their policies say. */
export function needsNoPermission({ action, principal }: Pick<AccessRequest, "action" | "principal">): boolean {
  const { length } = action;
  if ((length !== callerIdentity.length && length !== sessionToken.length) || principal.kind === "anonymous")
    return false;
  const name = action.toLowerCase();
  return name === callerIdentity || name === sessionToken;
}
