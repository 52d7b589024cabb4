import type { ReactNode } from "react";
import { Failure, isRefused } from "../shell/failure.tsx";

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
  return (
    <Failure
      error={error}
      task={isAccount ? "read who is in the account" : `read who may reach ${what ?? "it"}`}
      retry={() => void refetch()}
    >
      {isRefused(error) ? <Advice isAccount={isAccount} /> : null}
    </Failure>
  );
}

function Advice({ isAccount }: { readonly isAccount: boolean }): ReactNode {
  if (!isAccount)
    return (
      <p>
        To see this, ask an administrator for <code>s3:GetBucketPolicy</code>. The map of a bucket of another account
        can be seen only in that account.
      </p>
    );
  return (
    <p>
      To see this, ask an administrator for <code>iam:GetAccountAuthorizationDetails</code>, which the policies
      IAMReadOnlyAccess and SecurityAudit have.
    </p>
  );
}
