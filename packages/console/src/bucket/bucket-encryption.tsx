import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type DefaultEncryption, getEncryption, putEncryption } from "../api/s3.ts";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";

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
  const query = useQuery({ queryKey: ["encryption", bucket], queryFn: () => getEncryption(bucket) });
  if (query.error !== null) return <Failure error={query.error} task="read the encryption" />;
  if (query.data === undefined) return null;
  return <Encryption key={JSON.stringify(query.data)} bucket={bucket} stored={query.data} />;
}

function Encryption({ bucket, stored }: { readonly bucket: string; readonly stored: DefaultEncryption }): ReactNode {
  const [next, setNext] = useState(stored);
  const choices = choicesFrom(stored);
  const save = useAction(() => putEncryption(bucket, next), {
    task: "save the encryption",
    refresh: [["encryption", bucket]],
    done: () => ({ type: "success", header: "The encryption is saved" }),
    undo: () => putEncryption(bucket, stored),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="How new objects are encrypted when their upload does not say it. Existing objects stay as they are."
          actions={
            <Button
              loading={save.busy}
              disabled={JSON.stringify(next) === JSON.stringify(stored)}
              onClick={() => save.run()}
            >
              Save encryption
            </Button>
          }
        >
          Default encryption
        </Header>
      }
    >
      <SpaceBetween size="m">
        <RadioGroup
          ariaLabel="Default encryption"
          value={next.algorithm}
          items={choices.map((one) => ({ ...one }))}
          onChange={({ detail }) => {
            const chosen = choices.find(({ value }) => value === detail.value);
            if (chosen !== undefined) setNext({ ...next, algorithm: chosen.value });
          }}
        />
        {next.algorithm === "aws:kms" ? (
          <FormField label="Key" description="alias/NAME or an ARN. Empty is the key aws/s3.">
            <Input
              value={next.key}
              placeholder="alias/photos"
              spellcheck={false}
              autoComplete={false}
              onChange={({ detail }) => setNext({ ...next, key: detail.value })}
            />
          </FormField>
        ) : null}
      </SpaceBetween>
    </Container>
  );
}
