import type { AccessRequest } from "../model/request.ts";

/**
 * "No permissions are required to perform this operation. If an administrator attaches a policy to your identity that explicitly
 * denies access to the sts:GetCallerIdentity action, you can still perform this operation."
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
const ALWAYS_ALLOWED = "sts:getcalleridentity";

/** Whether everyone with credentials may do it, whatever their policies say. */
export function needsNoPermission({ action, principal }: Pick<AccessRequest, "action" | "principal">): boolean {
  if (action.length !== ALWAYS_ALLOWED.length || principal.kind === "anonymous") return false;
  return action.toLowerCase() === ALWAYS_ALLOWED;
}
