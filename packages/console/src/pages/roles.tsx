import Button from "@cloudscape-design/components/button";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { deleteRole } from "../api/iam/delete-identity.ts";
import { listRoles, type Role } from "../api/iam/roles.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { showDate } from "../shell/format.ts";
import { LinkButton } from "../shell/link-button.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { trustedBy } from "./trust.ts";

/** What is lost with a role. */
export const roleLoss =
  "Credentials that were made of it stop working at once. Its inline policies are deleted with it. This cannot be undone.";

export const rolePath = (name: string, tab = ""): string =>
  `/roles/${encodeURIComponent(name)}${tab === "" ? "" : `/${tab}`}`;

const columns: readonly Column<Role>[] = [
  {
    id: "name",
    header: "Role name",
    value: ({ name }) => name,
    cell: ({ name }) => (
      <Link className="plain-link" to={rolePath(name)}>
        {name}
      </Link>
    ),
  },
  {
    id: "trust",
    header: "Trusts",
    value: ({ trust }) => trustedBy(trust).join(", "),
    cell: ({ trust }) => <span className="arn">{trustedBy(trust).join(", ")}</span>,
  },
  {
    id: "description",
    header: "Description",
    value: ({ description }) => description,
    cell: ({ description }) => description || "–",
  },
  { id: "created", header: "Created", value: ({ created }) => created, cell: ({ created }) => showDate(created) },
];

export function Component(): ReactNode {
  const query = useQuery({ queryKey: ["roles"], queryFn: listRoles });
  const [selected, setSelected] = useState<readonly Role[]>([]);
  const [deleting, setDeleting] = useState<Role>();
  const remove = useAction(async ({ name }: Role) => deleteRole(name).then(() => name), {
    task: "delete the role",
    quiet: true,
    refresh: [["roles"]],
    done: (name) => {
      setDeleting(undefined);
      setSelected([]);
      return { type: "success", header: `Role ${name} is deleted` };
    },
  });
  const [chosen] = selected;
  return (
    <Page
      title="Roles"
      description="Rights that somebody takes for a while. A role has no password and no keys of its own."
      actions={
        <Buttons>
          <Button disabled={chosen === undefined} onClick={() => setDeleting(chosen)}>
            Delete
          </Button>
          <LinkButton variant="primary" to="/roles/create">
            Create role
          </LinkButton>
        </Buttons>
      }
    >
      <ResourceTable
        query={query}
        columns={columns}
        keyOf={({ name }) => name}
        task="list the roles"
        noun="roles"
        selection={{ type: "single", items: selected, onChange: setSelected }}
        empty={
          <EmptyState title="No roles yet" action={<LinkButton to="/roles/create">Create role</LinkButton>}>
            A role says who may take it, and what it may do. Use one for what is needed seldom, or from another account.
          </EmptyState>
        }
      />
      {deleting === undefined ? null : (
        <DeleteDialog
          title={`Delete the role ${deleting.name}`}
          word={deleting.name}
          task="delete the role"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run(deleting)}
          onClose={() => {
            remove.reset();
            setDeleting(undefined);
          }}
        >
          {roleLoss}
        </DeleteDialog>
      )}
    </Page>
  );
}
