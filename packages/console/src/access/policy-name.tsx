import type { Principal } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { type NamedOrigin, policyPage, shownPolicyName } from "./policy-page.ts";

/** A policy of a decision about this principal. */
export function PolicyName({
  policy,
  principal,
}: {
  readonly policy: NamedOrigin;
  readonly principal: Principal;
}): ReactNode {
  const page = policyPage(policy.origin, principal);
  const shown = shownPolicyName(policy);
  if (page === undefined) return shown;
  return (
    <Link className="plain-link" to={page} title={policy.name}>
      {shown}
    </Link>
  );
}
