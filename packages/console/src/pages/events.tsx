import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { callJson, isRecord } from "../api/call.ts";
import { showTime } from "../shell/format.ts";
import { Buttons, Page } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";

interface Event {
  readonly id: string;
  readonly time: string;
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  /** The code of the refusal; empty when the call was done. */
  readonly error: string;
  readonly address: string;
  readonly record: string;
}

interface Wanted {
  readonly key: string;
  readonly value: string;
  readonly page: string;
}

const keys = [
  { value: "Username", label: "User or session" },
  { value: "EventName", label: "Action" },
  { value: "ResourceName", label: "Resource" },
  { value: "AccessKeyId", label: "Access key id" },
] as const;

function readEvent(event: unknown): Event {
  const outer: Readonly<Record<string, unknown>> = isRecord(event) ? event : {};
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const record = text(outer["CloudTrailEvent"]) || "{}";
  const parsed: unknown = JSON.parse(record);
  const inner: Readonly<Record<string, unknown>> = isRecord(parsed) ? parsed : {};
  const resources = Array.isArray(outer["Resources"]) ? outer["Resources"] : [];
  return {
    id: text(outer["EventId"]),
    time: text(inner["eventTime"]),
    who: text(outer["Username"]),
    action: `${text(inner["eventSource"]).split(".")[0] ?? ""}:${text(outer["EventName"])}`,
    resource: resources.map((one: unknown) => (isRecord(one) ? text(one["ResourceName"]) : "")).join(", "),
    error: text(inner["errorCode"]),
    address: text(inner["sourceIPAddress"]),
    record,
  };
}

/** An answer without events may have a token: the service looks at a limited number of events in a call. */
async function lookup({ key, value, page }: Wanted): Promise<{ items: readonly Event[]; next: string }> {
  for (let token = page; ;) {
    const answer = await callJson("cloudtrail", "CloudTrail_20131101.LookupEvents", {
      MaxResults: 50,
      ...(value === "" ? {} : { LookupAttributes: [{ AttributeKey: key, AttributeValue: value }] }),
      ...(token === "" ? {} : { NextToken: token }),
    });
    const events = Array.isArray(answer["Events"]) ? answer["Events"] : [];
    token = typeof answer["NextToken"] === "string" ? answer["NextToken"] : "";
    if (events.length > 0 || token === "") return { items: events.map(readEvent), next: token };
  }
}

export function Component(): ReactNode {
  const [wanted, setWanted] = useState<Wanted>({ key: "Username", value: "", page: "" });
  const [typed, setTyped] = useState("");
  const [deniedOnly, setDeniedOnly] = useState(false);
  const [shown, setShown] = useState<Event>();
  const query = useQuery({ queryKey: ["events", wanted], queryFn: () => lookup(wanted) });
  const events = query.data?.items.filter(({ error }) => !deniedOnly || error !== "");
  const find = (event: FormEvent): void => {
    event.preventDefault();
    setWanted({ ...wanted, value: typed.trim(), page: "" });
  };
  const columns: readonly Column<Event>[] = [
    { id: "time", header: "Time", cell: ({ time }) => showTime(time) },
    { id: "who", header: "Who", value: ({ who }) => who, cell: ({ who }) => who },
    {
      id: "action",
      header: "Action",
      value: ({ action }) => action,
      cell: (event) => (
        <button type="button" className="link-like strong" onClick={() => setShown(event)}>
          {event.action}
        </button>
      ),
    },
    {
      id: "resource",
      header: "Resource",
      value: ({ resource }) => resource,
      cell: ({ resource }) => <span className="arn">{resource}</span>,
    },
    {
      id: "result",
      header: "Result",
      value: ({ error }) => error,
      cell: ({ error }) =>
        error === "" ? (
          "Done"
        ) : (
          <StatusIndicator type={/Denied/.test(error) ? "stopped" : "error"}>{error}</StatusIndicator>
        ),
    },
    { id: "address", header: "From", value: ({ address }) => address, cell: ({ address }) => address },
  ];
  return (
    <Page
      title="Events"
      description="Who did what with users, roles, policies and buckets, and what was denied. The newest first."
      actions={
        <Button
          iconName="refresh"
          ariaLabel="Read again"
          loading={query.isFetching}
          onClick={() => void query.refetch()}
        />
      }
    >
      <form onSubmit={find} className="adder">
        <FormField label="Find by">
          <Select
            selectedOption={keys.find(({ value }) => value === wanted.key) ?? null}
            options={keys}
            onChange={({ detail }) =>
              setWanted({ key: detail.selectedOption.value ?? "Username", value: "", page: "" })
            }
          />
        </FormField>
        <FormField label="Name">
          <Input value={typed} autoComplete={false} onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
        <Button>Find</Button>
        <Toggle checked={deniedOnly} onChange={({ detail }) => setDeniedOnly(detail.checked)}>
          Denied and failed only
        </Toggle>
      </form>
      <ResourceTable<Event>
        query={{ data: events, error: query.error, refetch: query.refetch }}
        columns={columns}
        keyOf={({ id }) => id}
        task="read the events"
        noun="events"
        pageSize={50}
        empty={<EmptyState title="No events here">Calls on objects are not in this list.</EmptyState>}
      />
      <Buttons>
        <Button disabled={wanted.page === ""} onClick={() => setWanted({ ...wanted, page: "" })}>
          Newest
        </Button>
        <Button
          disabled={(query.data?.next ?? "") === ""}
          onClick={() => setWanted({ ...wanted, page: query.data?.next ?? "" })}
        >
          Older
        </Button>
      </Buttons>
      {shown === undefined ? null : (
        <Modal
          visible
          size="large"
          header={shown.action}
          closeAriaLabel="Close"
          onDismiss={() => setShown(undefined)}
          footer={
            <Box float="right">
              <Button variant="primary" onClick={() => setShown(undefined)}>
                Close
              </Button>
            </Box>
          }
        >
          <pre className="code-block" tabIndex={0} aria-label="Record of the event">
            {JSON.stringify(JSON.parse(shown.record), null, 2)}
          </pre>
        </Modal>
      )}
    </Page>
  );
}
