import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { type Group, listGroups, listGroupsOf } from "../api/iam/groups.ts";
import { iam } from "../api/iam/iam.ts";
import { useAction } from "../shell/action.ts";
import { FormDialog } from "../shell/dialogs.tsx";
import { EmptyState, ResourceTable } from "../shell/resource-table.tsx";

export function UserGroups({ name }: { readonly name: string }): ReactNode {
  const query = useQuery({ queryKey: ["groups", name], queryFn: () => listGroupsOf(name) });
  const [adding, setAdding] = useState(false);
  const refresh = [["groups"], ["group"], ["sources"]];
  const leave = useAction(
    async (group: string) => iam("RemoveUserFromGroup", { UserName: name, GroupName: group }).then(() => group),
    {
      task: "take the user out of the group",
      refresh,
      done: (group) => ({ type: "success", header: `${name} is no longer in ${group}` }),
      undo: (group) => iam("AddUserToGroup", { UserName: name, GroupName: group }),
    },
  );
  return (
    <>
      <ResourceTable<Group>
        query={query}
        keyOf={(group) => group.name}
        task="list the groups of the user"
        noun="groups"
        title="Groups"
        description="The user has the policies of each."
        actions={<Button onClick={() => setAdding(true)}>Add to groups</Button>}
        columns={[
          {
            id: "name",
            header: "Group",
            value: (group) => group.name,
            cell: (group) => (
              <Link className="plain-link" to={`/groups/${encodeURIComponent(group.name)}`}>
                {group.name}
              </Link>
            ),
          },
          {
            id: "change",
            header: "Change",
            cell: (group) => (
              <Button
                variant="inline-link"
                ariaLabel={`Remove from ${group.name}`}
                onClick={() => leave.run(group.name)}
              >
                Remove
              </Button>
            ),
          },
        ]}
        empty={
          <EmptyState title="In no group" action={<Button onClick={() => setAdding(true)}>Add to groups</Button>}>
            Groups give the same policies to several users.
          </EmptyState>
        }
      />
      {adding ? <AddDialog name={name} within={query.data ?? []} onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function AddDialog(props: {
  readonly name: string;
  readonly within: readonly Group[];
  readonly onClose: () => void;
}): ReactNode {
  const { name, within, onClose } = props;
  const known = useQuery({ queryKey: ["groups"], queryFn: listGroups });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const add = useAction(
    async () => {
      for (const group of chosen) await iam("AddUserToGroup", { UserName: name, GroupName: group });
    },
    {
      task: "add the user to the groups",
      quiet: true,
      refresh: [["groups"], ["group"], ["sources"]],
      done: () => {
        onClose();
        return { type: "success", header: `${name} is in ${chosen.join(", ")}` };
      },
    },
  );
  const options = (known.data ?? [])
    .filter((group) => !within.some((one) => one.name === group.name))
    .map((group) => ({ value: group.name, label: group.name }));
  return (
    <FormDialog
      title={`Add ${name} to groups`}
      submit="Add"
      task="add the user to the groups"
      busy={add.busy}
      error={add.error ?? known.error ?? undefined}
      disabled={chosen.length === 0}
      onSubmit={() => add.run()}
      onClose={onClose}
    >
      <FormField label="Groups">
        <Multiselect
          selectedOptions={chosen.map((value) => ({ value, label: value }))}
          options={options}
          empty="There are no other groups"
          placeholder="Choose groups"
          deselectAriaLabel={({ label }) => `Remove ${label ?? ""}`}
          onChange={({ detail }) => setChosen(detail.selectedOptions.map(({ value }) => value ?? ""))}
        />
      </FormField>
    </FormDialog>
  );
}
