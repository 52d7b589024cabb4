import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";
import { getSetting, putSetting } from "../api/bucket-settings.ts";
import { notificationShape } from "../api/setting-shapes.ts";
import { showName } from "../shell/format.ts";
import { useSession } from "../shell/session-context.tsx";
import { JsonField } from "./json-field.tsx";
import { SettingSection } from "./setting-section.tsx";

interface NotificationRule {
  readonly Id?: string;
  readonly QueueArn?: string;
  readonly TopicArn?: string;
  readonly Events?: readonly string[];
  readonly Filter?: {
    readonly Key?: { readonly FilterRules?: readonly { readonly Name: string; readonly Value: string }[] };
  };
}

/** As the AWS CLI has it. */
interface Notifications {
  readonly QueueConfigurations?: readonly NotificationRule[];
  readonly TopicConfigurations?: readonly NotificationRule[];
}

/** Whom the bucket tells what happens to its objects. The targets are the operator's. */
export function BucketNotifications({ bucket }: { readonly bucket: string }): ReactNode {
  const { accountId, region } = useSession();
  const [isText, setIsText] = useState(false);
  const example: Notifications = {
    QueueConfigurations: [
      {
        QueueArn: `arn:aws:sqs:${region}:${accountId}:events`,
        Events: ["s3:ObjectCreated:*"],
        Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "incoming/" }] } },
      },
    ],
  };
  return (
    <SettingSection<Notifications>
      setting={{
        words: `the notifications of ${bucket}`,
        key: ["notification", bucket],
        read: async () => ((await getSetting(bucket, "notification"))?.value ?? {}) as Notifications,
        write: (value) => putSetting(bucket, "notification", value),
      }}
      title="Notifications"
      description="Events of objects, for programs. Targets are those that the operator of the gateway has named; a new configuration sends each a test event."
      actions={() =>
        isText ? null : (
          <Button ariaLabel={`Edit the notifications of ${bucket}`} onClick={() => setIsText(true)}>
            Edit
          </Button>
        )
      }
    >
      {({ value, change, setProblem, round }) => (
        <>
          <NotificationSentences value={value} />
          {isText ? (
            <JsonField
              key={round}
              label="Notifications, as JSON"
              description={`As aws s3api put-bucket-notification-configuration takes it, such as ${JSON.stringify(example)}`}
              value={Object.keys(value).length === 0 ? undefined : value}
              shape={notificationShape}
              onChange={(next) => change((next ?? {}) as Notifications)}
              onProblem={setProblem}
            />
          ) : null}
        </>
      )}
    </SettingSection>
  );
}

function NotificationSentences({ value }: { readonly value: Notifications }): ReactNode {
  const rules = [...(value.QueueConfigurations ?? []), ...(value.TopicConfigurations ?? [])];
  if (rules.length === 0) return <span>There are none: nobody is told.</span>;
  return (
    <ul className="findings" aria-label="Notifications">
      {rules.map((rule, at) => (
        <li key={at} className="arn">
          {sentenceOf(rule)}
        </li>
      ))}
    </ul>
  );
}

/** "Tells events of s3:ObjectCreated:*, of keys that begin with incoming/" */
function sentenceOf({ QueueArn, TopicArn, Events = [], Filter }: NotificationRule): string {
  const target = (QueueArn ?? TopicArn ?? "").split(":").at(-1) ?? "";
  const keys = (Filter?.Key?.FilterRules ?? []).map(
    ({ Name, Value }) => `${Name.toLowerCase() === "prefix" ? "begin" : "end"} with ${showName(Value)}`,
  );
  return `Tells ${showName(target)} of ${Events.join(", ")}${keys.length === 0 ? "" : `, of keys that ${keys.join(" and ")}`}.`;
}
