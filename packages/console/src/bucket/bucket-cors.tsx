import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import { getSetting, putSetting } from "../api/bucket-settings.ts";
import { corsRulesShape } from "../api/setting-shapes.ts";
import { JsonField } from "./json-field.tsx";
import { SettingSection } from "./setting-section.tsx";

/** As the AWS CLI has them; the shape says what is in each. */
type Rules = readonly unknown[];

const exampleRules: Rules = [
  {
    AllowedOrigins: ["https://www.example.com"],
    AllowedMethods: ["GET", "HEAD"],
    AllowedHeaders: ["*"],
    MaxAgeSeconds: 3000,
  },
];

export function BucketCors({ bucket }: { readonly bucket: string }): ReactNode {
  return (
    <SettingSection<Rules>
      setting={{
        words: `the CORS rules of ${bucket}`,
        key: ["cors", bucket],
        read: async () => rulesOf((await getSetting(bucket, "cors"))?.value),
        write: (rules) => putSetting(bucket, "cors", rules.length === 0 ? undefined : { CORSRules: rules }),
      }}
      title="CORS"
      description="Which web pages may call this bucket from a browser."
      actions={({ value, stored, change }) =>
        value.length + stored.length === 0 ? <Button onClick={() => change(exampleRules)}>Write rules</Button> : null
      }
    >
      {({ value, stored, change, setProblem, round }) =>
        value.length + stored.length === 0 ? (
          "There are none: no page of another origin may call it."
        ) : (
          <JsonField
            key={round}
            label="Rules, as JSON"
            value={value}
            shape={corsRulesShape}
            onChange={(rules) => change((rules ?? []) as Rules)}
            onProblem={setProblem}
          />
        )
      }
    </SettingSection>
  );
}

/** What the shape was found to be right for. */
function rulesOf(value: unknown): Rules {
  return (value as { readonly CORSRules?: Rules } | undefined)?.CORSRules ?? [];
}
