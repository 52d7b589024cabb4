import RadioGroup from "@cloudscape-design/components/radio-group";
import type { ReactNode } from "react";
import { getPayer, type Payer, putPayer } from "../api/bucket-settings.ts";
import { SettingSection } from "./setting-section.tsx";

const payers: readonly { readonly value: Payer; readonly label: string; readonly description: string }[] = [
  { value: "BucketOwner", label: "The owner of the bucket", description: "The right choice unless the data is sold." },
  {
    value: "Requester",
    label: "Whoever asks",
    description:
      "Requests of other accounts must say that they pay (x-amz-request-payer: requester), and nobody without credentials is answered.",
  },
];

export function BucketPayment({ bucket }: { readonly bucket: string }): ReactNode {
  return (
    <SettingSection<Payer>
      setting={{
        words: `who pays for requests to ${bucket}`,
        key: ["payer", bucket],
        read: () => getPayer(bucket),
        write: (payer) => putPayer(bucket, payer),
      }}
      title="Who pays for requests"
      description="And for what is transferred."
    >
      {({ value, change }) => (
        <RadioGroup
          ariaLabel="Who pays for requests"
          value={value}
          items={payers.map((one) => ({ ...one }))}
          onChange={({ detail }) => change(payers.find((one) => one.value === detail.value)?.value ?? value)}
        />
      )}
    </SettingSection>
  );
}
