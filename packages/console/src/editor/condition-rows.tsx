import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { conditionKeyNames, conditionKeyType, findAction, operators } from "@s3-credentials/policy";
import { type ReactNode, useMemo, useState } from "react";
import { addCondition, removeCondition, type StatementProps } from "./visual-policy.ts";

const operatorOptions = Object.keys(operators).map((value) => ({ value, label: value }));

/** The operator that a key's type is compared by most. */
const usual: Readonly<Record<string, string>> = {
  IPAddress: "IpAddress",
  Bool: "Bool",
  Numeric: "NumericLessThanEquals",
  Date: "DateLessThan",
  ARN: "ArnLike",
  String: "StringEquals",
};

function keysFor(actions: readonly string[]): readonly string[] {
  const own = actions.flatMap((name) => findAction(name)?.conditionKeys ?? []);
  return [...new Set([...own, ...conditionKeyNames.filter((key) => key.startsWith("aws:"))])];
}

export function ConditionRows({ text, at, statement, onChange }: StatementProps): ReactNode {
  const [draft, setDraft] = useState<{ readonly key: string; readonly operator: string; readonly value: string }>();
  const actions = statement.actions;
  const keys = useMemo(() => keysFor(actions ?? []).map((value) => ({ value })), [actions]);
  const add = (): void => {
    if (draft === undefined) return;
    const values = draft.value.split(",").map((one) => one.trim());
    onChange(addCondition(text, at, { operator: draft.operator, key: draft.key.trim(), values }));
    setDraft(undefined);
  };
  return (
    <div className="statement-part">
      <h4>Conditions</h4>
      {statement.conditions.length === 0 ? <p className="soft">None: it holds for every request.</p> : null}
      <ul className="conditions">
        {statement.conditions.map((condition) => (
          <li key={`${condition.operator} ${condition.key}`}>
            <span>
              <code>{condition.key}</code> <b>{condition.operator}</b> <code>{condition.values.join(", ")}</code>
            </span>
            <Button
              formAction="none"
              variant="icon"
              iconName="close"
              ariaLabel={`Remove the condition on ${condition.key}`}
              onClick={() => onChange(removeCondition(text, at, condition))}
            />
          </li>
        ))}
      </ul>
      {draft === undefined ? (
        <Button
          formAction="none"
          iconName="add-plus"
          onClick={() => setDraft({ key: "", operator: "StringEquals", value: "" })}
        >
          Add a condition
        </Button>
      ) : (
        <div className="condition-draft">
          <FormField label="Key">
            <Autosuggest
              value={draft.key}
              options={keys}
              placeholder="aws:SourceIp"
              enteredTextLabel={(value) => `Use ${value}`}
              onChange={({ detail: { value } }) =>
                setDraft({
                  ...draft,
                  key: value,
                  operator: usual[conditionKeyType(value)?.type ?? ""] ?? draft.operator,
                })
              }
            />
          </FormField>
          <FormField label="Operator">
            <Select
              selectedOption={operatorOptions.find(({ value }) => value === draft.operator) ?? null}
              options={operatorOptions}
              filteringType="auto"
              onChange={({ detail }) => setDraft({ ...draft, operator: detail.selectedOption.value ?? "" })}
            />
          </FormField>
          <FormField label="Value" description="Several with commas between them">
            <Input
              value={draft.value}
              placeholder="10.0.0.0/8"
              onChange={({ detail }) => setDraft({ ...draft, value: detail.value })}
            />
          </FormField>
          <div className="condition-buttons">
            <Button formAction="none" onClick={add} disabled={draft.key.trim() === "" || draft.value.trim() === ""}>
              Add
            </Button>
            <Button formAction="none" variant="link" onClick={() => setDraft(undefined)}>
              Cancel
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
