import type { Principal } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { managedPolicyName, policyPage } from "./policy-page.ts";

/** A policy of a decision. */
export function PolicyName({ name, principal }: { readonly name: string; readonly principal: Principal }): ReactNode {
  const page = policyPage(name, principal);
  const shown = managedPolicyName(name);
  if (page === undefined) return shown;
  return (
    <Link className="plain-link" to={page} title={name}>
      {shown}
    </Link>
  );
}
