import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Textarea from "@cloudscape-design/components/textarea";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type CorsRule, getCors, putCors } from "../api/s3.ts";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { Buttons } from "../shell/page.tsx";

export function BucketCors({ bucket }: { readonly bucket: string }): ReactNode {
  const query = useQuery({ queryKey: ["cors", bucket], queryFn: () => getCors(bucket) });
  if (query.error !== null) return <Failure error={query.error} task="read the CORS rules" />;
  if (query.data === undefined) return null;
  return <Cors key={JSON.stringify(query.data)} bucket={bucket} stored={query.data} />;
}

const exampleRules: readonly CorsRule[] = [
  {
    AllowedOrigins: ["https://www.example.com"],
    AllowedMethods: ["GET", "HEAD"],
    AllowedHeaders: ["*"],
    MaxAgeSeconds: 3000,
  },
];

/** The rules that were written, or words about what is wrong with them. */
function readRules(text: string): readonly CorsRule[] | string {
  if (text.trim() === "") return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : "It is not JSON.";
  }
  return Array.isArray(parsed) && parsed.every(isRule)
    ? parsed
    : "It must be a list of rules, each with AllowedOrigins and AllowedMethods; other members are AllowedHeaders, ExposeHeaders, MaxAgeSeconds and ID.";
}

function isRule(value: unknown): value is CorsRule {
  if (typeof value !== "object" || value === null) return false;
  const texts = (one: unknown): boolean => Array.isArray(one) && one.every((item) => typeof item === "string");
  const kinds: Readonly<Record<string, (one: unknown) => boolean>> = {
    AllowedOrigins: texts,
    AllowedMethods: texts,
    AllowedHeaders: texts,
    ExposeHeaders: texts,
    MaxAgeSeconds: (one) => typeof one === "number",
    ID: (one) => typeof one === "string",
  };
  return (
    "AllowedOrigins" in value &&
    "AllowedMethods" in value &&
    Object.entries(value).every(([name, one]) => kinds[name]?.(one) === true)
  );
}

function Cors({ bucket, stored }: { readonly bucket: string; readonly stored: readonly CorsRule[] }): ReactNode {
  const before = stored.length === 0 ? "" : JSON.stringify(stored, null, 2);
  const [text, setText] = useState(before);
  const rules = readRules(text);
  const save = useAction(async () => putCors(bucket, typeof rules === "string" ? stored : rules), {
    task: "save the CORS rules",
    refresh: [["cors", bucket]],
    done: () => ({ type: "success", header: "The CORS rules are saved" }),
    undo: () => putCors(bucket, stored),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Which web pages may call this bucket from a browser."
          actions={
            <Buttons>
              {text === "" ? (
                <Button onClick={() => setText(JSON.stringify(exampleRules, null, 2))}>Write rules</Button>
              ) : null}
              <Button
                loading={save.busy}
                disabled={text === before || typeof rules === "string"}
                onClick={() => save.run()}
              >
                Save
              </Button>
            </Buttons>
          }
        >
          CORS
        </Header>
      }
    >
      {text === "" && before === "" ? (
        "There are none: no page of another origin may call it."
      ) : (
        <FormField label="Rules, as JSON" errorText={typeof rules === "string" ? rules : ""} stretch>
          <Textarea value={text} rows={12} spellcheck={false} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
      )}
    </Container>
  );
}
