import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";
import { type Inventory, listInventories, putInventories } from "../api/inventories.ts";
import { inventoriesShape } from "../api/setting-shapes.ts";
import { showName } from "../shell/format.ts";
import { JsonField } from "./json-field.tsx";
import { SettingSection } from "./setting-section.tsx";

const example = {
  Id: "weekly",
  IsEnabled: true,
  IncludedObjectVersions: "Current",
  Schedule: { Frequency: "Weekly" },
  Destination: { S3BucketDestination: { Bucket: "arn:aws:s3:::NAME", Format: "CSV", Prefix: "inventory" } },
};

/** Lists of the bucket's objects that the gateway writes into a bucket again and again. */
export function BucketInventories({ bucket }: { readonly bucket: string }): ReactNode {
  const [isText, setIsText] = useState(false);
  return (
    <SettingSection<readonly Inventory[]>
      setting={{
        words: `the inventories of ${bucket}`,
        key: ["inventories", bucket],
        read: () => listInventories(bucket),
        write: (inventories) => putInventories(bucket, inventories),
      }}
      title="Inventories"
      description="Lists of what is in the bucket, written each day or week. The policy of the bucket that gets them must let the service s3.amazonaws.com put objects."
      isWhole={hasIds}
      actions={() =>
        isText ? null : (
          <Button ariaLabel={`Edit the inventories of ${bucket}`} onClick={() => setIsText(true)}>
            Edit
          </Button>
        )
      }
    >
      {({ value, change, setProblem, round }) => (
        <>
          {value.length === 0 ? <span>There are none.</span> : null}
          <ul className="findings" aria-label="Inventories">
            {value.map((inventory, at) => (
              <li key={at} className="arn">
                {sentenceOf(inventory)}
              </li>
            ))}
          </ul>
          {isText ? (
            <JsonField
              key={round}
              label="Inventories, as JSON"
              description={`A list, each as aws s3api put-bucket-inventory-configuration takes it, such as ${JSON.stringify([example])}`}
              value={value.length === 0 ? undefined : value}
              shape={inventoriesShape}
              onChange={(next) => change((next ?? []) as readonly Inventory[])}
              onProblem={setProblem}
            />
          ) : null}
        </>
      )}
    </SettingSection>
  );
}

/** Each has an id of its own. */
function hasIds(inventories: readonly Inventory[]): boolean {
  const ids = inventories.map(({ Id = "" }) => Id);
  return !ids.includes("") && new Set(ids).size === ids.length;
}

const often: Readonly<Record<string, string>> = { Daily: "each day", Weekly: "each week" };

/** "weekly: lists the current versions of keys that begin with logs/ in lists each week." */
function sentenceOf({ Id = "", IsEnabled, IncludedObjectVersions, Schedule, Filter, Destination }: Inventory): string {
  const { Bucket = "", Prefix: folder = "" } = Destination?.S3BucketDestination ?? {};
  const what = IncludedObjectVersions === "All" ? "all versions" : "the current versions";
  const prefix = Filter?.Prefix ?? "";
  const keys = prefix === "" ? "" : ` of keys that begin with ${showName(prefix)}`;
  const place = `${Bucket.split(":").at(-1) ?? ""}${folder === "" ? "" : `/${folder}`}`;
  const when = often[Schedule?.Frequency ?? ""] ?? "";
  return `${showName(Id)}: ${IsEnabled === true ? "lists" : "turned off; would list"} ${what}${keys} in ${showName(place)} ${when}.`;
}
