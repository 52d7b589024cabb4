import type { Grant } from "./grant.ts";
import type { Principal } from "@s3-credentials/policy";
import type { SealedPolicies } from "./principal-directory.ts";

export interface SessionRequest {
  readonly principal: Extract<Principal, { kind: "role-session" | "user-session" | "federated-user" }>;
  /** The whole stack, the new session's own last; a level with neither inline nor managed policies is left out. */
  readonly policies: readonly SealedPolicies[];
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  /** ms since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Percent of the allowed sealed size. */
  readonly packedPolicySize: number;
}

export interface SessionIssuer {
  /** `too-large`: its size, packed or not, or the number of policies of sessions before it is over 100 % of what is allowed. */
  issue(
    grant: Grant,
    session: SessionRequest,
  ): TemporaryCredentials | { readonly kind: "too-large"; readonly packedPolicySize: number };
}
