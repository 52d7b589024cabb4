import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import type { ReactNode } from "react";
import { CopyButton } from "../shell/copy.tsx";
import { downloadText } from "../shell/download.ts";
import { tabLabels } from "../shell/labels.ts";
import { useSession } from "../shell/session-context.tsx";

export interface CredentialRequest {
  readonly bucket: string;
  readonly prefix: string;
  readonly access: "read-write" | "read-only" | "write-only";
  readonly seconds: number;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
}

/** What the command is called with to make the same credentials. */
function commandOf({ bucket, prefix, access, seconds }: CredentialRequest, endpoint: string): string {
  const words = ["s3-credentials", "create", bucket, "--duration", `${seconds / 60}m`, "--endpoint-url", endpoint];
  if (prefix !== "") words.push("--prefix", prefix);
  if (access !== "read-write") words.push(`--${access}`);
  return words.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function formsOf(
  credentials: TemporaryCredentials,
  endpoint: string,
  region: string,
): readonly (readonly [id: string, label: string, text: string, file: string])[] {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  const variables = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
  };
  const env = Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}\n`);
  const ini = [
    "[temporary]",
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `aws_session_token = ${sessionToken}`,
    `endpoint_url = ${endpoint}`,
    `region = ${region}`,
    "",
  ];
  const json = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration,
  };
  return [
    ["env", "Shell", env.join(""), "credentials.sh"],
    ["ini", "AWS credentials file", ini.join("\n"), "credentials.ini"],
    ["json", "JSON", `${JSON.stringify(json, null, 2)}\n`, "credentials.json"],
  ];
}

export function CredentialOutput(props: {
  readonly request: CredentialRequest;
  readonly credentials: TemporaryCredentials;
}): ReactNode {
  const { request, credentials } = props;
  const { s3Origin, region } = useSession();
  const command = commandOf(request, s3Origin);
  return (
    <Tabs
      i18nStrings={tabLabels}
      ariaLabel="Forms of the credentials"
      tabs={[
        ...formsOf(credentials, s3Origin, region).map(([id, label, text, file]) => ({
          id,
          label,
          content: (
            <SpaceBetween size="s">
              <pre className="code-block" tabIndex={0} aria-label={label}>
                {text}
              </pre>
              <SpaceBetween size="xs" direction="horizontal">
                <CopyButton text={text} what={label} label="Copy" />
                <Button iconName="download" onClick={() => downloadText(file, text)}>
                  Download
                </Button>
              </SpaceBetween>
            </SpaceBetween>
          ),
        })),
        {
          id: "command",
          label: "Command",
          content: (
            <SpaceBetween size="s">
              <span>This makes credentials with the same rights, with your own access key:</span>
              <pre className="code-block" tabIndex={0} aria-label="Command">
                {command}
              </pre>
              <CopyButton text={command} what="the command" label="Copy" />
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}
