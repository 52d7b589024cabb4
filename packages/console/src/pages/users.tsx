import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { Link } from "react-router";
import { deleteUser } from "../api/iam/delete-identity.ts";
import { listUserAttachments, listUsers, type User, type UserAttachments } from "../api/iam/users.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { showDate } from "../shell/format.ts";
import { LinkButton } from "../shell/link-button.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";

export const userPath = (name: string, tab = ""): string =>
  `/users/${encodeURIComponent(name)}${tab === "" ? "" : `/${tab}`}`;

/** What is lost with a user. */
export const userLoss =
  "Its access keys and its password stop working at once. Its MFA devices, inline policies and memberships are deleted with it. This cannot be undone.";

function columnsOf(known: UserAttachments | undefined): readonly Column<User>[] {
  const groups = ({ name }: User): string => known?.get(name)?.groups.join(", ") ?? "";
  const policies = ({ name }: User): readonly string[] => known?.get(name)?.policies ?? [];
  return [
    {
      id: "name",
      header: "User name",
      value: ({ name }) => name,
      cell: ({ name }) => (
        <Link className="plain-link" to={userPath(name)}>
          {name}
        </Link>
      ),
    },
    // Whoever may list the users may still not read what they have.
    ...(known === undefined
      ? []
      : [
          { id: "groups", header: "Groups", value: groups, cell: (user: User) => groups(user) || "–" },
          {
            id: "policies",
            header: "Own policies",
            value: (user: User) => policies(user).join(", "),
            cell: (user: User) => (
              <span className="badges">
                {policies(user).length === 0 ? "–" : policies(user).map((name) => <Badge key={name}>{name}</Badge>)}
              </span>
            ),
          },
        ]),
    { id: "id", header: "Unique id", value: ({ id }) => id, cell: ({ id }) => <code>{id}</code> },
    { id: "created", header: "Created", value: ({ created }) => created, cell: ({ created }) => showDate(created) },
  ];
}

export function Component(): ReactNode {
  const query = useQuery({ queryKey: ["users"], queryFn: listUsers });
  const attachments = useQuery({ queryKey: ["users", "attachments"], queryFn: listUserAttachments });
  const columns = useMemo(() => columnsOf(attachments.data), [attachments.data]);
  const [selected, setSelected] = useState<readonly User[]>([]);
  const [deleting, setDeleting] = useState<User>();
  const remove = useAction(async ({ name }: User) => deleteUser(name).then(() => name), {
    task: "delete the user",
    refresh: [["users"]],
    quiet: true,
    done: (name) => {
      setDeleting(undefined);
      setSelected([]);
      return { type: "success", header: `User ${name} is deleted` };
    },
  });
  const [chosen] = selected;
  return (
    <Page
      title="Users"
      description="People and programs with a name and credentials of their own."
      actions={
        <Buttons>
          <Button disabled={chosen === undefined} onClick={() => setDeleting(chosen)}>
            Delete
          </Button>
          <LinkButton variant="primary" to="/users/create">
            Create user
          </LinkButton>
        </Buttons>
      }
    >
      <ResourceTable
        query={query}
        columns={columns}
        keyOf={({ name }) => name}
        task="list the users"
        noun="users"
        filterLabel="Find users by name, group or policy"
        selection={{ type: "single", items: selected, onChange: setSelected }}
        empty={
          <EmptyState title="No users yet" action={<LinkButton to="/users/create">Create user</LinkButton>}>
            A user is one person or one program. Give each its own, so that each can lose its rights alone.
          </EmptyState>
        }
      />
      {deleting === undefined ? null : (
        <DeleteDialog
          title={`Delete the user ${deleting.name}`}
          word={deleting.name}
          task="delete the user"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run(deleting)}
          onClose={() => {
            remove.reset();
            setDeleting(undefined);
          }}
        >
          {userLoss}
        </DeleteDialog>
      )}
    </Page>
  );
}
