import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { PolicyEditor } from "../editor/lazy-policy-editor.tsx";
import { foreignAccounts, replaceAccount } from "../editor/visual-policy.ts";
import { useAccountId } from "../shell/session-context.tsx";

/** A trust policy, and an offer to make an example of another account one of this account. */
export function TrustEditor(props: { readonly value: string; readonly onChange: (value: string) => void }): ReactNode {
  const { value, onChange } = props;
  const accountId = useAccountId();
  return (
    <SpaceBetween size="m">
      {foreignAccounts(value, accountId).map((foreign) => (
        <Alert
          key={foreign}
          type="info"
          statusIconAriaLabel="Note"
          header={`The policy names another account: ${foreign}`}
          action={
            <Button formAction="none" onClick={() => onChange(replaceAccount(value, foreign, accountId))}>
              Use this account's id
            </Button>
          }
        >
          If it was written as an example, use the id of this account, {accountId}. If you mean to trust that account,
          leave it.
        </Alert>
      ))}
      <PolicyEditor value={value} kind="trust" label="Trust policy" onChange={onChange} />
    </SpaceBetween>
  );
}
