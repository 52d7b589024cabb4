import Button from "@cloudscape-design/components/button";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { deletePolicy, listPolicies, type ManagedPolicy } from "../api/iam/policies.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { showDate } from "../shell/format.ts";
import { LinkButton } from "../shell/link-button.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { noSource, reviewPath } from "../review/document-source.ts";
import { policyPath } from "./policy-picker.tsx";

const columns: readonly Column<ManagedPolicy>[] = [
  {
    id: "name",
    header: "Policy name",
    value: ({ name }) => name,
    cell: ({ name, arn }) => (
      <Link className="plain-link" to={policyPath(arn)}>
        {name}
      </Link>
    ),
  },
  {
    id: "from",
    header: "From",
    value: ({ isAws }) => (isAws ? "AWS" : "This account"),
    cell: ({ isAws }) => (isAws ? "AWS" : "This account"),
  },
  {
    id: "used",
    header: "Used by",
    value: ({ attachments }) => attachments,
    cell: ({ attachments }) => attachments || "–",
  },
  { id: "updated", header: "Changed", value: ({ updated }) => updated, cell: ({ updated }) => showDate(updated) },
];

const scopes = [
  { id: "Local", text: "This account" },
  { id: "All", text: "With AWS's" },
] as const;

export function Component(): ReactNode {
  const [scope, setScope] = useState<"Local" | "All">("All");
  const query = useQuery({ queryKey: ["policies", scope], queryFn: () => listPolicies(scope) });
  const [selected, setSelected] = useState<readonly ManagedPolicy[]>([]);
  const [deleting, setDeleting] = useState<ManagedPolicy>();
  const remove = useAction(async ({ arn, name }: ManagedPolicy) => deletePolicy(arn).then(() => name), {
    task: "delete the policy",
    quiet: true,
    refresh: [["policies"]],
    done: (name) => {
      setDeleting(undefined);
      setSelected([]);
      return { type: "success", header: `Policy ${name} is deleted` };
    },
  });
  const [chosen] = selected;
  return (
    <Page
      title="Policies"
      description="Documents that say what is allowed and what is refused. Attach one to a user, a group or a role."
      actions={
        <Buttons>
          <Button disabled={chosen === undefined || chosen.isAws} onClick={() => setDeleting(chosen)}>
            Delete
          </Button>
          <LinkButton to={chosen === undefined ? "/review" : reviewPath({ arn: chosen.arn, version: "" }, noSource)}>
            Review
          </LinkButton>
          <LinkButton variant="primary" to="/policies/create">
            Create policy
          </LinkButton>
        </Buttons>
      }
    >
      <SegmentedControl
        label="Which policies"
        selectedId={scope}
        options={[...scopes]}
        onChange={({ detail }) => {
          setSelected([]);
          setScope(detail.selectedId === "Local" ? "Local" : "All");
        }}
      />
      <ResourceTable
        query={query}
        columns={columns}
        keyOf={({ name }) => name}
        task="list the policies"
        noun="policies"
        selection={{ type: "single", items: selected, onChange: setSelected }}
        empty={
          <EmptyState title="No policies yet" action={<LinkButton to="/policies/create">Create policy</LinkButton>}>
            Write one for what you allow most often, and attach it to a group.
          </EmptyState>
        }
      />
      {deleting === undefined ? null : (
        <DeleteDialog
          title={`Delete the policy ${deleting.name}`}
          word={deleting.name}
          task="delete the policy"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run(deleting)}
          onClose={() => {
            remove.reset();
            setDeleting(undefined);
          }}
        >
          All its versions are deleted. A policy that is attached somewhere is not deleted: detach it first. This cannot
          be undone.
        </DeleteDialog>
      )}
    </Page>
  );
}
