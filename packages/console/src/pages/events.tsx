import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type FormEvent, Fragment, type ReactNode, useState } from "react";
import { type AuditEvent, type EventFilter, type EventKind, isDenied, lookupEvents } from "../api/events.ts";
import { showName, showTime, zoneName } from "../shell/format.ts";
import { Buttons, Page } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { EventDetails } from "./event-details.tsx";

interface Key {
  readonly value: string;
  readonly label: string;
  readonly example: string;
}

const user = { value: "Username", label: "User or session name", example: "amelia" } as const;
const keys: Readonly<Record<EventKind, readonly Key[]>> = {
  management: [
    user,
    { value: "EventName", label: "Action", example: "CreateUser" },
    { value: "ResourceName", label: "Resource name or ARN", example: "my-bucket" },
    { value: "AccessKeyId", label: "Access key id", example: "AKIA…" },
    { value: "EventSource", label: "Service", example: "iam.amazonaws.com" },
  ],
  data: [user, { value: "BucketName", label: "Bucket", example: "my-bucket" }],
};

const kinds = [
  { id: "management", text: "Access and buckets" },
  { id: "data", text: "Objects" },
] as const;

/** While the page is shown; a hidden page asks for nothing. */
const followMs = 2000;

const columns = (show: (event: AuditEvent) => void): readonly Column<AuditEvent>[] => [
  { id: "time", header: "Time", cell: ({ time }) => showTime(time) },
  { id: "who", header: "Who", value: ({ who }) => who, cell: ({ who }) => showName(who) },
  {
    id: "action",
    header: "Action",
    value: ({ action }) => action,
    cell: (event) => (
      <button type="button" className="link-like strong" onClick={() => show(event)}>
        {event.action}
      </button>
    ),
  },
  {
    id: "resource",
    header: "Resource",
    value: ({ resource }) => resource,
    cell: ({ resource }) => (
      <span className="arn" title={showName(resource)}>
        {showName(resource.replace(/(^|, )arn:(?:[^:,]*:){5}/g, "$1"))}
      </span>
    ),
  },
  {
    id: "result",
    header: "Result",
    width: 196,
    value: ({ error }) => error,
    cell: (event) =>
      event.error === "" ? (
        "Done"
      ) : (
        <StatusIndicator type={isDenied(event) ? "stopped" : "error"}>
          {event.error.split(/(?=[A-Z][a-z])/).map((part, at) => (
            <Fragment key={at}>
              {part}
              <wbr />
            </Fragment>
          ))}
        </StatusIndicator>
      ),
  },
  { id: "address", header: "From", value: ({ address }) => address, cell: ({ address }) => address },
];

export function Component(): ReactNode {
  const [filter, setFilter] = useState<EventFilter>({
    kind: "management",
    key: user.value,
    value: "",
    deniedOnly: false,
  });
  const [page, setPage] = useState("");
  const [typed, setTyped] = useState("");
  const [following, setFollowing] = useState(false);
  const [shown, setShown] = useState<AuditEvent>();
  const query = useQuery({
    queryKey: ["events", filter, page],
    queryFn: () => lookupEvents(filter, page),
    refetchInterval: following && page === "" ? followMs : false,
    placeholderData: keepPreviousData,
  });
  const change = (fields: Partial<EventFilter>): void => {
    setFilter({ ...filter, ...fields });
    setPage("");
  };
  const find = (event: FormEvent): void => {
    event.preventDefault();
    change({ value: typed.trim() });
  };
  const choices = keys[filter.kind];
  const chosen = choices.find(({ value }) => value === filter.key) ?? user;
  const next = query.data?.next ?? "";
  return (
    <Page
      title="Events"
      description={`Who did what, and what was denied. The newest first, in the time of this browser (${zoneName()}).`}
      actions={
        <Buttons>
          <Toggle
            checked={following}
            onChange={({ detail }) => {
              setFollowing(detail.checked);
              setPage("");
            }}
          >
            Follow
          </Toggle>
          <Button
            iconName="refresh"
            ariaLabel="Read again"
            loading={query.isFetching && !following}
            onClick={() => void query.refetch()}
          />
        </Buttons>
      }
    >
      <SpaceBetween size="m">
        <SegmentedControl
          label="Calls on"
          selectedId={filter.kind}
          options={[...kinds]}
          onChange={({ detail }) => {
            setTyped("");
            change({ kind: detail.selectedId === "data" ? "data" : "management", key: user.value, value: "" });
          }}
        />
        <form onSubmit={find} className="adder event-filter">
          <FormField label="Find by">
            <Select
              selectedOption={chosen}
              options={choices.map(({ value, label }) => ({ value, label }))}
              onChange={({ detail }) => {
                setTyped("");
                change({ key: detail.selectedOption.value ?? user.value, value: "" });
              }}
            />
          </FormField>
          <FormField label={chosen.label}>
            <Input
              value={typed}
              autoComplete={false}
              placeholder={chosen.example}
              onChange={({ detail }) => setTyped(detail.value)}
            />
          </FormField>
          <Button>Find</Button>
          <Toggle checked={filter.deniedOnly} onChange={({ detail }) => change({ deniedOnly: detail.checked })}>
            Denied only
          </Toggle>
        </form>
        <p className="soft" role="status">
          {wordsOf(filter, chosen)}
        </p>
      </SpaceBetween>
      <ResourceTable<AuditEvent>
        query={{ data: query.data?.items, error: query.error, refetch: query.refetch }}
        columns={columns(setShown)}
        keyOf={({ id }) => id}
        task="read the events"
        noun="events"
        filterLabel="Filter what is shown"
        pageSize={600}
        empty={
          <EmptyState title={next === "" ? "No events" : "None among the events that were looked at"}>
            {next === "" ? "Nothing in the record is like that." : "There are older ones: look further back."}
          </EmptyState>
        }
      />
      <Buttons>
        <Button disabled={page === ""} onClick={() => setPage("")}>
          Newest
        </Button>
        <Button disabled={next === "" || following} onClick={() => setPage(next)}>
          Older
        </Button>
      </Buttons>
      {shown === undefined ? null : <EventDetails event={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

/** What is shown, in words. */
function wordsOf({ kind, value, deniedOnly }: EventFilter, { label }: Key): string {
  const what = kind === "data" ? "calls on objects" : "calls on users, roles, policies and buckets, and sign-ins";
  const which = value === "" ? "" : ` whose ${label.charAt(0).toLowerCase()}${label.slice(1)} is exactly “${value}”`;
  const all =
    kind === "data" && !deniedOnly ? ". Those that were allowed are here only when the gateway records them" : "";
  return `Shown are ${deniedOnly ? "denied " : ""}${what}${which}${all}.`;
}
