import type { Principal } from "@s3-credentials/policy";
import type { Grant } from "../ports/grant.ts";
import { makeGrant } from "./make-grant.ts";

/**
 * Whoever has shown who it is may have a session in the console: no policy is asked for that, as at AWS. What the session may do is asked at
 * each of its calls. INVARIANT: called by the console's sign-in only, after a password, a one-time link, a signature or a token has held.
 */
export function authorizeSignIn(principal: Principal, requestId: string): Grant {
  return makeGrant({ operation: "ConsoleLogin", principal, resources: [], requestId });
}
