import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  type BlockSetting,
  blockSettings,
  type CorsRule,
  deleteBucketPolicy,
  getBucketPolicy,
  getCors,
  getPublicBlock,
  type PublicBlock,
  putBucketPolicy,
  putCors,
  putPublicBlock,
} from "../api/s3.ts";
import { hasErrors } from "../editor/has-errors.ts";
import { PolicyEditor } from "../editor/lazy-policy-editor.tsx";
import { useAction } from "../shell/action.ts";
import { checkKept } from "../shell/changed-since.ts";
import { Failure } from "../shell/failure.tsx";
import { Buttons } from "../shell/page.tsx";
import { BucketOwnership } from "./bucket-ownership.tsx";
import { pretty } from "./permissions.tsx";

export function BucketPermissions({ bucket }: { readonly bucket: string }): ReactNode {
  const block = useQuery({ queryKey: ["block", bucket], queryFn: () => getPublicBlock(bucket) });
  const policy = useQuery({
    queryKey: ["bucket-policy", bucket],
    queryFn: async () => pretty((await getBucketPolicy(bucket)) ?? ""),
  });
  const cors = useQuery({ queryKey: ["cors", bucket], queryFn: () => getCors(bucket) });
  return (
    <SpaceBetween size="l">
      {block.error === null ? null : <Failure error={block.error} task="read what is blocked" />}
      {block.data === undefined ? null : <Block key={JSON.stringify(block.data)} bucket={bucket} stored={block.data} />}
      {policy.error === null ? null : <Failure error={policy.error} task="read the bucket policy" />}
      {policy.data === undefined ? null : <Policy key={policy.data} bucket={bucket} stored={policy.data} />}
      <BucketOwnership bucket={bucket} />
      {cors.error === null ? null : <Failure error={cors.error} task="read the CORS rules" />}
      {cors.data === undefined ? null : <Cors key={JSON.stringify(cors.data)} bucket={bucket} stored={cors.data} />}
    </SpaceBetween>
  );
}

const blockWords: Readonly<Record<BlockSetting, string>> = {
  BlockPublicAcls: "Refuse new ACLs that are public",
  IgnorePublicAcls: "Ignore ACLs that are public",
  BlockPublicPolicy: "Refuse a new bucket policy that is public",
  RestrictPublicBuckets: "Let a public bucket policy count for this account alone",
};

function Block({ bucket, stored }: { readonly bucket: string; readonly stored: PublicBlock }): ReactNode {
  const [block, setBlock] = useState(stored);
  const on = blockSettings.filter((setting) => block[setting]).length;
  const save = useAction(() => putPublicBlock(bucket, block), {
    task: "save what is blocked",
    refresh: [["block", bucket]],
    done: () => ({ type: "success", header: "What is blocked is saved" }),
    undo: () => putPublicBlock(bucket, stored),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${on} of 4 on)`}
          description="Whatever a policy says, nothing here becomes public by mistake."
          actions={
            <Button
              loading={save.busy}
              disabled={blockSettings.every((one) => block[one] === stored[one])}
              onClick={() => save.run()}
            >
              Save
            </Button>
          }
        >
          Block public access
        </Header>
      }
    >
      <SpaceBetween size="xs">
        {blockSettings.map((setting) => (
          <Checkbox
            key={setting}
            checked={block[setting]}
            description={setting}
            onChange={({ detail }) => setBlock({ ...block, [setting]: detail.checked })}
          >
            {blockWords[setting]}
          </Checkbox>
        ))}
      </SpaceBetween>
    </Container>
  );
}

/** It limits everybody, and locks nobody out. */
function examplePolicy(bucket: string): string {
  const statement = {
    Sid: "KeepTheArchive",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: `arn:aws:s3:::${bucket}/archive/*`,
  };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2);
}

function Policy({ bucket, stored }: { readonly bucket: string; readonly stored: string }): ReactNode {
  const [text, setText] = useState(stored);
  const refresh = [["bucket-policy", bucket]];
  const putBack = async (written: string | undefined): Promise<void> => {
    checkKept(await getBucketPolicy(bucket), written, `the bucket policy of ${bucket}`);
    await (stored === "" ? deleteBucketPolicy(bucket) : putBucketPolicy(bucket, stored));
  };
  const save = useAction(() => putBucketPolicy(bucket, text), {
    task: "save the bucket policy",
    quiet: true,
    refresh,
    done: () => ({ type: "success", header: "The bucket policy is saved" }),
    undo: () => putBack(text),
  });
  const remove = useAction(() => deleteBucketPolicy(bucket), {
    task: "delete the bucket policy",
    refresh,
    done: () => ({ type: "success", header: "The bucket policy is deleted" }),
    undo: () => putBack(undefined),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Who may do what in this bucket, users of other accounts and everyone included."
          actions={
            stored === "" ? null : (
              <Button loading={remove.busy} onClick={() => remove.run()}>
                Delete
              </Button>
            )
          }
        >
          Bucket policy
        </Header>
      }
    >
      {text === "" ? (
        <SpaceBetween size="s">
          <span>There is none: users, groups and roles of this account are asked for their own policies alone.</span>
          <Button onClick={() => setText(examplePolicy(bucket))}>Write a bucket policy</Button>
        </SpaceBetween>
      ) : (
        <SpaceBetween size="l">
          {save.error === undefined ? null : <Failure error={save.error} task="save the bucket policy" />}
          <PolicyEditor
            value={text}
            kind="resource"
            bucket={bucket}
            label="Bucket policy"
            start="json"
            onChange={setText}
          />
          <Box float="right">
            <Buttons>
              <Button variant="link" disabled={text === stored} onClick={() => setText(stored)}>
                Discard changes
              </Button>
              <Button
                variant="primary"
                loading={save.busy}
                disabled={text === stored || hasErrors(text, "resource", bucket)}
                onClick={() => save.run()}
              >
                Save
              </Button>
            </Buttons>
          </Box>
        </SpaceBetween>
      )}
    </Container>
  );
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
