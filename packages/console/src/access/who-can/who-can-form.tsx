import { catalogServices, resourceForms, serviceActions } from "@s3-credentials/policy";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import Textarea from "@cloudscape-design/components/textarea";
import { type FormEvent, type ReactNode, useState } from "react";
import { capitalized } from "../../shell/format.ts";
import { type FormProblem, whoCanProblem, type WrittenWhoCan } from "./who-can-question.ts";

const actionOptions = catalogServices.map((service) => ({
  label: service,
  options: (serviceActions(service) ?? []).map(({ name, access }) => ({ value: name, description: access })),
}));
const mfaOptions = [
  { value: "", label: "Not known" },
  { value: "true", label: "Signed in with MFA" },
  { value: "false", label: "Without MFA" },
] as const;

/** What is asked, and what is known of the request. It is checked when it is asked. */
export function WhoCanForm(props: {
  readonly asked: WrittenWhoCan;
  readonly onAsk: (written: WrittenWhoCan) => void;
}): ReactNode {
  const { asked, onAsk } = props;
  const [written, setWritten] = useState(asked);
  const [problem, setProblem] = useState<FormProblem>();
  const change = (fields: Partial<WrittenWhoCan>): void => setWritten({ ...written, ...fields });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const found = whoCanProblem(written);
    setProblem(found);
    if (found === undefined) onAsk(written);
  };
  const wrong = (about: FormProblem["about"]): string | undefined =>
    problem?.about === about ? `${capitalized(problem.words)}${problem.words.endsWith("?") ? "" : "."}` : undefined;
  const [form = "*"] = resourceForms(written.action);
  const more = written.time + written.address + written.mfa + written.keys !== "";
  return (
    <form className="stack" onSubmit={send}>
      <div className="who-can">
        <FormField label="Action" errorText={wrong("action")}>
          <Autosuggest
            value={written.action}
            options={actionOptions}
            placeholder="s3:PutObject"
            clearAriaLabel="Clear the action"
            enteredTextLabel={(value) => `Use ${value}`}
            onChange={({ detail }) => change({ action: detail.value.trim() })}
          />
        </FormField>
        <FormField label="Resource" errorText={wrong("resource")}>
          <Input
            value={written.resource}
            autoComplete={false}
            placeholder={form.replace("PARTITION", "aws")}
            onChange={({ detail }) => change({ resource: detail.value.trim() })}
          />
        </FormField>
        <Button variant="primary">Ask</Button>
      </div>
      <ExpandableSection headerText="What is known of the request" defaultExpanded={more}>
        <div className="two-fields">
          <FormField label="Address of the client" errorText={wrong("address")}>
            <Input
              value={written.address}
              autoComplete={false}
              placeholder="192.0.2.7"
              onChange={({ detail }) => change({ address: detail.value.trim() })}
            />
          </FormField>
          <FormField label="Time" errorText={wrong("time")} constraintText="Empty is now.">
            <Input
              value={written.time}
              autoComplete={false}
              placeholder="2026-12-24T18:00:00Z"
              onChange={({ detail }) => change({ time: detail.value.trim() })}
            />
          </FormField>
          <FormField label="Second factor">
            <Select
              selectedOption={mfaOptions.find(({ value }) => value === written.mfa) ?? null}
              options={[...mfaOptions]}
              onChange={({ detail }) =>
                change({ mfa: mfaOptions.find(({ value }) => value === detail.selectedOption.value)?.value ?? "" })
              }
            />
          </FormField>
          <FormField
            label="Other condition keys"
            errorText={wrong("context")}
            constraintText="Tags and all else, KEY=VALUE, one a line."
          >
            <Textarea
              value={written.keys}
              rows={2}
              placeholder="s3:ExistingObjectTag/team=blue"
              onChange={({ detail }) => change({ keys: detail.value })}
            />
          </FormField>
        </div>
      </ExpandableSection>
    </form>
  );
}
