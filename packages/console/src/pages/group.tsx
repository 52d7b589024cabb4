import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useParams } from "react-router";
import { deleteGroup } from "../api/iam/delete-identity.ts";
import { getGroup } from "../api/iam/groups.ts";
import { iam } from "../api/iam/iam.ts";
import { listUsers, type User } from "../api/iam/users.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog, FormDialog } from "../shell/dialogs.tsx";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure, isMissing } from "../shell/failure.tsx";
import { showNumber, showTime } from "../shell/format.ts";
import { PageTabs } from "../shell/page-tabs.tsx";
import { Page } from "../shell/page.tsx";
import { EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { Permissions } from "./permissions.tsx";
import { userPath } from "./users.tsx";

export function Component(): ReactNode {
  const { name = "" } = useParams();
  const query = useQuery({ queryKey: ["group", name], queryFn: () => getGroup(name) });
  const [deleting, setDeleting] = useState(false);
  const found = query.data;
  return (
    <Page
      title={name}
      above={[["/groups", "Groups"]]}
      actions={isMissing(query.error) ? null : <Button onClick={() => setDeleting(true)}>Delete</Button>}
    >
      {query.error === null ? null : (
        <Failure error={query.error} task="read the group" retry={() => void query.refetch()} />
      )}
      {found === undefined ? null : (
        <>
          <Container>
            <Facts
              items={[
                ["ARN", <Arn key="arn" arn={found.group.arn} />],
                ["Members", showNumber(found.members.length)],
                ["Created", showTime(found.group.created)],
              ]}
            />
          </Container>
          <PageTabs
            name={name}
            pathOf={(tab) => `/groups/${encodeURIComponent(name)}/${tab}`}
            tabs={[
              { id: "members", label: "Members", content: <Members name={name} members={found.members} /> },
              {
                id: "permissions",
                label: "Permissions",
                content: <Permissions kind="Group" name={name} boundary="" />,
              },
            ]}
          />
        </>
      )}
      {deleting ? (
        <DeleteGroupDialog
          name={name}
          goTo="/groups"
          onClose={() => setDeleting(false)}
          onDeleted={() => setDeleting(false)}
        />
      ) : null}
    </Page>
  );
}

function Members({ name, members }: { readonly name: string; readonly members: readonly User[] }): ReactNode {
  const refresh = [["group", name], ["groups"], ["sources"]];
  const [adding, setAdding] = useState(false);
  const remove = useAction(
    async (user: string) => iam("RemoveUserFromGroup", { UserName: user, GroupName: name }).then(() => user),
    {
      task: "remove the member",
      refresh,
      done: (user) => ({ type: "success", header: `${user} is no longer in ${name}` }),
      undo: (user) => iam("AddUserToGroup", { UserName: user, GroupName: name }),
    },
  );
  return (
    <>
      <ResourceTable<User>
        query={{ data: members, error: undefined }}
        keyOf={(user) => user.name}
        task="list the members"
        noun="members"
        title="Members"
        actions={<Button onClick={() => setAdding(true)}>Add users</Button>}
        columns={[
          {
            id: "name",
            header: "User",
            value: (user) => user.name,
            cell: (user) => (
              <Link className="plain-link" to={userPath(user.name)}>
                {user.name}
              </Link>
            ),
          },
          {
            id: "change",
            header: "Change",
            cell: (user) => (
              <Button variant="inline-link" ariaLabel={`Remove ${user.name}`} onClick={() => remove.run(user.name)}>
                Remove
              </Button>
            ),
          },
        ]}
        empty={
          <EmptyState title="No members" action={<Button onClick={() => setAdding(true)}>Add users</Button>}>
            Its policies count for nobody yet. Each user that you add has them at once.
          </EmptyState>
        }
      />
      {adding ? <AddDialog name={name} members={members} onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function AddDialog(props: {
  readonly name: string;
  readonly members: readonly User[];
  readonly onClose: () => void;
}): ReactNode {
  const { name, members, onClose } = props;
  const users = useQuery({ queryKey: ["users"], queryFn: listUsers });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const add = useAction(
    async () => {
      for (const user of chosen) await iam("AddUserToGroup", { UserName: user, GroupName: name });
    },
    {
      task: "add the users",
      quiet: true,
      refresh: [["group", name], ["groups"], ["sources"]],
      done: () => {
        onClose();
        return { type: "success", header: `${chosen.join(", ")} added to ${name}` };
      },
    },
  );
  return (
    <FormDialog
      title={`Add users to ${name}`}
      submit="Add"
      task="add the users"
      busy={add.busy}
      error={add.error ?? users.error ?? undefined}
      disabled={chosen.length === 0}
      onSubmit={() => add.run()}
      onClose={onClose}
    >
      <FormField label="Users">
        <Multiselect
          selectedOptions={chosen.map((value) => ({ value, label: value }))}
          options={(users.data ?? [])
            .filter((user) => !members.some((one) => one.name === user.name))
            .map((user) => ({ value: user.name, label: user.name }))}
          filteringType="auto"
          empty="There are no other users"
          placeholder="Choose users"
          deselectAriaLabel={({ label }) => `Remove ${label ?? ""}`}
          onChange={({ detail }) => setChosen(detail.selectedOptions.map(({ value }) => value ?? ""))}
        />
      </FormField>
    </FormDialog>
  );
}

export function DeleteGroupDialog(props: {
  readonly name: string;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
  /** The page to go to from that of what is deleted. */
  readonly goTo?: string;
}): ReactNode {
  const { name, onClose, onDeleted, goTo } = props;
  const remove = useAction(() => deleteGroup(name), {
    task: "delete the group",
    quiet: true,
    refresh: [["groups"], ["sources"]],
    done: () => {
      onDeleted();
      return { type: "success", header: `Group ${name} is deleted` };
    },
    ...(goTo === undefined ? {} : { goTo: () => goTo }),
  });
  return (
    <DeleteDialog
      title={`Delete the group ${name}`}
      word={name}
      task="delete the group"
      busy={remove.busy}
      error={remove.error}
      onDelete={() => remove.run()}
      onClose={onClose}
    >
      Its members stay, and lose what the group gave them. Its inline policies are deleted with it. This cannot be
      undone.
    </DeleteDialog>
  );
}
