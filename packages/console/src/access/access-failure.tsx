import type { ReactNode } from "react";
import { Failure } from "../shell/failure.tsx";

interface Asked {
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** In the place of answers about everybody: what could not be read, and which right to ask for. */
export function AccessFailure(props: {
  readonly account: Asked;
  readonly resource?: Asked;
  /** "the bucket reports" */
  readonly what?: string;
}): ReactNode {
  const { account, resource, what } = props;
  const isAccount = account.error !== null;
  const { error, refetch } = isAccount ? account : (resource ?? account);
  const right = isAccount ? "iam:GetAccountAuthorizationDetails" : "s3:GetBucketPolicy";
  return (
    <Failure
      error={error}
      task={isAccount ? "read who is in the account" : `read who may reach ${what ?? "it"}`}
      retry={() => void refetch()}
    >
      <p>
        To see this, ask an administrator for <code>{right}</code>. The policy SecurityAudit or IAMReadOnlyAccess has
        the rights to read users, roles and policies.
      </p>
    </Failure>
  );
}
