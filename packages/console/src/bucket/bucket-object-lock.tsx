import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import Toggle from "@cloudscape-design/components/toggle";
import type { ReactNode } from "react";
import { getSetting, putSetting } from "../api/bucket-settings.ts";
import { type Consequence, type SettingEdit, SettingSection } from "./setting-section.tsx";

interface DefaultRetention {
  readonly Mode: string;
  readonly Days?: number;
  readonly Years?: number;
}

/** As the AWS CLI has it. */
interface ObjectLock {
  readonly ObjectLockEnabled: string;
  readonly Rule?: { readonly DefaultRetention: DefaultRetention };
}

const modes = [
  { value: "", label: "Nothing by default", description: "Each upload says for itself whether it is locked." },
  {
    value: "GOVERNANCE",
    label: "Governance mode",
    description: "Nobody deletes or overwrites a version before its time, but who may bypass it and says so.",
  },
  {
    value: "COMPLIANCE",
    label: "Compliance mode",
    description: "Nobody at all, not root: neither the version nor its time can be taken away.",
  },
] as const;

const units = [
  { value: "Days", label: "days" },
  { value: "Years", label: "years" },
] as const;

export function BucketObjectLock({ bucket }: { readonly bucket: string }): ReactNode {
  return (
    <SettingSection<ObjectLock | null>
      setting={{
        words: `the Object Lock of ${bucket}`,
        key: ["object-lock", bucket],
        read: async () => ((await getSetting(bucket, "object-lock"))?.value ?? null) as ObjectLock | null,
        // Once on, it stays: an undo takes its default away.
        write: (lock) => putSetting(bucket, "object-lock", lock ?? { ObjectLockEnabled: "Enabled" }),
      }}
      title="Object Lock"
      description="Keeps versions from being deleted before their time. The bucket has to keep versions."
      consequence={consequenceOf(bucket)}
      isWhole={(lock) => lock?.Rule === undefined || isTime(lock.Rule.DefaultRetention)}
    >
      {(edit) => <ObjectLockFields edit={edit} />}
    </SettingSection>
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html: at most 100 years. */
function isTime({ Days, Years }: DefaultRetention): boolean {
  const [count, most] = Years === undefined ? [Days ?? 0, 36_500] : [Years, 100];
  return Number.isInteger(count) && count >= 1 && count <= most;
}

const consequenceOf =
  (bucket: string) =>
  (before: ObjectLock | null, after: ObjectLock | null): Consequence | undefined => {
    const isOn = before === null ? "Object Lock is never taken away from the bucket again. " : "";
    const mode = after?.Rule?.DefaultRetention.Mode;
    if (mode === "COMPLIANCE")
      return {
        word: "COMPLIANCE",
        words: `${isOn}Each object that is written from now on stays for that time. Nobody can delete it or shorten the time, not the administrator and not root; its space is used until then.`,
      };
    return before === null ? { word: bucket, words: isOn } : undefined;
  };

function ObjectLockFields({ edit }: { readonly edit: SettingEdit<ObjectLock | null> }): ReactNode {
  const { value, stored, change } = edit;
  const retention = value?.Rule?.DefaultRetention;
  const unit = retention?.Years === undefined ? "Days" : "Years";
  const set = (Mode: string, count: number, of: string): void =>
    change({
      ObjectLockEnabled: "Enabled",
      ...(Mode === "" ? {} : { Rule: { DefaultRetention: { Mode, [of]: count } } }),
    });
  const count = retention?.[unit] ?? 0;
  return (
    <>
      <Toggle
        checked={value !== null}
        disabled={stored !== null}
        description={stored === null ? "Once on, it cannot be turned off." : "It cannot be turned off."}
        onChange={({ detail }) => change(detail.checked ? { ObjectLockEnabled: "Enabled" } : null)}
      >
        Object Lock
      </Toggle>
      {value === null ? null : (
        <RadioGroup
          ariaLabel="How new objects are locked"
          value={retention?.Mode ?? ""}
          items={modes.map((one) => ({ ...one }))}
          onChange={({ detail }) => set(detail.value, count || 30, unit)}
        />
      )}
      {retention === undefined ? null : (
        <div className="two-fields">
          <FormField label="For how long" errorText={isTime(retention) ? "" : "From 1 day to 100 years."}>
            <Input
              type="number"
              value={count === 0 ? "" : String(count)}
              onChange={({ detail }) => set(retention.Mode, Number(detail.value), unit)}
            />
          </FormField>
          <FormField label="Unit">
            <Select
              selectedOption={units.find((one) => one.value === unit) ?? units[0]}
              options={units}
              onChange={({ detail }) => set(retention.Mode, count, detail.selectedOption.value ?? unit)}
            />
          </FormField>
        </div>
      )}
    </>
  );
}
