import { arnOf } from "@s3-credentials/policy";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import { AccessFailure } from "../access-failure.tsx";
import { useAccountAccess } from "../account.ts";
import { CanView } from "./can-view.tsx";

/** What one user or role of the account may do. */
export function CanOf({ arn }: { readonly arn: string }): ReactNode {
  const account = useAccountAccess();
  if (account.error !== null) return <AccessFailure account={account} />;
  const caller = account.data?.principals.find(({ principal }) => arnOf(principal) === arn);
  const name = arn.split("/").at(-1) ?? arn;
  return (
    <Container header={<Header variant="h2">{`What ${name} may do`}</Header>}>
      {account.data === undefined ? (
        <StatusIndicator type="loading">Reading the account</StatusIndicator>
      ) : caller === undefined ? (
        <p>There is no user and no role {arn} in this account.</p>
      ) : (
        <CanView name={name} caller={caller} />
      )}
    </Container>
  );
}
