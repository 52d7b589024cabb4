import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useState } from "react";
import { getSetting, putSetting } from "../api/bucket-settings.ts";
import { lifecycleShape } from "../api/setting-shapes.ts";
import { showName } from "../shell/format.ts";
import { Buttons } from "../shell/page.tsx";
import { JsonField } from "./json-field.tsx";
import { LifecycleConsequence } from "./lifecycle-consequence.tsx";
import { type LifecycleRule, deletesAny, ruleSentences } from "./lifecycle-rule.ts";
import { LifecycleRuleDialog } from "./lifecycle-rule-dialog.tsx";
import { type SettingEdit, SettingSection } from "./setting-section.tsx";

type Rules = readonly LifecycleRule[];

interface Lifecycle {
  readonly rules: Rules;
  /** Up to which size objects keep their class; empty: there is no lifecycle yet. It is not shown, and stays as it is. */
  readonly minimumSize: string;
}

const minimumSizeHeader = "x-amz-transition-default-minimum-object-size";

const newRule: LifecycleRule = { Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 30 } };

export function BucketLifecycle({ bucket }: { readonly bucket: string }): ReactNode {
  const [isText, setIsText] = useState(false);
  return (
    <SettingSection<Lifecycle>
      setting={{
        words: `the lifecycle of ${bucket}`,
        key: ["lifecycle", bucket],
        read: () => getLifecycle(bucket),
        write: (lifecycle) => putLifecycle(bucket, lifecycle),
      }}
      title="Lifecycle"
      description="What ends, or gets another storage class, by itself. Days are counted to the next midnight UTC."
      refresh={[["objects", bucket]]}
      consequence={(_before, { rules }) =>
        rules.some((rule) => rule.Status === "Enabled" && deletesAny(rule))
          ? { word: bucket, words: <LifecycleConsequence bucket={bucket} rules={rules} /> }
          : undefined
      }
      actions={() => <Button onClick={() => setIsText(!isText)}>{isText ? "Edit as a form" : "Edit as JSON"}</Button>}
    >
      {(edit) =>
        isText ? (
          <JsonField
            key={edit.round}
            label="Rules, as JSON"
            description="As aws s3api put-bucket-lifecycle-configuration takes it."
            value={{ Rules: edit.value.rules }}
            shape={lifecycleShape}
            onChange={(value) => edit.change({ ...edit.value, rules: rulesOf(value) })}
            onProblem={edit.setProblem}
          />
        ) : (
          <RuleList edit={edit} />
        )
      }
    </SettingSection>
  );
}

async function getLifecycle(bucket: string): Promise<Lifecycle> {
  const found = await getSetting(bucket, "lifecycle");
  return { rules: rulesOf(found?.value), minimumSize: found?.headers.get(minimumSizeHeader) ?? "" };
}

function putLifecycle(bucket: string, { rules, minimumSize }: Lifecycle): Promise<void> {
  const headers = minimumSize === "" ? {} : { [minimumSizeHeader]: minimumSize };
  return putSetting(bucket, "lifecycle", rules.length === 0 ? undefined : { Rules: rules }, headers);
}

/** What the shape was found to be right for. */
function rulesOf(value: unknown): Rules {
  return (value as { readonly Rules?: Rules } | undefined)?.Rules ?? [];
}

function RuleList({ edit: { value, change } }: { readonly edit: SettingEdit<Lifecycle> }): ReactNode {
  const { rules } = value;
  const [editing, setEditing] = useState<number>();
  const replace = (at: number, ...next: Rules): void => change({ ...value, rules: rules.toSpliced(at, 1, ...next) });
  const edited = editing === undefined ? undefined : (rules[editing] ?? newRule);
  const nameOf = ({ ID = "" }: LifecycleRule, at: number): string => (ID === "" ? `Rule ${at + 1}` : showName(ID));
  return (
    <>
      {rules.length === 0 ? <span>There are no rules: nothing ends by itself.</span> : null}
      <ul className="findings" aria-label="Rules of the lifecycle">
        {rules.map((rule, at) => (
          <li key={at} className="change">
            <span>
              <b>{nameOf(rule, at)}</b>{" "}
              <StatusIndicator type={rule.Status === "Enabled" ? "success" : "stopped"}>
                {rule.Status === "Enabled" ? "Counts" : "Turned off"}
              </StatusIndicator>
              {ruleSentences(rule).map((sentence) => (
                <span key={sentence} className="arn rule-sentence">
                  {sentence}.
                </span>
              ))}
            </span>
            <Buttons>
              <Button ariaLabel={`Edit ${nameOf(rule, at)}`} onClick={() => setEditing(at)}>
                Edit
              </Button>
              <Button ariaLabel={`Remove ${nameOf(rule, at)}`} onClick={() => replace(at)}>
                Remove
              </Button>
            </Buttons>
          </li>
        ))}
      </ul>
      <div>
        <Button onClick={() => setEditing(rules.length)}>Add a rule</Button>
      </div>
      {editing === undefined || edited === undefined ? null : (
        <LifecycleRuleDialog
          title={editing < rules.length ? `Rule ${nameOf(edited, editing)}` : "A rule of the lifecycle"}
          rule={edited}
          onDone={(rule) => {
            replace(editing, rule);
            setEditing(undefined);
          }}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  );
}
