import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import { type FormEvent, type ReactNode, useState } from "react";
import { levels } from "../levels.ts";
import { actionsOf, bucketActions, keysProblem, type MapQuestion } from "./map-question.ts";

const levelOptions = [
  { value: "usual", label: "What people ask first" },
  ...levels.map((value) => ({ value, label: value })),
  { value: "chosen", label: "Chosen actions" },
] as const;
const actionOptions = bucketActions.map(({ name, access }) => ({ value: name, label: name, description: access }));
const kindOptions = [
  { value: "all", label: "Everybody" },
  { value: "user", label: "Users" },
  { value: "role", label: "Roles" },
  { value: "outside", label: "Outside the account" },
] as const;

/** What the map is asked. The objects are asked about on Enter, because that begins the map anew. */
export function MapForm(props: {
  readonly question: MapQuestion;
  readonly onChange: (changed: Partial<MapQuestion>) => void;
}): ReactNode {
  const { question, onChange } = props;
  const [keys, setKeys] = useState(question.keys);
  const problem = keysProblem(keys);
  const shown = actionsOf(question);
  const ask = (event?: FormEvent): void => {
    event?.preventDefault();
    if (problem === undefined && keys !== question.keys) onChange({ keys: keys === "" ? "*" : keys });
  };
  return (
    <form className="two-fields" onSubmit={ask}>
      <FormField label="Actions">
        <Select
          selectedOption={levelOptions.find(({ value }) => value === question.level) ?? null}
          options={[...levelOptions]}
          onChange={({ detail }) => {
            const { value } = detail.selectedOption;
            onChange({ level: levelOptions.find((one) => one.value === value)?.value ?? "usual", actions: shown });
          }}
        />
      </FormField>
      {question.level === "chosen" ? (
        <FormField label="Chosen actions">
          <Multiselect
            selectedOptions={actionOptions.filter(({ value }) => shown.includes(value))}
            options={actionOptions}
            filteringType="auto"
            filteringPlaceholder="Find an action"
            filteringAriaLabel="Find an action"
            placeholder="Choose actions"
            tokenLimit={3}
            i18nStrings={{ tokenLimitShowMore: "Show all", tokenLimitShowFewer: "Show fewer" }}
            deselectAriaLabel={({ label }) => `Remove ${label ?? ""}`}
            onChange={({ detail }) => onChange({ actions: detail.selectedOptions.map(({ value }) => value ?? "") })}
          />
        </FormField>
      ) : null}
      <FormField label="Principals">
        <Select
          selectedOption={kindOptions.find(({ value }) => value === question.kind) ?? null}
          options={[...kindOptions]}
          onChange={({ detail }) => {
            const { value } = detail.selectedOption;
            onChange({ kind: kindOptions.find((one) => one.value === value)?.value ?? "all" });
          }}
        />
      </FormField>
      <FormField label="Name">
        <Input
          type="search"
          value={question.name}
          autoComplete={false}
          placeholder="Find a principal"
          clearAriaLabel="Clear the name"
          onChange={({ detail }) => onChange({ name: detail.value })}
        />
      </FormField>
      <FormField label="Objects" errorText={problem}>
        <Input
          value={keys}
          autoComplete={false}
          placeholder="reports/*"
          onChange={({ detail }) => setKeys(detail.value)}
          onBlur={() => ask()}
        />
      </FormField>
      <input type="submit" hidden />
    </form>
  );
}
