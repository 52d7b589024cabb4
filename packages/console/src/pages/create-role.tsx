import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { deleteRole } from "../api/iam/delete-identity.ts";
import { iam } from "../api/iam/iam.ts";
import { attachPolicy } from "../api/iam/identity-policies.ts";
import type { ManagedPolicy } from "../api/iam/policies.ts";
import { listUsers } from "../api/iam/users.ts";
import { hasErrors } from "../editor/has-errors.ts";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { isName, NameField } from "../shell/name-field.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { useAccountId } from "../shell/session-context.tsx";
import { PolicyPicker } from "./policy-picker.tsx";
import { rolePath } from "./roles.tsx";
import { trustOf } from "./trust.ts";
import { TrustEditor } from "./trust-editor.tsx";

type Kind = "user" | "account" | "custom";

export function Component(): ReactNode {
  const navigate = useNavigate();
  const accountId = useAccountId();
  const [kind, setKind] = useState<Kind>("user");
  const [user, setUser] = useState("");
  const [account, setAccount] = useState("");
  const [trust, setTrust] = useState(trustOf(`arn:aws:iam::${accountId}:root`));
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [hours, setHours] = useState("1");
  const [policies, setPolicies] = useState<readonly ManagedPolicy[]>([]);
  const users = useQuery({ queryKey: ["users"], queryFn: listUsers });
  const document =
    kind === "custom" ? trust : trustOf(kind === "user" ? user : `arn:aws:iam::${account || accountId}:root`);
  const create = useAction(
    async () => {
      await iam("CreateRole", {
        RoleName: name,
        AssumeRolePolicyDocument: document,
        MaxSessionDuration: Number(hours) * 3600,
        Description: description === "" ? undefined : description,
      });
      try {
        for (const { arn } of policies) await attachPolicy("Role", name, arn);
      } catch (error) {
        // A role without the rights that were asked for is not left behind.
        await deleteRole(name);
        throw error;
      }
    },
    {
      task: "create the role",
      quiet: true,
      refresh: [["roles"]],
      done: () => ({ type: "success", header: `Role ${name} is created` }),
      goTo: () => rolePath(name),
    },
  );
  const complete =
    isName(name, 64) && (kind !== "user" || user !== "") && !(kind === "custom" && hasErrors(trust, "trust"));
  return (
    <Page title="Create role" above={[["/roles", "Roles"]]} description="Who may take it, and what it may do.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (complete) create.run();
        }}
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Who may take the role</Header>}>
            <SpaceBetween size="l">
              <Tiles
                ariaLabel="Who may take the role"
                value={kind}
                columns={3}
                onChange={({ detail }) => {
                  if (detail.value === "user" || detail.value === "account" || detail.value === "custom")
                    setKind(detail.value);
                }}
                items={[
                  { value: "user", label: "A user", description: "One user of this account." },
                  { value: "account", label: "An account", description: "Whom its administrators allow to." },
                  { value: "custom", label: "Custom trust policy", description: "Write or paste the JSON." },
                ]}
              />
              {kind === "user" ? (
                <FormField label="User">
                  <Select
                    selectedOption={user === "" ? null : { value: user, label: user.split("/").pop() ?? user }}
                    options={(users.data ?? []).map((one) => ({
                      value: one.arn,
                      label: one.name,
                      description: one.arn,
                    }))}
                    statusType={users.isPending ? "loading" : users.error === null ? "finished" : "error"}
                    errorText={users.error?.message ?? ""}
                    filteringType="auto"
                    placeholder="Choose a user"
                    onChange={({ detail }) => setUser(detail.selectedOption.value ?? "")}
                  />
                </FormField>
              ) : null}
              {kind === "account" ? (
                <FormField label="Account id" description="Twelve digits. Empty means this account.">
                  <Input
                    value={account}
                    placeholder={accountId}
                    inputMode="numeric"
                    onChange={({ detail }) => setAccount(detail.value.trim())}
                  />
                </FormField>
              ) : null}
              {kind === "custom" ? <TrustEditor value={trust} onChange={setTrust} /> : null}
            </SpaceBetween>
          </Container>
          <Container
            header={
              <Header variant="h2" description="They can be added later too.">
                What it may do
              </Header>
            }
          >
            <PolicyPicker chosen={policies} onChange={setPolicies} />
          </Container>
          <Container header={<Header variant="h2">Name</Header>}>
            <SpaceBetween size="m">
              <NameField label="Role name" value={name} max={64} onChange={setName} />
              <FormField
                label={
                  <>
                    Description <i>- optional</i>
                  </>
                }
              >
                <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
              </FormField>
              <FormField label="Longest session">
                <Select
                  selectedOption={{ value: hours, label: `${hours} ${hours === "1" ? "hour" : "hours"}` }}
                  options={["1", "2", "4", "8", "12"].map((value) => ({
                    value,
                    label: `${value} ${value === "1" ? "hour" : "hours"}`,
                  }))}
                  onChange={({ detail }) => setHours(detail.selectedOption.value ?? "1")}
                />
              </FormField>
            </SpaceBetween>
          </Container>
          {create.error === undefined ? null : <Failure isAnswer error={create.error} task="create the role" />}
          <Box float="right">
            <Buttons>
              <Button variant="link" formAction="none" onClick={() => void navigate("/roles")}>
                Cancel
              </Button>
              <Button variant="primary" loading={create.busy} disabled={!complete}>
                Create role
              </Button>
            </Buttons>
          </Box>
        </SpaceBetween>
      </form>
    </Page>
  );
}
