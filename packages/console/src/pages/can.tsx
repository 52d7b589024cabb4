import { arnOf } from "@s3-credentials/policy";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import type { ReactNode } from "react";
import { useNavigate, useParams } from "react-router";
import { AccessFailure } from "../access/access-failure.tsx";
import { useAccountAccess } from "../access/account.ts";
import { CanOf } from "../access/can/can-of.tsx";
import { whoOf } from "../access/who.ts";
import { Page } from "../shell/page.tsx";

/** What one principal may do, and the choice of another. */
export function Component(): ReactNode {
  const { principal: arn = "" } = useParams();
  const navigate = useNavigate();
  const account = useAccountAccess();
  const options = (account.data?.principals ?? []).map((caller) => {
    const { kind, name } = whoOf({ who: "", caller, isOutside: false });
    return { value: arnOf(caller.principal), label: name, description: kind };
  });
  const chosen = options.find(({ value }) => value === arn);
  return (
    <Page
      title={arn === "" ? "What a principal may do" : `What ${chosen?.label ?? arn} may do`}
      description="By service and access level: always, under conditions, or denied by a permissions boundary."
    >
      {account.error === null ? (
        <div className="adder">
          <FormField label="User or role">
            <Select
              selectedOption={chosen ?? null}
              options={options}
              statusType={account.isPending ? "loading" : "finished"}
              empty="There are no users and roles"
              placeholder="Choose a user or a role"
              filteringType="auto"
              onChange={({ detail }) => void navigate(`/can/${encodeURIComponent(detail.selectedOption.value ?? "")}`)}
            />
          </FormField>
        </div>
      ) : arn === "" ? (
        <AccessFailure account={account} />
      ) : null}
      {arn === "" ? null : <CanOf key={arn} arn={arn} />}
    </Page>
  );
}
