import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { iam } from "../api/iam/iam.ts";
import { childOf, textOf } from "../api/tree.ts";
import { hasErrors } from "../editor/has-errors.ts";
import { PolicyEditor } from "../editor/policy-editor.tsx";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { isName, NameField } from "../shell/name-field.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { policyPath } from "./policy-picker.tsx";

const first = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [],
      "Resource": []
    }
  ]
}`;

export function Component(): ReactNode {
  const navigate = useNavigate();
  const [text, setText] = useState(first);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const create = useAction(
    async () => {
      const answer = await iam("CreatePolicy", {
        PolicyName: name,
        PolicyDocument: text,
        Description: description === "" ? undefined : description,
      });
      return textOf(childOf(answer, "Policy"), "Arn");
    },
    {
      task: "create the policy",
      quiet: true,
      refresh: [["policies"]],
      done: () => ({ type: "success", header: `Policy ${name} is created` }),
      goTo: policyPath,
    },
  );
  const complete = isName(name, 128) && !hasErrors(text, "identity");
  return (
    <Page
      title="Create policy"
      above={[["/policies", "Policies"]]}
      description="What is allowed, on what, and when. Everything else stays refused."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (complete) create.run();
        }}
      >
        <SpaceBetween size="l">
          <Container>
            <PolicyEditor value={text} kind="identity" label="Policy document" start="visual" onChange={setText} />
          </Container>
          <Container header={<Header variant="h2">Name</Header>}>
            <SpaceBetween size="m">
              <NameField label="Policy name" value={name} max={128} onChange={setName} />
              <FormField
                label={
                  <>
                    Description <i>- optional</i>
                  </>
                }
              >
                <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
              </FormField>
            </SpaceBetween>
          </Container>
          {create.error === undefined ? null : <Failure isAnswer error={create.error} task="create the policy" />}
          <Box float="right">
            <Buttons>
              <Button variant="link" formAction="none" onClick={() => void navigate("/policies")}>
                Cancel
              </Button>
              <Button variant="primary" loading={create.busy} disabled={!complete}>
                Create policy
              </Button>
            </Buttons>
          </Box>
        </SpaceBetween>
      </form>
    </Page>
  );
}
