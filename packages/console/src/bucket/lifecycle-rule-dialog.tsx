import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { type ReactNode, useState } from "react";
import { FormDialog } from "../shell/dialogs.tsx";
import { AddTag, areTags, TagRows } from "../pages/tags.tsx";
import { type LifecycleRule, ruleSentences, scopeOf, withScope } from "./lifecycle-rule.ts";

const ends = [
  { value: "", label: "Never" },
  { value: "Days", label: "Days after it was written" },
  { value: "Date", label: "From a date on" },
  { value: "ExpiredObjectDeleteMarker", label: "Only delete markers without versions" },
] as const;

const newExpiration = {
  "": undefined,
  Days: { Days: 30 },
  Date: { Date: "2030-01-01T00:00:00Z" },
  ExpiredObjectDeleteMarker: { ExpiredObjectDeleteMarker: true },
} as const;

/** One rule as a form. What the form does not show of it stays. */
export function LifecycleRuleDialog(props: {
  readonly title: string;
  readonly rule: LifecycleRule;
  readonly onDone: (rule: LifecycleRule) => void;
  readonly onClose: () => void;
}): ReactNode {
  const { title, onDone, onClose } = props;
  const [rule, setRule] = useState(props.rule);
  const scope = scopeOf(rule);
  const tags = scope.tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
  const setTags = (next: typeof tags | readonly { readonly key: string; readonly value: string }[]): void =>
    setRule(withScope(rule, { ...scope, tags: next.map(({ key, value }) => ({ Key: key, Value: value })) }));
  const sentences = ruleSentences(rule);
  return (
    <FormDialog
      title={title}
      submit="Use this rule"
      task="use the rule"
      size="large"
      busy={false}
      disabled={sentences.length === 0 || !areTags(tags)}
      onSubmit={() => onDone(rule)}
      onClose={onClose}
    >
      <div className="two-fields">
        <FormField label="Name">
          <Input
            value={rule.ID ?? ""}
            placeholder="old-logs"
            autoComplete={false}
            onChange={({ detail }) => setRule({ ...rule, ID: detail.value })}
          />
        </FormField>
        <FormField label="Objects that begin with" description="Empty: all objects.">
          <Input
            value={scope.prefix}
            placeholder="logs/"
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => setRule(withScope(rule, { ...scope, prefix: detail.value }))}
          />
        </FormField>
        <Count
          label="Larger than, in bytes"
          value={scope.largerThan}
          onChange={(largerThan) => setRule(withScope(rule, { ...scope, largerThan }))}
        />
        <Count
          label="Smaller than, in bytes"
          value={scope.smallerThan}
          onChange={(smallerThan) => setRule(withScope(rule, { ...scope, smallerThan }))}
        />
      </div>
      <FormField label="With the tags" stretch>
        <div className="stack">
          {tags.length === 0 ? null : <TagRows tags={tags} onChange={setTags} />}
          <div>
            <AddTag tags={tags} onChange={setTags} />
          </div>
        </div>
      </FormField>
      <Ends rule={rule} onChange={setRule} />
      <p className="soft">Transitions to another storage class are written as JSON; this form keeps them.</p>
      <p className="soft" role="status">
        {sentences.length === 0 ? "The rule does nothing yet: say what ends." : `${sentences.join(". ")}.`}
      </p>
    </FormDialog>
  );
}

interface RuleInput {
  readonly rule: LifecycleRule;
  readonly onChange: (rule: LifecycleRule) => void;
}

/** What ends, and when. */
function Ends({ rule, onChange }: RuleInput): ReactNode {
  const { Expiration, NoncurrentVersionExpiration: noncurrent, AbortIncompleteMultipartUpload: abort, ...rest } = rule;
  const kind = ends.find(({ value }) => value !== "" && Expiration?.[value] !== undefined) ?? ends[0];
  const set = (
    expiration: LifecycleRule["Expiration"],
    older: LifecycleRule["NoncurrentVersionExpiration"],
    uploads: number | undefined,
  ): void =>
    onChange({
      ...rest,
      ...(expiration === undefined ? {} : { Expiration: expiration }),
      ...(older === undefined ? {} : { NoncurrentVersionExpiration: older }),
      ...(uploads === undefined ? {} : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: uploads } }),
    });
  const days = abort?.DaysAfterInitiation;
  return (
    <div className="two-fields">
      <FormField label="Objects end">
        <Select
          selectedOption={kind}
          options={ends}
          onChange={({ detail }) => {
            const chosen = ends.find(({ value }) => value === detail.selectedOption.value) ?? ends[0];
            set(newExpiration[chosen.value], noncurrent, days);
          }}
        />
      </FormField>
      {kind.value === "Days" ? (
        <Count label="Days" value={Expiration?.Days} onChange={(Days = 1) => set({ Days }, noncurrent, days)} />
      ) : kind.value === "Date" ? (
        <FormField label="Date, midnight UTC" description="2030-01-31">
          <Input
            value={(Expiration?.Date ?? "").slice(0, 10)}
            autoComplete={false}
            onChange={({ detail }) => set({ Date: `${detail.value}T00:00:00Z` }, noncurrent, days)}
          />
        </FormField>
      ) : (
        <div />
      )}
      <Count
        label="Older versions end, days after a newer one came"
        value={noncurrent?.NoncurrentDays}
        onChange={(NoncurrentDays) =>
          set(Expiration, NoncurrentDays === undefined ? undefined : { ...noncurrent, NoncurrentDays }, days)
        }
      />
      {noncurrent === undefined ? (
        <div />
      ) : (
        <Count
          label="But so many of the newest stay"
          value={noncurrent.NewerNoncurrentVersions}
          onChange={(newest) => {
            const { NoncurrentDays } = noncurrent;
            set(
              Expiration,
              { NoncurrentDays, ...(newest === undefined ? {} : { NewerNoncurrentVersions: newest }) },
              days,
            );
          }}
        />
      )}
      <Count
        label="Uploads that are not completed end, after days"
        value={days}
        onChange={(count) => set(Expiration, noncurrent, count)}
      />
      <Checkbox
        checked={rule.Status === "Enabled"}
        onChange={({ detail }) => onChange({ ...rule, Status: detail.checked ? "Enabled" : "Disabled" })}
      >
        The rule counts
      </Checkbox>
    </div>
  );
}

/** A whole number, or none when it is empty. */
function Count(props: {
  readonly label: string;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
}): ReactNode {
  const { label, value, onChange } = props;
  return (
    <FormField label={label}>
      <Input
        type="number"
        value={value === undefined ? "" : String(value)}
        onChange={({ detail }) => onChange(/^\d+$/.test(detail.value) ? Number(detail.value) : undefined)}
      />
    </FormField>
  );
}
