import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { getBucketQuota, putBucketQuota, type Quota, type QuotaLimits } from "../api/quota.ts";
import { countOf, showSize } from "../shell/format.ts";
import { bytesIn, bytesText } from "./byte-count.ts";
import { type SettingEdit, SettingSection } from "./setting-section.tsx";

/** What the bucket holds, and the most that it may hold. */
export function BucketQuota({ bucket }: { readonly bucket: string }): ReactNode {
  const usage = useQuery({ queryKey: ["usage", bucket], queryFn: () => getBucketQuota(bucket) });
  return (
    <SettingSection<QuotaLimits>
      setting={{
        words: `the quota of ${bucket}`,
        key: ["quota", bucket],
        read: async () => (await getBucketQuota(bucket)).limits,
        write: (limits) => putBucketQuota(bucket, limits),
      }}
      title="Usage and quota"
      description="Versions and parts of uploads count too. Beyond the quota, writes are refused; nothing is deleted."
      refresh={[["usage", bucket]]}
      consequence={(_before, after) =>
        usage.data !== undefined && isFull(usage.data, after)
          ? {
              word: bucket,
              words: "The bucket holds as much already: every write is refused until something is deleted.",
            }
          : undefined
      }
    >
      {(edit) => (
        <>
          {usage.data === undefined ? null : <Usage quota={usage.data} />}
          <QuotaFields key={edit.round} edit={edit} />
        </>
      )}
    </SettingSection>
  );
}

const isFull = ({ bytes, objects }: Quota, { MaxBytes = Infinity, MaxObjects = Infinity }: QuotaLimits): boolean =>
  bytes >= MaxBytes || objects >= MaxObjects;

/** How much of what there may be is there: of a bucket, or of all buckets of an account. */
export function Usage({ quota: { bytes, objects, limits } }: { readonly quota: Quota }): ReactNode {
  const { MaxBytes, MaxObjects } = limits;
  return (
    <div className="two-fields">
      <Bar label="Size" used={bytes} most={MaxBytes} words={showSize} />
      <Bar label="Objects" used={objects} most={MaxObjects} words={(count) => countOf(count, "object")} />
    </div>
  );
}

function Bar(props: {
  readonly label: string;
  readonly used: number;
  readonly most: number | undefined;
  readonly words: (count: number) => string;
}): ReactNode {
  const { label, used, most, words } = props;
  if (most === undefined) return <FormField label={label}>{words(used)}, no limit</FormField>;
  return (
    <ProgressBar
      label={label}
      value={most === 0 ? 100 : Math.min(100, (used / most) * 100)}
      additionalInfo={`${words(used)} of ${words(most)}`}
      status="in-progress"
    />
  );
}

function QuotaFields({ edit: { value, change, setProblem } }: { readonly edit: SettingEdit<QuotaLimits> }): ReactNode {
  const [size, setSize] = useState(value.MaxBytes === undefined ? "" : bytesText(value.MaxBytes));
  const isSize = size.trim() === "" || bytesIn(size) !== undefined;
  const set = (MaxBytes: number | undefined, MaxObjects: number | undefined): void =>
    change({ ...(MaxBytes === undefined ? {} : { MaxBytes }), ...(MaxObjects === undefined ? {} : { MaxObjects }) });
  return (
    <div className="two-fields">
      <FormField
        label="At most this size"
        description="Such as 10 GiB. Empty: no limit."
        errorText={isSize ? "" : "A number with B, KiB, MiB, GiB or TiB."}
      >
        <Input
          value={size}
          autoComplete={false}
          onChange={({ detail }) => {
            setSize(detail.value);
            const bytes = bytesIn(detail.value);
            setProblem(bytes === undefined && detail.value.trim() !== "");
            set(bytes, value.MaxObjects);
          }}
        />
      </FormField>
      <FormField label="At most this many objects" description="Such as 1000. Empty: no limit.">
        <Input
          type="number"
          value={value.MaxObjects === undefined ? "" : String(value.MaxObjects)}
          onChange={({ detail }) => set(value.MaxBytes, /^\d+$/.test(detail.value) ? Number(detail.value) : undefined)}
        />
      </FormField>
    </div>
  );
}
