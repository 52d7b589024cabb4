import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import type { ReactNode } from "react";
import { type DefaultEncryption, getEncryption, putEncryption } from "../api/s3.ts";
import { SettingSection } from "./setting-section.tsx";

interface Choice {
  readonly value: DefaultEncryption["algorithm"];
  readonly label: string;
  readonly description: string;
}

const choicesFrom = ({ rest }: DefaultEncryption): readonly Choice[] => [
  {
    value: "",
    label: "The default of the gateway",
    description: `Not encrypted, unless the gateway was started with --encrypt.${
      rest.some(({ name }) => name === "BlockedEncryptionTypes") ? " Keys of clients (SSE-C) are accepted again." : ""
    }`,
  },
  { value: "AES256", label: "With keys that the gateway makes (SSE-S3)", description: "Nobody has to keep anything." },
  {
    value: "aws:kms",
    label: "With a key of the operator (SSE-KMS)",
    description: "One that the gateway was started with: --kms-key NAME=FILE.",
  },
];

export function BucketEncryption({ bucket }: { readonly bucket: string }): ReactNode {
  return (
    <SettingSection<DefaultEncryption>
      setting={{
        words: `the default encryption of ${bucket}`,
        key: ["encryption", bucket],
        read: () => getEncryption(bucket),
        write: (encryption) => putEncryption(bucket, encryption),
      }}
      title="Default encryption"
      description="How new objects are encrypted when their upload does not say it. Existing objects stay as they are."
    >
      {({ value, stored, change }) => <EncryptionChoice value={value} stored={stored} onChange={change} />}
    </SettingSection>
  );
}

function EncryptionChoice(props: {
  readonly value: DefaultEncryption;
  readonly stored: DefaultEncryption;
  readonly onChange: (value: DefaultEncryption) => void;
}): ReactNode {
  const { value, stored, onChange } = props;
  const choices = choicesFrom(stored);
  return (
    <>
      <RadioGroup
        ariaLabel="Default encryption"
        value={value.algorithm}
        items={choices.map((one) => ({ ...one }))}
        onChange={({ detail }) => {
          const chosen = choices.find((one) => one.value === detail.value);
          if (chosen !== undefined) onChange({ ...value, algorithm: chosen.value });
        }}
      />
      {value.algorithm === "aws:kms" ? (
        <FormField label="Key" description="alias/NAME or an ARN. Empty is the key aws/s3.">
          <Input
            value={value.key}
            placeholder="alias/photos"
            spellcheck={false}
            autoComplete={false}
            onChange={({ detail }) => onChange({ ...value, key: detail.value })}
          />
        </FormField>
      ) : null}
    </>
  );
}
