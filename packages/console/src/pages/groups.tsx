import Button from "@cloudscape-design/components/button";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { type Group, listGroups } from "../api/iam/groups.ts";
import { iam } from "../api/iam/iam.ts";
import { useAction } from "../shell/action.ts";
import { FormDialog } from "../shell/dialogs.tsx";
import { showDate } from "../shell/format.ts";
import { isName, NameField } from "../shell/name-field.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { DeleteGroupDialog } from "./group.tsx";

export const groupPath = (name: string, tab = ""): string =>
  `/groups/${encodeURIComponent(name)}${tab === "" ? "" : `/${tab}`}`;

const columns: readonly Column<Group>[] = [
  {
    id: "name",
    header: "Group name",
    value: ({ name }) => name,
    cell: ({ name }) => (
      <Link className="plain-link" to={groupPath(name)}>
        {name}
      </Link>
    ),
  },
  { id: "path", header: "Path", value: ({ path }) => path, cell: ({ path }) => path },
  { id: "created", header: "Created", value: ({ created }) => created, cell: ({ created }) => showDate(created) },
];

export function Component(): ReactNode {
  const query = useQuery({ queryKey: ["groups"], queryFn: listGroups });
  const [selected, setSelected] = useState<readonly Group[]>([]);
  const [dialog, setDialog] = useState<"create" | "delete">();
  const [chosen] = selected;
  const create = (
    <Button variant="primary" onClick={() => setDialog("create")}>
      Create group
    </Button>
  );
  return (
    <Page
      title="Groups"
      description="Users with the same rights: a group's policies count for each of its members."
      actions={
        <Buttons>
          <Button disabled={chosen === undefined} onClick={() => setDialog("delete")}>
            Delete
          </Button>
          {create}
        </Buttons>
      }
    >
      <ResourceTable
        query={query}
        columns={columns}
        keyOf={({ name }) => name}
        task="list the groups"
        noun="groups"
        selection={{ type: "single", items: selected, onChange: setSelected }}
        empty={
          <EmptyState title="No groups yet" action={<Button onClick={() => setDialog("create")}>Create group</Button>}>
            Give rights to a group and not to each user: a new colleague then needs one membership.
          </EmptyState>
        }
      />
      {dialog === "create" ? <CreateDialog onClose={() => setDialog(undefined)} /> : null}
      {dialog === "delete" && chosen !== undefined ? (
        <DeleteGroupDialog
          name={chosen.name}
          onClose={() => setDialog(undefined)}
          onDeleted={() => {
            setSelected([]);
            setDialog(undefined);
          }}
        />
      ) : null}
    </Page>
  );
}

function CreateDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [name, setName] = useState("");
  const create = useAction(() => iam("CreateGroup", { GroupName: name }), {
    task: "create the group",
    quiet: true,
    refresh: [["groups"]],
    done: () => ({ type: "success", header: `Group ${name} is created` }),
    goTo: () => groupPath(name),
  });
  return (
    <FormDialog
      title="Create group"
      submit="Create group"
      task="create the group"
      busy={create.busy}
      error={create.error}
      disabled={!isName(name, 128)}
      onSubmit={() => create.run()}
      onClose={onClose}
    >
      <NameField label="Group name" value={name} max={128} onChange={setName} />
    </FormDialog>
  );
}
