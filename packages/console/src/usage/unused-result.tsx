import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { LastUsed } from "@s3-credentials/policy";
import { type ReactNode, useCallback, useState } from "react";
import { Link } from "react-router";
import type { AccountAccess } from "../access/account.ts";
import { useInSlices } from "../access/in-slices.ts";
import { WhoName } from "../access/who-name.tsx";
import { countOf, showTime } from "../shell/format.ts";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { GiveDialog } from "./give-dialog.tsx";
import type { RecordWindow } from "./read-record.ts";
import { usageProposals, type UsageProposal } from "./unused-access.ts";

/** What the record shows, and how sure it is. */
export function UnusedResult(props: {
  readonly account: AccountAccess;
  readonly record: RecordWindow;
  readonly unused: readonly LastUsed[];
}): ReactNode {
  const { account, record, unused } = props;
  return (
    <SpaceBetween size="l">
      <Window record={record} />
      <ResourceTable<LastUsed>
        query={{ data: unused, error: null }}
        columns={unusedColumns}
        keyOf={({ kind, of, id = "" }) => `${kind} ${of} ${id}`}
        task="list what is not used"
        noun="keys and roles"
        title="Keys and roles that nobody used"
        description="Each was made before that time."
        empty={<EmptyState title="None">Every key and every role that was made before that time was used.</EmptyState>}
      />
      {record.hasObjectCalls ? <Proposals account={account} record={record} /> : null}
    </SpaceBetween>
  );
}

function Window({ record: { usage, since, hasObjectCalls, isWhole } }: { readonly record: RecordWindow }): ReactNode {
  return (
    <Container header={<Header variant="h2">What the record covers</Header>}>
      <p role="status">
        {countOf(usage.events, "event")} since {showTime(since.toISOString())}. What is not in it may still be needed.
      </p>
      <p className="soft">
        {isWhole
          ? "Every call of this time is in it."
          : hasObjectCalls
            ? "It is not known that every call of this time is in it: the gateway was started later, or there were more calls than it could record."
            : "Calls on objects are recorded only when they are denied (serve --data-events records all), so no narrower policies are proposed."}
      </p>
    </Container>
  );
}

const unusedColumns: readonly Column<LastUsed>[] = [
  {
    id: "of",
    header: "Of",
    value: ({ of }) => of,
    cell: ({ kind, of }) => (
      <Link
        className="plain-link"
        to={kind === "role" ? `/roles/${encodeURIComponent(of)}` : `/users/${encodeURIComponent(of)}/keys`}
      >
        {of}
      </Link>
    ),
  },
  {
    id: "kind",
    header: "What",
    value: ({ kind }) => kind,
    cell: ({ kind, id }) => (id === undefined ? kind : <code>{id}</code>),
  },
  {
    id: "used",
    header: "Last used",
    value: ({ used }) => used?.getTime() ?? 0,
    cell: ({ used }) => (used === undefined ? "Never" : showTime(used.toISOString())),
  },
  {
    id: "made",
    header: "Made",
    value: ({ made }) => made?.getTime() ?? 0,
    cell: ({ made }) => (made === undefined ? "" : showTime(made.toISOString())),
  },
];

/** Each is proved, which takes its time: they come one after the other. */
function Proposals({ account, record }: { readonly account: AccountAccess; readonly record: RecordWindow }): ReactNode {
  const [first] = useState(account);
  const start = useCallback(() => usageProposals(first.principals, record.usage), [first, record]);
  const { items, isDone } = useInSlices(start);
  const [giving, setGiving] = useState<UsageProposal>();
  return (
    <>
      <ResourceTable<UsageProposal>
        query={{ data: isDone || items.length > 0 ? items : undefined, error: null }}
        columns={proposalColumns(setGiving)}
        keyOf={({ who: { kind, name } }) => `${kind} ${name}`}
        task="find narrower policies"
        noun="proposals"
        title="Rights that nobody used"
        description="A narrower policy is proved to allow nothing new, and all that was done."
        empty={<EmptyState title="None">Every user and role used all that it may do.</EmptyState>}
      />
      {giving === undefined ? null : (
        <GiveDialog proposal={giving} isWhole={record.isWhole} onClose={() => setGiving(undefined)} />
      )}
    </>
  );
}

function wordsOf({ result }: UsageProposal): string {
  if (result.kind === "narrower") return `could have a narrower policy; tried with ${countOf(result.tried, "request")}`;
  return result.kind === "not-decided" ? `not decided, because ${result.why}` : "used none of its rights";
}

function proposalColumns(give: (proposal: UsageProposal) => void): readonly Column<UsageProposal>[] {
  return [
    { id: "who", header: "Who", value: ({ who }) => who.name, cell: ({ who }) => <WhoName who={who} /> },
    { id: "what", header: "What the record shows", value: wordsOf, cell: wordsOf },
    {
      id: "change",
      header: "Change",
      cell: (proposal) =>
        proposal.result.kind === "narrower" ? (
          <button
            type="button"
            className="link-like"
            aria-label={`Look at the policy for ${proposal.who.name}`}
            onClick={() => give(proposal)}
          >
            Look at the policy
          </button>
        ) : null,
    },
  ];
}
