import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  type IssuedSession,
  listSessions,
  revokeSession,
  revokeSessions,
  type SessionFilter,
} from "../api/sessions.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { showDuration, showTime } from "../shell/format.ts";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";

const states: Readonly<Record<string, "success" | "stopped">> = { Active: "success" };
const lastNameOf = (arn: string): string => arn.split(/[:/]/).at(-1) ?? arn;
const shortArn = (arn: string): string => arn.split(":").slice(5).join(":") || arn;

/** How much of its time is over. */
function Until({ session: { issued, expires, state } }: { readonly session: IssuedSession }): ReactNode {
  const [from, until] = [Date.parse(issued), Date.parse(expires)];
  if (state !== "Active") return showTime(expires);
  const left = until - Date.now();
  return (
    <>
      <span title={showTime(expires)}>{showDuration(left)} left</span>
      <span className="life">
        <span style={{ width: `${Math.min(100, Math.max(0, (left / (until - from)) * 100))}%` }} />
      </span>
    </>
  );
}

/** Temporary sessions, with their end before their time. `of`: "the role reader". */
export function Sessions(props: {
  readonly filter: SessionFilter;
  readonly of: string;
  readonly word: string;
}): ReactNode {
  const { filter, of, word } = props;
  const queryKey = ["sessions", filter];
  const query = useQuery({ queryKey, queryFn: () => listSessions(filter) });
  const [endingAll, setEndingAll] = useState(false);
  const [ending, setEnding] = useState<IssuedSession>();
  const end = useAction(({ id }: IssuedSession) => revokeSession(id), {
    task: "end the session",
    quiet: true,
    refresh: [["sessions"]],
    done: () => {
      setEnding(undefined);
      return { type: "success", header: "The session has ended: its credentials are refused" };
    },
  });
  const endAll = useAction(() => revokeSessions(filter), {
    task: "end the sessions",
    quiet: true,
    refresh: [["sessions"]],
    done: () => {
      setEndingAll(false);
      return { type: "success", header: `All sessions of ${of} have ended` };
    },
  });
  const columns: readonly Column<IssuedSession>[] = [
    {
      id: "who",
      header: "Acts as",
      value: ({ principalArn }) => principalArn,
      cell: ({ principalArn }) => <span title={principalArn}>{shortArn(principalArn)}</span>,
    },
    { id: "how", header: "Made by", value: ({ operation }) => operation, cell: ({ operation }) => operation },
    {
      id: "by",
      header: "For",
      value: ({ issuer }) => issuer,
      cell: ({ issuer }) => <span title={issuer}>{shortArn(issuer)}</span>,
    },
    {
      id: "state",
      header: "State",
      width: 130,
      value: ({ state }) => state,
      cell: ({ state }) => <StatusIndicator type={states[state] ?? "stopped"}>{state}</StatusIndicator>,
    },
    { id: "issued", header: "Since", value: ({ issued }) => issued, cell: ({ issued }) => showTime(issued) },
    { id: "expires", header: "Until", value: ({ expires }) => expires, cell: (session) => <Until session={session} /> },
    { id: "address", header: "From", value: ({ address }) => address, cell: ({ address }) => address },
    {
      id: "end",
      header: "Change",
      cell: (session) =>
        session.state === "Active" ? (
          <Button variant="inline-link" ariaLabel={`End the session ${session.id}`} onClick={() => setEnding(session)}>
            End
          </Button>
        ) : null,
    },
  ];
  const active = query.data?.filter(({ state }) => state === "Active").length ?? 0;
  return (
    <>
      <ResourceTable<IssuedSession>
        query={query}
        columns={columns}
        keyOf={({ id }) => id}
        task="list the sessions"
        noun="sessions"
        title="Sessions"
        description={`Temporary credentials of ${of}. One that is ended here is refused from its next request on.`}
        actions={
          word === "" ? undefined : (
            <Button disabled={active === 0} onClick={() => setEndingAll(true)}>
              End all sessions
            </Button>
          )
        }
        empty={
          <EmptyState title="No sessions">
            Whoever signs in, takes a role or makes temporary credentials has one. It is listed until a day after its
            end.
          </EmptyState>
        }
      />
      {ending === undefined ? null : (
        <DeleteDialog
          title="End the session"
          submit="End"
          word={lastNameOf(ending.principalArn)}
          task="end the session"
          busy={end.busy}
          error={end.error}
          onDelete={() => end.run(ending)}
          onClose={() => {
            end.reset();
            setEnding(undefined);
          }}
        >
          {shortArn(ending.principalArn)}, since {showTime(ending.issued)}, from {ending.address}. What uses its
          credentials is refused at once. This cannot be undone.
        </DeleteDialog>
      )}
      {endingAll ? (
        <DeleteDialog
          title={`End all sessions of ${of}`}
          submit="End all"
          word={word}
          task="end the sessions"
          busy={endAll.busy}
          error={endAll.error}
          onDelete={() => endAll.run()}
          onClose={() => setEndingAll(false)}
        >
          Programs that use them are refused at once, and have to ask for new ones. New sessions can be made.
        </DeleteDialog>
      ) : null}
    </>
  );
}
