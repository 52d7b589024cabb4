import RadioGroup from "@cloudscape-design/components/radio-group";
import type { ReactNode } from "react";
import { isVersioned, setVersioning } from "../api/s3.ts";
import type { Setting } from "./setting.ts";
import { SettingSection } from "./setting-section.tsx";

type Versioning = "Enabled" | "Suspended" | "";

const items = [
  { value: "Enabled", label: "On", description: "An object that is overwritten or deleted can be brought back." },
  {
    value: "Suspended",
    label: "Suspended",
    description: "Versions that are there stay. What is written and deleted from now on is not kept.",
  },
] as const;
const off = { value: "", label: "Off", description: "It was never on. Once on, it can be suspended, not taken away." };

export function versioningOf(bucket: string): Setting<Versioning> {
  return {
    words: `the versioning of ${bucket}`,
    key: ["versioning", bucket],
    read: () => isVersioned(bucket),
    // What was off before is suspended by an undo, because nothing takes it away.
    write: (value) => setVersioning(bucket, value || "Suspended"),
  };
}

export function BucketVersioning({ bucket }: { readonly bucket: string }): ReactNode {
  return (
    <SettingSection<Versioning>
      setting={versioningOf(bucket)}
      title="Versioning"
      description="Whether the bucket keeps what was there before."
      refresh={[["objects", bucket]]}
      consequence={(before, after) =>
        before === "Enabled" && after === "Suspended"
          ? {
              word: bucket,
              words:
                "From now on an upload replaces the object for good, and a deletion without a version cannot be undone. Versions that are there stay until somebody deletes them.",
            }
          : undefined
      }
    >
      {({ value, stored, change }) => (
        <RadioGroup
          ariaLabel="Versioning"
          value={value}
          items={stored === "" ? [off, ...items] : [...items]}
          onChange={({ detail }) =>
            change(detail.value === "Enabled" || detail.value === "Suspended" ? detail.value : "")
          }
        />
      )}
    </SettingSection>
  );
}
