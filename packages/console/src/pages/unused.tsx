import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useSearchParams } from "react-router";
import { AccessFailure } from "../access/access-failure.tsx";
import { useAccountAccess } from "../access/account.ts";
import { Failure } from "../shell/failure.tsx";
import { dayMs, countOf } from "../shell/format.ts";
import { Page } from "../shell/page.tsx";
import { readRecord } from "../usage/read-record.ts";
import { readUnused } from "../usage/unused-access.ts";
import { UnusedResult } from "../usage/unused-result.tsx";

const windows = [
  { value: "1", label: "The last day" },
  { value: "7", label: "The last 7 days" },
  { value: "30", label: "The last 30 days" },
  { value: "90", label: "The last 90 days" },
] as const;

/** Access that nobody used, and policies cut down to what was used. */
export function Component(): ReactNode {
  const [search, setSearch] = useSearchParams();
  const days = windows.find(({ value }) => value === search.get("days")) ?? windows[2];
  const [from, setFrom] = useState<Date>();
  const [events, setEvents] = useState(0);
  const account = useAccountAccess();
  const record = useQuery({
    queryKey: ["record", from],
    queryFn: () => readRecord(from ?? new Date(), setEvents),
    enabled: from !== undefined,
    structuralSharing: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  const unused = useQuery({
    queryKey: ["keys", "unused", from],
    queryFn: () => readUnused(from ?? new Date()),
    enabled: from !== undefined,
    structuralSharing: false,
  });
  const find = (event: FormEvent): void => {
    event.preventDefault();
    setEvents(0);
    setFrom(new Date(Date.now() - Number(days.value) * dayMs));
  };
  const isReading = from !== undefined && (record.isPending || unused.isPending || account.isPending);
  return (
    <Page
      title="Unused access"
      description="Keys and roles that nobody used, and for each user and role a policy that allows what it used and nothing new."
    >
      <form className="adder" onSubmit={find}>
        <FormField label="Not used in">
          <Select
            selectedOption={days}
            options={windows}
            onChange={({ detail }) => setSearch({ days: detail.selectedOption.value ?? "" }, { replace: true })}
          />
        </FormField>
        <Button variant="primary" loading={isReading}>
          Find unused access
        </Button>
      </form>
      {account.error === null ? null : <AccessFailure account={account} />}
      {record.error === null ? null : <Failure error={record.error} task="read the events" />}
      {unused.error === null ? null : <Failure error={unused.error} task="read when keys and roles were used" />}
      {isReading ? (
        <StatusIndicator type="loading">Reading the record: {countOf(events, "event")} so far</StatusIndicator>
      ) : null}
      {from === undefined ? (
        <p className="soft">What was not used is found in the record of calls. That may take a while.</p>
      ) : null}
      {record.data === undefined || unused.data === undefined || account.data === undefined ? null : (
        <UnusedResult key={from?.getTime()} account={account.data} record={record.data} unused={unused.data} />
      )}
    </Page>
  );
}
