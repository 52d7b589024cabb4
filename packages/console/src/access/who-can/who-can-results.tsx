import { layerFor, type WhoCan, type WhoCanQuestion } from "@s3-credentials/policy";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useMemo, useState } from "react";
import { countOf, showText } from "../../shell/format.ts";
import { type Column, EmptyState, ResourceTable } from "../../shell/resource-table.tsx";
import { useAccountId } from "../../shell/session-context.tsx";
import { AccessDialog, type AccessInQuestion } from "../access-dialog.tsx";
import { AccessFailure } from "../access-failure.tsx";
import { useAccountAccess } from "../account.ts";
import { Answer } from "../answer-words.tsx";
import { useInSlices } from "../in-slices.ts";
import { useControlsNote } from "../control-policies.ts";
import { PolicyName } from "../policy-name.tsx";
import { trustOfQuestion, useResourceAccess } from "../resource-access.ts";
import { whoOf } from "../who.ts";
import { WhoName } from "../who-name.tsx";
import { contextOf, resourceOfQuestion, type WrittenWhoCan } from "./who-can-question.ts";
import { searchWhoCan } from "./who-can-search.ts";

interface Row extends WhoCan {
  /** Who may take the role; undefined for anybody else. */
  readonly takers: readonly string[] | undefined;
}

/** Who may, through what, and under which conditions. */
export function WhoCanResults({ asked }: { readonly asked: WrittenWhoCan }): ReactNode {
  const accountId = useAccountId();
  const account = useAccountAccess();
  const everybody = account.data;
  const question = useMemo(
    (): WhoCanQuestion & { readonly account: string } => ({
      action: asked.action,
      resource: resourceOfQuestion(asked),
      account: accountId,
      context: contextOf(asked),
      now: asked.time === "" ? new Date() : new Date(asked.time),
    }),
    [asked, accountId],
  );
  const note = useControlsNote();
  const resource = useResourceAccess(question, accountId);
  const layers = useMemo(
    () => (everybody && trustOfQuestion(everybody, question)) ?? resource.data?.layers,
    [everybody, question, resource.data],
  );
  const start = useMemo(
    () =>
      everybody === undefined || layers === undefined ? undefined : () => searchWhoCan(question, everybody, layers),
    [everybody, question, layers],
  );
  const { items, isDone } = useInSlices(start);
  const rows = useMemo(() => {
    const takers = new Map(items.flatMap((one) => (one.kind === "takers" ? [[one.roleArn, one.takers] as const] : [])));
    return items.flatMap((one): readonly Row[] =>
      one.kind === "who" ? [{ ...one.row, takers: takers.get(one.row.who) }] : [],
    );
  }, [items]);
  const [shown, setShown] = useState<AccessInQuestion>();
  if (account.error !== null || resource.error !== null)
    return <AccessFailure account={account} resource={resource} what="the bucket" />;
  const open = ({ caller, isOutside, access, ...row }: Row): void => {
    if (layers === undefined) return;
    setShown({
      name: whoOf({ caller, isOutside, ...row }).name,
      caller,
      action: question.action,
      resource: question.resource,
      layer: layerFor(caller.principal, layers, accountId),
      account: accountId,
      context: question.context ?? {},
      access,
    });
  };
  return (
    <div className="stack">
      <div role="status" className="map-state">
        {isDone ? wordsOf(rows) : <StatusIndicator type="loading">Asking about everybody</StatusIndicator>}
      </div>
      <ResourceTable<Row>
        query={{ data: isDone ? rows : undefined, error: null }}
        columns={columns(open)}
        keyOf={({ who }) => who}
        task="ask who may"
        noun="principals"
        title={`Who may do ${question.action}`}
        description={`On ${question.resource}. Root users are not asked about.`}
        empty={<EmptyState title="Nobody">No user, no role, and nobody outside the account may.</EmptyState>}
      />
      {note === undefined ? null : <p className="soft">{note}</p>}
      {resource.data?.notCounted.map((words) => (
        <p key={words} className="soft">
          {words}
        </p>
      ))}
      {shown === undefined ? null : <AccessDialog asked={shown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

function wordsOf(rows: readonly Row[]): string {
  const inside = rows.filter(({ isOutside }) => !isOutside);
  const conditional = rows.filter(({ access }) => access.answer !== "always").length;
  const outside = rows.length - inside.length;
  return [
    `${countOf(inside.length, "principal")} of the account may`,
    outside === 0 ? ", and nobody outside it" : `, and ${countOf(outside, "group", "groups")} outside it`,
    conditional === 0 ? "." : `; ${conditional} of them under conditions.`,
  ].join("");
}

const columns = (open: (row: Row) => void): readonly Column<Row>[] => [
  {
    id: "who",
    header: "Who",
    value: (row) => whoOf(row).name,
    cell: (row) => <WhoName who={whoOf(row)} />,
  },
  {
    id: "answer",
    header: "May",
    value: ({ access }) => access.answer,
    cell: (row) => (
      <button
        type="button"
        className="link-like"
        aria-label={`${row.access.answer}: why ${whoOf(row).name} may`}
        onClick={() => open(row)}
      >
        <Answer answer={row.access.answer} />
      </button>
    ),
  },
  {
    id: "through",
    header: "Through",
    value: ({ access }) => access.through ?? "",
    cell: ({ access, caller }) => <Through access={access} principal={caller.principal} />,
  },
  {
    id: "when",
    header: "Depends on",
    value: ({ access }) => (access.answer === "depends" ? access.on.join(" ") : ""),
    cell: ({ access }) => {
      if (access.answer === "unknown") return access.construct;
      if (access.answer === "always") return "–";
      return (
        <>
          {showText(access.on.join(", "))} <div className="soft arn">{`may with ${showText(exampleOf(access))}`}</div>
        </>
      );
    },
  },
  {
    id: "takers",
    header: "The role is taken by",
    cell: ({ takers }) => (takers === undefined ? "–" : takers.join(", ") || "nobody"),
  },
];

/** What the keys are in a request that is allowed. */
function exampleOf({ on, allowed }: Extract<WhoCan["access"], { readonly answer: "depends" }>): string {
  const valueOf = (key: string): string => {
    if (key === "resource") return allowed.resource;
    const value = allowed.context[key];
    return value === undefined ? `no ${key}` : [value].flat().join(" and ") || `an empty ${key}`;
  };
  return on.map(valueOf).join(", ");
}

/** `POLICY, statement 2 (Sid)`, with the policy as a link; of a layer without policies its name. */
function Through(props: Pick<WhoCan, "access"> & Pick<WhoCan["caller"], "principal">): ReactNode {
  const { access, principal } = props;
  const { through, statement } = access;
  if (statement === undefined) return through;
  const { policyName: name, origin, index, sid } = statement;
  return (
    <>
      <PolicyName policy={{ name, origin }} principal={principal} />, statement {index + 1}
      {sid === undefined ? "" : ` (${showText(sid)})`}
    </>
  );
}
