import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import { type AccessLevel, type CatalogAction, catalogServices, serviceActions } from "@s3-credentials/policy";
import { type ReactNode, useState } from "react";
import { ConditionRows } from "./condition-rows.tsx";
import { ResourceRows } from "./resource-rows.tsx";
import { Tokens } from "./tokens.tsx";
import {
  addStatement,
  removeStatement,
  setActions,
  setEffect,
  type StatementProps,
  type VisualStatement,
} from "./visual-policy.ts";

const levels: readonly AccessLevel[] = ["List", "Read", "Write", "Permissions management", "Tagging"];
const services = catalogServices.map((service) => ({ value: service, label: service.toUpperCase() }));

export function VisualEditor(props: {
  readonly text: string;
  readonly statements: readonly VisualStatement[];
  readonly withResources: boolean;
  readonly onChange: (text: string) => void;
}): ReactNode {
  const { text, statements, withResources, onChange } = props;
  return (
    <div className="statements">
      {statements.map((statement, at) => (
        <section key={`${at}`} className="statement" aria-label={`Statement ${at + 1}`}>
          <div className="statement-head">
            <SegmentedControl
              label="Effect"
              selectedId={statement.effect}
              options={[
                { id: "Allow", text: "Allow" },
                { id: "Deny", text: "Deny" },
              ]}
              onChange={({ detail }) => onChange(setEffect(text, at, detail.selectedId === "Deny" ? "Deny" : "Allow"))}
            />
            <span className="statement-name">{statement.sid === "" ? `Statement ${at + 1}` : statement.sid}</span>
            {statements.length > 1 ? (
              <Button
                formAction="none"
                iconName="remove"
                variant="icon"
                ariaLabel={`Remove statement ${at + 1}`}
                onClick={() => onChange(removeStatement(text, at))}
              />
            ) : null}
          </div>
          <Kept kept={statement.kept} />
          {statement.actions === undefined ? null : (
            <Actions text={text} at={at} statement={statement} onChange={onChange} />
          )}
          {withResources && (statement.resources !== undefined || !("NotResource" in statement.kept)) ? (
            <ResourceRows text={text} at={at} statement={statement} onChange={onChange} />
          ) : null}
          <ConditionRows text={text} at={at} statement={statement} onChange={onChange} />
        </section>
      ))}
      <Button formAction="none" iconName="add-plus" onClick={() => onChange(addStatement(text))}>
        Add a statement
      </Button>
    </div>
  );
}

function Kept({ kept }: { readonly kept: Readonly<Record<string, unknown>> }): ReactNode {
  if (Object.keys(kept).length === 0) return null;
  return (
    <div>
      <p className="soft">Kept as JSON, and changed only there:</p>
      <pre className="code-block" tabIndex={0} aria-label="Kept elements">
        {JSON.stringify(kept, null, 2)}
      </pre>
    </div>
  );
}

function Actions({ text, at, statement, onChange }: StatementProps): ReactNode {
  const chosen = statement.actions ?? [];
  const [service, setService] = useState(chosen[0]?.split(":")[0] ?? "s3");
  const [filter, setFilter] = useState("");
  const known = serviceActions(service) ?? [];
  const has = (name: string): boolean => chosen.some((one) => one.toLowerCase() === name.toLowerCase());
  const set = (actions: readonly string[]): void => onChange(setActions(text, at, actions));
  const all = `${service}:*`;
  return (
    <div className="statement-part">
      <h4>Actions</h4>
      <Tokens
        items={chosen}
        label="chosen actions"
        empty="Choose at least one action."
        onRemove={(index) => set(chosen.filter((_, one) => one !== index))}
      />
      <div className="action-choice">
        <FormField label="Service">
          <Select
            selectedOption={services.find(({ value }) => value === service) ?? null}
            options={services}
            onChange={({ detail }) => setService(detail.selectedOption.value ?? "s3")}
          />
        </FormField>
        <FormField label="Find an action">
          <Input
            type="search"
            value={filter}
            placeholder="ListAllMyBuckets"
            clearAriaLabel="Clear"
            onChange={({ detail }) => setFilter(detail.value.trim())}
          />
        </FormField>
        <FormField label="Or every action">
          <Checkbox
            checked={has(all)}
            onChange={({ detail }) => set(detail.checked ? [...chosen, all] : chosen.filter((one) => one !== all))}
          >
            <code>{all}</code>
          </Checkbox>
        </FormField>
      </div>
      {levels.map((level) => (
        <Level
          key={`${service} ${level}`}
          level={level}
          actions={known.filter(
            ({ name, access }) => access === level && name.toLowerCase().includes(filter.toLowerCase()),
          )}
          open={filter !== ""}
          has={has}
          onToggle={(names, on) =>
            set(
              on
                ? [...chosen, ...names.filter((name) => !has(name))]
                : chosen.filter((one) => !names.some((name) => name.toLowerCase() === one.toLowerCase())),
            )
          }
        />
      ))}
    </div>
  );
}

/** The actions of one access level; its list is made when it is opened. */
function Level(props: {
  readonly level: AccessLevel;
  readonly actions: readonly CatalogAction[];
  readonly open: boolean;
  readonly has: (name: string) => boolean;
  readonly onToggle: (names: readonly string[], on: boolean) => void;
}): ReactNode {
  const { level, actions, open, has, onToggle } = props;
  const [opened, setOpened] = useState(false);
  if (actions.length === 0) return null;
  const names = actions.map(({ name }) => name);
  const count = names.filter(has).length;
  return (
    <ExpandableSection
      variant="footer"
      headerText={`${level} (${count} of ${names.length})`}
      expanded={open || opened}
      onChange={({ detail }) => setOpened(detail.expanded)}
    >
      {open || opened ? (
        <div className="checks">
          <Checkbox
            checked={count === names.length}
            indeterminate={count > 0 && count < names.length}
            onChange={({ detail }) => onToggle(names, detail.checked)}
          >
            <b>All of these</b>
          </Checkbox>
          {names.map((name) => (
            <Checkbox key={name} checked={has(name)} onChange={({ detail }) => onToggle([name], detail.checked)}>
              {name.split(":")[1]}
            </Checkbox>
          ))}
        </div>
      ) : null}
    </ExpandableSection>
  );
}
