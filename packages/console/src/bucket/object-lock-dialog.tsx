import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  getLegalHold,
  getRetention,
  type LockedVersion,
  putLegalHold,
  putRetention,
  type Retention,
} from "../api/object-lock.ts";
import { useAction } from "../shell/action.ts";
import { FormDialog } from "../shell/dialogs.tsx";
import { Facts } from "../shell/facts.tsx";
import { Failure } from "../shell/failure.tsx";
import { countOf, dayMs, showDuration, showTime } from "../shell/format.ts";

const modes = [
  { value: "", label: "No retention" },
  { value: "GOVERNANCE", label: "Governance mode: who may bypass it can end it earlier" },
  { value: "COMPLIANCE", label: "Compliance mode: nobody can end it earlier, not root" },
] as const;

/** "3 days left" */
function timeLeft(until: string): string {
  const left = Date.parse(until) - Date.now();
  if (left <= 0) return "ended";
  return `${left < 2 * dayMs ? showDuration(left) : countOf(Math.floor(left / dayMs), "day")} left`;
}

/** How long one version stays whatever happens: its retention and its legal hold. */
export function ObjectLockDialog(props: {
  readonly version: LockedVersion;
  readonly name: string;
  readonly onClose: () => void;
}): ReactNode {
  const { version, name, onClose } = props;
  const key = ["lock", version.bucket, version.key, version.versionId ?? ""];
  const retention = useQuery({
    queryKey: [...key, "retention"],
    queryFn: async () => ({ set: await getRetention(version) }),
  });
  const hold = useQuery({ queryKey: [...key, "hold"], queryFn: () => getLegalHold(version) });
  if (retention.data === undefined)
    return (
      <FormDialog
        title={`Lock of ${name}`}
        submit="Save retention"
        task="read the retention"
        busy={retention.isPending}
        error={retention.error ?? undefined}
        disabled
        onSubmit={onClose}
        onClose={onClose}
      >
        {retention.error === null ? null : (
          <p>Object Lock is turned on for the bucket under Properties, and needs versioning.</p>
        )}
      </FormDialog>
    );
  return (
    <RetentionForm
      key={JSON.stringify(retention.data)}
      version={version}
      name={name}
      stored={retention.data.set}
      queryKey={key}
      onClose={onClose}
      hold={
        hold.error === null ? (
          <LegalHold version={version} isOn={hold.data} queryKey={key} />
        ) : (
          <Failure error={hold.error} task="read the legal hold" />
        )
      }
    />
  );
}

function RetentionForm(props: {
  readonly version: LockedVersion;
  readonly name: string;
  readonly stored: Retention | undefined;
  readonly queryKey: readonly string[];
  readonly hold: ReactNode;
  readonly onClose: () => void;
}): ReactNode {
  const { version, name, stored, queryKey, hold, onClose } = props;
  const [mode, setMode] = useState<Retention["mode"] | "">(stored?.mode ?? "");
  const [date, setDate] = useState((stored?.until ?? new Date(Date.now() + 30 * dayMs).toISOString()).slice(0, 10));
  const [bypass, setBypass] = useState(false);
  const [word, setWord] = useState("");
  const isLocked = stored !== undefined && Date.parse(stored.until) > Date.now();
  const isStoredDay = stored?.until.slice(0, 10) === date;
  const until = isStoredDay ? stored.until : `${date}T00:00:00Z`;
  const isDate = /^\d{4}-\d\d-\d\d$/.test(date) && Date.parse(until) > Date.now();
  const isLess =
    isLocked && (mode === "" || (isDate && Date.parse(until) < Date.parse(stored.until)) || mode !== stored.mode);
  const isFixed = isLocked && stored.mode === "COMPLIANCE";
  const isChanged = mode !== (stored?.mode ?? "") || (mode !== "" && !isStoredDay);
  // To go on to compliance mode takes nothing away.
  const needsBypass = isLess && !isFixed && !(mode === "COMPLIANCE" && Date.parse(until) >= Date.parse(stored.until));
  const needsWord = mode === "COMPLIANCE" && isChanged;
  const save = useAction(
    () => putRetention(version, mode === "" ? undefined : { mode, until }, needsBypass && bypass),
    {
      task: "save the retention",
      quiet: true,
      refresh: [queryKey],
      done: () => {
        onClose();
        return { type: "success", header: `The retention of ${name} is saved` };
      },
    },
  );
  const mayNot = (isFixed && isLess) || (needsBypass && !bypass) || (needsWord && word !== "COMPLIANCE");
  return (
    <FormDialog
      title={`Lock of ${name}`}
      submit="Save retention"
      task="save the retention"
      busy={save.busy}
      error={save.error}
      disabled={!isChanged || (mode !== "" && !isDate) || mayNot}
      onSubmit={() => save.run()}
      onClose={onClose}
    >
      <Facts
        items={[
          ["Version", version.versionId ?? "The current one"],
          [
            "Retention",
            stored === undefined ? "None" : stored.mode === "COMPLIANCE" ? "Compliance mode" : "Governance mode",
          ],
          ["Until", stored === undefined ? "" : `${showTime(stored.until)} (${timeLeft(stored.until)})`],
        ]}
      />
      {hold}
      <RadioGroup
        ariaLabel="Retention"
        value={mode}
        items={modes.map((one) => ({ ...one, disabled: isFixed && one.value !== "COMPLIANCE" }))}
        onChange={({ detail }) => setMode(modes.find(({ value }) => value === detail.value)?.value ?? "")}
      />
      {mode === "" ? null : (
        <FormField
          label="Until, midnight UTC"
          description="2030-01-31"
          errorText={
            isDate ? (isFixed && isLess ? "In compliance mode the time can only become longer." : "") : "A day to come."
          }
        >
          <Input value={date} autoComplete={false} onChange={({ detail }) => setDate(detail.value.trim())} />
        </FormField>
      )}
      {needsBypass ? (
        <Checkbox
          checked={bypass}
          description="Takes s3:BypassGovernanceRetention. From then on the version can be deleted for good before its time, and the record says who allowed it."
          onChange={({ detail }) => setBypass(detail.checked)}
        >
          Bypass governance mode
        </Checkbox>
      ) : null}
      {needsWord ? (
        <>
          <Alert type="warning" statusIconAriaLabel="Warning">
            Nobody can delete this version before that day or shorten the time, not the administrator and not root. Its
            space is used until then.
          </Alert>
          <FormField
            label={
              <>
                To confirm, type <b>COMPLIANCE</b>
              </>
            }
          >
            <Input
              value={word}
              autoComplete={false}
              ariaLabel="Type COMPLIANCE to confirm"
              onChange={({ detail }) => setWord(detail.value)}
            />
          </FormField>
        </>
      ) : null}
    </FormDialog>
  );
}

/** It has no time: whoever may take it away does. */
function LegalHold(props: {
  readonly version: LockedVersion;
  readonly isOn: boolean | undefined;
  readonly queryKey: readonly string[];
}): ReactNode {
  const { version, isOn, queryKey } = props;
  const set = useAction((next: boolean) => putLegalHold(version, next), {
    task: "change the legal hold",
    refresh: [queryKey],
    done: () => ({ type: "success", header: isOn === true ? "The legal hold is taken away" : "The legal hold is set" }),
  });
  if (isOn === undefined) return null;
  return (
    <div className="change">
      <span>
        <StatusIndicator type={isOn ? "warning" : "stopped"}>
          {isOn ? "Legal hold: it stays until somebody takes the hold away" : "No legal hold"}
        </StatusIndicator>
      </span>
      <Button formAction="none" loading={set.busy} onClick={() => set.run(!isOn)}>
        {isOn ? "Take the legal hold away" : "Set a legal hold"}
      </Button>
    </div>
  );
}
