import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { useSearchParams } from "react-router";
import type { RoleChoice } from "../api/session.ts";
import { Failure } from "../shell/failure.tsx";
import { useNotify } from "../shell/notices.tsx";
import { Page } from "../shell/page.tsx";
import {
  defaultColor,
  forgetRole,
  isColor,
  rememberRole,
  roleColors,
  useRememberedRoles,
} from "../shell/remembered-roles.ts";
import { EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { useAccountId, useSwitchRole } from "../shell/session-context.tsx";

/** AWS's links have colours without `#`. */
function colorOf(text: string | null): string {
  const color = `#${(text ?? "").replace(/^#/, "")}`;
  return isColor(color) ? color : defaultColor;
}

export function Component(): ReactNode {
  const [query] = useSearchParams();
  const accountId = useAccountId();
  const [account, setAccount] = useState(query.get("account") ?? accountId);
  const [roleName, setRoleName] = useState(query.get("roleName") ?? "");
  const [displayName, setDisplayName] = useState(query.get("displayName") ?? "");
  const [color, setColor] = useState(colorOf(query.get("color")));
  const change = useSwitchRole(true);
  const submit = (): void => {
    if (account !== "" && roleName !== "") change.run({ account, roleName, displayName, color });
  };
  return (
    <Page
      title="Switch role"
      narrow
      description="You act as the role, with its rights and not your own, until you switch back."
    >
      <Container>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <SpaceBetween size="m">
            <FormField label="Account" description="Its id or its alias.">
              <Input value={account} autoComplete={false} onChange={({ detail }) => setAccount(detail.value.trim())} />
            </FormField>
            <FormField label="Role">
              <Input
                value={roleName}
                autoComplete={false}
                placeholder="bucket-lister"
                onChange={({ detail }) => setRoleName(detail.value.trim())}
              />
            </FormField>
            <FormField
              label={
                <>
                  Display name <i>- optional</i>
                </>
              }
            >
              <Input value={displayName} onChange={({ detail }) => setDisplayName(detail.value)} />
            </FormField>
            <Colors value={color} onChange={setColor} />
            {change.error === undefined ? null : (
              <Failure isAnswer error={change.error} task={`switch to the role ${roleName}`}>
                <Box margin={{ top: "xs" }}>
                  Both sides have to allow it: the trust policy of the role must name you or your account, and you need
                  sts:AssumeRole on it where the trust policy does not name you yourself. Check the name too: a role
                  that is not there is answered the same way.
                </Box>
              </Failure>
            )}
            <Button variant="primary" loading={change.busy} disabled={account === "" || roleName === ""}>
              Switch role
            </Button>
          </SpaceBetween>
        </form>
      </Container>
      <Remembered />
    </Page>
  );
}

function Colors(props: { readonly value: string; readonly onChange: (color: string) => void }): ReactNode {
  const { value, onChange } = props;
  const colors = roleColors.some((one) => one === value) ? roleColors : [...roleColors, value];
  return (
    <fieldset className="colors">
      <legend>Colour of the line above each page</legend>
      {colors.map((color) => (
        <label key={color} style={{ background: color }}>
          <input
            type="radio"
            name="color"
            aria-label={`Colour ${color}`}
            checked={value === color}
            onChange={() => onChange(color)}
          />
        </label>
      ))}
    </fieldset>
  );
}

function Remembered(): ReactNode {
  const roles = useRememberedRoles();
  const change = useSwitchRole(false);
  const notify = useNotify();
  const [renaming, setRenaming] = useState<RoleChoice>();
  return (
    <ResourceTable<RoleChoice>
      query={{ data: roles, error: undefined }}
      keyOf={({ account, roleName }) => `${roleName} in ${account}`}
      task="read the remembered roles"
      noun="remembered roles"
      title="Remembered roles"
      description="Kept in this browser, by name only."
      columns={[
        {
          id: "name",
          header: "Display name",
          value: ({ displayName, roleName }) => displayName || roleName,
          cell: (role) =>
            renaming === role ? (
              <Rename role={role} onDone={() => setRenaming(undefined)} />
            ) : (
              <span className="role-name">
                <span className="role-color" style={{ background: role.color }} />
                <button type="button" className="link-like strong" onClick={() => change.run(role)}>
                  {role.displayName || role.roleName}
                </button>
              </span>
            ),
        },
        {
          id: "role",
          header: "Role",
          value: ({ account, roleName }) => `${roleName} ${account}`,
          cell: ({ account, roleName }) => `${roleName} in ${account}`,
        },
        {
          id: "change",
          header: "Change",
          cell: (role) => (
            <SpaceBetween size="s" direction="horizontal">
              <Button variant="inline-link" ariaLabel={`Rename ${role.roleName}`} onClick={() => setRenaming(role)}>
                Rename
              </Button>
              <Button
                variant="inline-link"
                ariaLabel={`Forget ${role.roleName}`}
                onClick={() => {
                  forgetRole(role);
                  notify({
                    type: "success",
                    header: `${role.displayName || role.roleName} is forgotten`,
                    action: { text: "Undo", run: () => rememberRole(role) },
                  });
                }}
              >
                Forget
              </Button>
            </SpaceBetween>
          ),
        },
      ]}
      empty={
        <EmptyState title="No roles yet">
          A role you switch to is remembered here, so that one choice takes it again. Whoever administers the role has
          its name.
        </EmptyState>
      }
    />
  );
}

function Rename({ role, onDone }: { readonly role: RoleChoice; readonly onDone: () => void }): ReactNode {
  const [name, setName] = useState(role.displayName);
  return (
    <form
      className="adder"
      onSubmit={(event) => {
        event.preventDefault();
        rememberRole({ ...role, displayName: name });
        onDone();
      }}
    >
      <Input value={name} autoFocus ariaLabel="Display name" onChange={({ detail }) => setName(detail.value)} />
      <Button>Save</Button>
    </form>
  );
}
