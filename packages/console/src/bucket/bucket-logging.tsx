import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Toggle from "@cloudscape-design/components/toggle";
import type { ReactNode } from "react";
import { getSetting, putSetting } from "../api/bucket-settings.ts";
import { type SettingEdit, SettingSection } from "./setting-section.tsx";

interface KeyFormat {
  readonly SimplePrefix?: object;
  readonly PartitionedPrefix?: { readonly PartitionDateSource?: string };
}

/** As the AWS CLI has it. */
interface Logging {
  readonly LoggingEnabled?: {
    readonly TargetBucket: string;
    readonly TargetPrefix: string;
    readonly TargetObjectKeyFormat?: KeyFormat;
  };
}

const formats = [
  { value: "", label: "PREFIX2026-01-31-12-05-00-UNIQUE" },
  { value: "EventTime", label: "By account, region, bucket and day of the request" },
  { value: "DeliveryTime", label: "By account, region, bucket and day of the delivery" },
] as const;

/** Which bucket gets a line for every request. */
export function BucketLogging({ bucket }: { readonly bucket: string }): ReactNode {
  return (
    <SettingSection<Logging>
      setting={{
        words: `the access logs of ${bucket}`,
        key: ["logging", bucket],
        read: async () => ((await getSetting(bucket, "logging"))?.value ?? {}) as Logging,
        write: (value) => putSetting(bucket, "logging", value),
      }}
      title="Access logs"
      description="A line for every request, in another bucket of the account. Its policy must let the service logging.s3.amazonaws.com put objects."
      isWhole={({ LoggingEnabled: on }) => on === undefined || on.TargetBucket !== ""}
    >
      {(edit) => <LoggingFields edit={edit} />}
    </SettingSection>
  );
}

function LoggingFields({ edit: { value, stored, change } }: { readonly edit: SettingEdit<Logging> }): ReactNode {
  const { LoggingEnabled: on } = value;
  const begun: Logging = { LoggingEnabled: { TargetBucket: "", TargetPrefix: "" } };
  const toggle = (
    <Toggle
      checked={on !== undefined}
      onChange={({ detail }) => change(!detail.checked ? {} : stored.LoggingEnabled === undefined ? begun : stored)}
    >
      Access logs
    </Toggle>
  );
  if (on === undefined) return toggle;
  return (
    <>
      {toggle}
      <div className="two-fields">
        <FormField label="To the bucket">
          <Input
            value={on.TargetBucket}
            spellcheck={false}
            autoComplete={false}
            onChange={({ detail }) => change({ LoggingEnabled: { ...on, TargetBucket: detail.value.trim() } })}
          />
        </FormField>
        <FormField label="With keys that begin with">
          <Input
            value={on.TargetPrefix}
            placeholder="logs/"
            spellcheck={false}
            autoComplete={false}
            onChange={({ detail }) => change({ LoggingEnabled: { ...on, TargetPrefix: detail.value } })}
          />
        </FormField>
      </div>
      <RadioGroup
        ariaLabel="Names of the logs"
        value={on.TargetObjectKeyFormat?.PartitionedPrefix?.PartitionDateSource ?? ""}
        items={formats.map((one) => ({ ...one }))}
        onChange={({ detail }) => {
          const { TargetObjectKeyFormat: _format, ...rest } = on;
          const format =
            detail.value === ""
              ? {}
              : { TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: detail.value } } };
          change({ LoggingEnabled: { ...rest, ...format } });
        }}
      />
    </>
  );
}
