import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { listPolicies, type ManagedPolicy } from "../api/iam/policies.ts";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";

export const policyPath = (arn: string): string => `/policies/${encodeURIComponent(arn)}`;

const columns: readonly Column<ManagedPolicy>[] = [
  {
    id: "name",
    header: "Policy",
    value: ({ name }) => name,
    cell: ({ name, arn }) => (
      <Link className="plain-link" to={policyPath(arn)} target="_blank">
        {name}
      </Link>
    ),
  },
  {
    id: "kind",
    header: "From",
    value: ({ isAws }) => (isAws ? "AWS" : "This account"),
    cell: ({ isAws }) => (isAws ? "AWS" : "This account"),
  },
  { id: "used", header: "Used by", value: ({ attachments }) => attachments, cell: ({ attachments }) => attachments },
];

/** Choose managed policies of the account and of AWS. */
export function PolicyPicker(props: {
  readonly chosen: readonly ManagedPolicy[];
  readonly without?: ReadonlySet<string>;
  /** Only one can be chosen. */
  readonly single?: boolean;
  readonly onChange: (policies: readonly ManagedPolicy[]) => void;
}): ReactNode {
  const { chosen, without, single = false, onChange } = props;
  const query = useQuery({ queryKey: ["policies", "All"], queryFn: () => listPolicies("All") });
  const data = query.data?.filter(({ arn }) => without?.has(arn) !== true);
  return (
    <ResourceTable
      embedded
      query={{ data, error: query.error, refetch: query.refetch }}
      columns={columns}
      keyOf={({ name }) => name}
      task="list the policies"
      noun="policies"
      pageSize={8}
      selection={{ type: single ? "single" : "multi", items: chosen, onChange }}
      empty={
        <EmptyState title="No policies to attach">
          <Link className="plain-link" to="/policies/create">
            Create one
          </Link>
          , then attach it.
        </EmptyState>
      }
    />
  );
}
