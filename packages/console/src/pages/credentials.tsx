import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { checkBucketName, checkPrefix, readOnlyPolicy, readWritePolicy, writeOnlyPolicy } from "@s3-credentials/policy";
import { type ReactNode, useState } from "react";
import { callQuery } from "../api/call.ts";
import { childOf, textOf } from "../api/tree.ts";
import { Words } from "../editor/words.tsx";
import { Timeline } from "../expiry/timeline.tsx";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { capitalized, showTime } from "../shell/format.ts";
import { Page } from "../shell/page.tsx";
import { useSession } from "../shell/session-context.tsx";
import { CredentialOutput, type CredentialRequest, type TemporaryCredentials } from "./credential-output.tsx";
import { UserKeys } from "./user-keys.tsx";
import { Sessions } from "./sessions.tsx";

const policies = { "read-write": readWritePolicy, "read-only": readOnlyPolicy, "write-only": writeOnlyPolicy } as const;
const accesses = [
  { value: "read-only", label: "Read" },
  { value: "read-write", label: "Read and write" },
  { value: "write-only", label: "Write only", description: "Upload without seeing what is there." },
] as const;
const durations = [
  { value: "900", label: "15 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "14400", label: "4 hours" },
  { value: "43200", label: "12 hours" },
] as const;

function policyOf({ bucket, prefix, access }: CredentialRequest): string {
  return JSON.stringify(policies[access](bucket, prefix === "" ? {} : { prefix }), null, 2);
}

/** AssumeRole without a role: a user narrows itself to the policy. */
async function assume(request: CredentialRequest): Promise<TemporaryCredentials> {
  const answer = await callQuery("sts", "AssumeRole", {
    RoleSessionName: "console",
    DurationSeconds: request.seconds,
    Policy: JSON.stringify(JSON.parse(policyOf(request))),
  });
  const node = childOf(answer, "Credentials");
  return {
    accessKeyId: textOf(node, "AccessKeyId"),
    secretAccessKey: textOf(node, "SecretAccessKey"),
    sessionToken: textOf(node, "SessionToken"),
    expiration: textOf(node, "Expiration"),
  };
}

/** What the command says of a name, as a sentence beside its field. */
function sentence(words: string | undefined): ReactNode {
  return words === undefined ? "" : <Words text={`${capitalized(words)}.`} />;
}

export function Component(): ReactNode {
  const { role, isRoot, isUser: hasPassword, userName } = useSession();
  const isUser = role === undefined && hasPassword;
  const [whose, setWhose] = useState<"mine" | "all">("mine");
  const [request, setRequest] = useState<CredentialRequest>({
    bucket: "",
    prefix: "",
    access: "read-only",
    seconds: 3600,
  });
  const make = useAction(() => assume(request), {
    task: "make temporary credentials",
    quiet: true,
    refresh: [["sessions"]],
  });
  const set = (fields: Partial<CredentialRequest>): void => {
    make.reset();
    setRequest({ ...request, ...fields });
  };
  const bucketFault = request.bucket === "" ? undefined : checkBucketName(request.bucket);
  const { error: prefixFault, warnings } = checkPrefix(request.prefix);
  const complete = request.bucket !== "" && bucketFault === undefined && prefixFault === undefined;
  return (
    <Page
      title="Temporary credentials"
      description="Keys for a program that reach one bucket, or a part of it, and stop by themselves."
    >
      {role !== undefined || isRoot ? (
        <Box>
          {isRoot
            ? "The root user cannot narrow itself: sign in as a user, or take a role."
            : "A role cannot make narrower credentials of itself: switch back to do that."}
        </Box>
      ) : (
        <div className="split">
          <Container header={<Header variant="h2">What they may do</Header>}>
            <form
              onSubmit={(event) => {
                event.preventDefault();
                if (complete) make.run();
              }}
            >
              <SpaceBetween size="m">
                <FormField label="Bucket" errorText={sentence(bucketFault)}>
                  <Input
                    value={request.bucket}
                    autoComplete={false}
                    onChange={({ detail }) => set({ bucket: detail.value.trim() })}
                  />
                </FormField>
                <FormField
                  label={
                    <>
                      Prefix <i>- optional</i>
                    </>
                  }
                  description="Only objects whose key begins with it."
                  errorText={sentence(prefixFault)}
                  warningText={sentence(warnings[0])}
                >
                  <Input
                    value={request.prefix}
                    placeholder="team/2026/"
                    autoComplete={false}
                    onChange={({ detail }) => set({ prefix: detail.value })}
                  />
                </FormField>
                <FormField label="Access">
                  <RadioGroup
                    value={request.access}
                    items={[...accesses]}
                    onChange={({ detail }) => {
                      const chosen = accesses.find(({ value }) => value === detail.value);
                      if (chosen !== undefined) set({ access: chosen.value });
                    }}
                  />
                </FormField>
                <FormField label="They work for">
                  <Select
                    selectedOption={durations.find(({ value }) => Number(value) === request.seconds) ?? null}
                    options={durations}
                    onChange={({ detail }) => set({ seconds: Number(detail.selectedOption.value) })}
                  />
                </FormField>
                {make.error === undefined ? null : (
                  <Failure isAnswer error={make.error} task="make temporary credentials" />
                )}
                <Button variant="primary" loading={make.busy} disabled={!complete}>
                  Make credentials
                </Button>
              </SpaceBetween>
            </form>
          </Container>
          <Container
            header={
              <Header
                variant="h2"
                description={
                  make.value === undefined
                    ? "They never reach further than your own policies."
                    : `They work until ${showTime(make.value.expiration)}. Nobody can see them again after you leave this page.`
                }
              >
                {make.value === undefined ? "The policy they get" : "Your credentials"}
              </Header>
            }
          >
            {make.value !== undefined ? (
              <CredentialOutput request={request} credentials={make.value} />
            ) : complete ? (
              <pre className="code-block" tabIndex={0} aria-label="Document">
                {policyOf(request)}
              </pre>
            ) : (
              <p className="soft">Name a bucket to see it.</p>
            )}
          </Container>
        </div>
      )}
      {isUser ? (
        <SegmentedControl
          label="Whose sessions and keys"
          selectedId={whose}
          options={[
            { id: "mine", text: "Mine" },
            { id: "all", text: "Of the account" },
          ]}
          onChange={({ detail }) => setWhose(detail.selectedId === "all" ? "all" : "mine")}
        />
      ) : null}
      <Timeline user={isUser && whose === "mine" ? userName : undefined} />
      {isUser && whose === "mine" ? (
        <>
          <Sessions filter={{ UserName: userName }} of={`the user ${userName}`} word={userName} />
          <UserKeys name={userName} />
        </>
      ) : (
        <Sessions filter={{}} of="the account" word="" />
      )}
    </Page>
  );
}
