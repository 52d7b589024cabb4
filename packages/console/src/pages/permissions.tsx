import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { listGroupsOf } from "../api/iam/groups.ts";
import {
  attachPolicy,
  deleteInline,
  detachPolicy,
  getInline,
  type IdentityKind,
  listAttached,
  listInline,
  putInline,
  setBoundary,
} from "../api/iam/identity-policies.ts";
import type { ManagedPolicy } from "../api/iam/policies.ts";
import { useAction } from "../shell/action.ts";
import { FormDialog } from "../shell/dialogs.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { InlinePolicyDialog } from "./inline-policy.tsx";
import { PolicyPicker, policyPath } from "./policy-picker.tsx";

/** One place that a right of this identity comes from. */
interface Source {
  readonly name: string;
  readonly kind: "Managed" | "Inline" | "Boundary";
  readonly arn: string;
  /** The group that gives it; empty for its own. */
  readonly group: string;
}

async function sourcesOf(kind: IdentityKind, name: string, boundary: string): Promise<readonly Source[]> {
  const own = await policiesOf(kind, name, "");
  const limit: readonly Source[] =
    boundary === "" ? [] : [{ name: boundary.split("/").pop() ?? "", kind: "Boundary", arn: boundary, group: "" }];
  if (kind !== "User") return [...own, ...limit];
  const groups = await listGroupsOf(name);
  const inherited = await Promise.all(groups.map((group) => policiesOf("Group", group.name, group.name)));
  return [...own, ...inherited.flat(), ...limit];
}

async function policiesOf(kind: IdentityKind, name: string, group: string): Promise<readonly Source[]> {
  const [attached, inline] = await Promise.all([listAttached(kind, name), listInline(kind, name)]);
  return [
    ...attached.map((one): Source => ({ name: one.name, kind: "Managed", arn: one.arn, group })),
    ...inline.map((one): Source => ({ name: one, kind: "Inline", arn: "", group })),
  ];
}

/** Every policy that counts for a user, group or role, where each comes from, and how it is taken away. */
export function Permissions(props: {
  readonly kind: IdentityKind;
  readonly name: string;
  readonly boundary: string;
}): ReactNode {
  const { kind, name, boundary } = props;
  const queryKey = ["sources", kind, name, boundary];
  const query = useQuery({ queryKey, queryFn: () => sourcesOf(kind, name, boundary) });
  const [attaching, setAttaching] = useState(false);
  const [limiting, setLimiting] = useState(false);
  const [editing, setEditing] = useState<string>();
  const remove = useAction(
    async (source: Source) => {
      const document = source.kind === "Inline" ? await getInline(kind, name, source.name) : "";
      await (source.kind === "Inline" ? deleteInline(kind, name, source.name) : detachPolicy(kind, name, source.arn));
      return { source, document };
    },
    {
      task: "remove the policy",
      refresh: [["sources"], ["policies"]],
      done: ({ source }) => ({ type: "success", header: `${source.name} no longer counts for ${name}` }),
      undo: ({ source, document }) =>
        source.kind === "Inline" ? putInline(kind, name, source.name, document) : attachPolicy(kind, name, source.arn),
    },
  );
  const limit = useAction(
    async (arn: string) => {
      if (kind !== "Group") await setBoundary(kind, name, arn);
      return { arn, before: boundary };
    },
    {
      task: "change the permissions boundary",
      refresh: [["sources"], [kind.toLowerCase(), name]],
      done: ({ arn }) => ({
        type: "success",
        header: arn === "" ? `Nothing limits ${name} any more` : `${name} may do at most what the boundary allows`,
      }),
      undo: async ({ before }) => (kind === "Group" ? undefined : setBoundary(kind, name, before)),
    },
  );
  const columns: readonly Column<Source>[] = [
    {
      id: "name",
      header: "Policy",
      value: (source) => source.name,
      cell: (source) =>
        source.kind !== "Inline" ? (
          <Link className="plain-link" to={policyPath(source.arn)}>
            {source.name}
          </Link>
        ) : source.group === "" ? (
          <button type="button" className="link-like strong" onClick={() => setEditing(source.name)}>
            {source.name}
          </button>
        ) : (
          source.name
        ),
    },
    {
      id: "kind",
      header: "Kind",
      value: (source) => source.kind,
      cell: (source) =>
        source.kind === "Boundary" ? <Badge color="severity-medium">Boundary: a limit</Badge> : source.kind,
    },
    {
      id: "from",
      header: "Counts because of",
      value: (source) => source.group,
      cell: (source) =>
        source.group === "" ? (
          `this ${kind.toLowerCase()}`
        ) : (
          <>
            the group <Link to={`/groups/${encodeURIComponent(source.group)}`}>{source.group}</Link>
          </>
        ),
    },
    {
      id: "action",
      header: "Change",
      cell: (source) =>
        source.group !== "" ? null : (
          <Button
            variant="inline-link"
            ariaLabel={`Remove ${source.kind === "Boundary" ? "the boundary " : ""}${source.name}`}
            onClick={() => (source.kind === "Boundary" ? limit.run("") : remove.run(source))}
          >
            Remove
          </Button>
        ),
    },
  ];
  return (
    <>
      <ResourceTable
        query={query}
        columns={columns}
        keyOf={(source) => `${source.kind} ${source.name} ${source.group}`}
        task="read the permissions"
        noun="policies"
        title="Permissions"
        description="Every policy that counts here, and where it comes from."
        actions={
          <ButtonDropdown
            variant="primary"
            items={[
              { id: "attach", text: "Attach policies" },
              { id: "inline", text: "Create an inline policy" },
              ...(kind === "Group"
                ? []
                : [{ id: "limit", text: boundary === "" ? "Set a permissions boundary" : "Change the boundary" }]),
            ]}
            onItemClick={({ detail: { id } }) => {
              if (id === "attach") setAttaching(true);
              else if (id === "limit") setLimiting(true);
              else setEditing("");
            }}
          >
            Add permissions
          </ButtonDropdown>
        }
        empty={
          <EmptyState
            title="No permissions"
            action={<Button onClick={() => setAttaching(true)}>Attach policies</Button>}
          >
            Without a policy, everything is refused.
          </EmptyState>
        }
      />
      {attaching ? (
        <AttachDialog
          kind={kind}
          name={name}
          attached={new Set(query.data?.filter(({ group }) => group === "").map(({ arn }) => arn))}
          onClose={() => setAttaching(false)}
        />
      ) : null}
      {limiting ? (
        <BoundaryDialog
          name={name}
          busy={limit.busy}
          onChoose={(arn) => {
            limit.run(arn);
            setLimiting(false);
          }}
          onClose={() => setLimiting(false)}
        />
      ) : null}
      {editing === undefined ? null : (
        <InlinePolicyDialog kind={kind} name={name} policy={editing} onClose={() => setEditing(undefined)} />
      )}
    </>
  );
}

function AttachDialog(props: {
  readonly kind: IdentityKind;
  readonly name: string;
  readonly attached: ReadonlySet<string>;
  readonly onClose: () => void;
}): ReactNode {
  const { kind, name, attached, onClose } = props;
  const [chosen, setChosen] = useState<readonly ManagedPolicy[]>([]);
  const attach = useAction(
    async () => {
      for (const { arn } of chosen) await attachPolicy(kind, name, arn);
    },
    {
      task: "attach the policies",
      quiet: true,
      refresh: [["sources"], ["policies"]],
      done: () => {
        onClose();
        return { type: "success", header: `${chosen.map((one) => one.name).join(", ")} now counts for ${name}` };
      },
    },
  );
  return (
    <FormDialog
      title={`Attach policies to ${name}`}
      submit={chosen.length > 1 ? `Attach ${chosen.length} policies` : "Attach policy"}
      task="attach the policies"
      size="large"
      busy={attach.busy}
      error={attach.error}
      disabled={chosen.length === 0}
      onSubmit={() => attach.run()}
      onClose={onClose}
    >
      <PolicyPicker chosen={chosen} without={attached} onChange={setChosen} />
    </FormDialog>
  );
}

function BoundaryDialog(props: {
  readonly name: string;
  readonly busy: boolean;
  readonly onChoose: (arn: string) => void;
  readonly onClose: () => void;
}): ReactNode {
  const [chosen, setChosen] = useState<readonly ManagedPolicy[]>([]);
  const [policy] = chosen;
  return (
    <FormDialog
      title={`Permissions boundary of ${props.name}`}
      submit="Set boundary"
      task="set the permissions boundary"
      size="large"
      busy={props.busy}
      disabled={policy === undefined}
      onSubmit={() => policy && props.onChoose(policy.arn)}
      onClose={props.onClose}
    >
      <p className="soft">
        A boundary gives no right. {props.name} may do what its policies allow and the boundary allows too.
      </p>
      <PolicyPicker chosen={chosen} single onChange={setChosen} />
    </FormDialog>
  );
}
