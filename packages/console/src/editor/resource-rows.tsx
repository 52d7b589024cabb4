import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { findAction, matchAction, parseActionPattern, serviceActions } from "@s3-credentials/policy";
import { type ReactNode, useState } from "react";
import { Tokens } from "./tokens.tsx";
import { setResources, type StatementProps } from "./visual-policy.ts";

/** Actions that have no resource: they are granted on `*` alone. */
function actionsWithoutResource(actions: readonly string[]): readonly string[] {
  return actions.filter((name) => findAction(name)?.resources.length === 0);
}

/** The types of resources that the actions are asked on. */
function resourceTypes(actions: readonly string[]): ReadonlySet<string> {
  const types = new Set<string>();
  for (const text of actions) {
    const pattern = parseActionPattern(text);
    if (pattern === undefined) continue;
    for (const action of serviceActions(pattern.service) ?? [])
      if (matchAction(pattern, action.name)) for (const { type } of action.resources) types.add(type);
  }
  return types;
}

export function ResourceRows({ text, at, statement, onChange }: StatementProps): ReactNode {
  const resources = statement.resources ?? [];
  const actions = statement.actions ?? [];
  const isAll = resources.length === 1 && resources[0] === "*";
  const [typed, setTyped] = useState("");
  const set = (list: readonly string[]): void => onChange(setResources(text, at, list));
  const add = (): void => {
    const value = typed.trim();
    if (value === "") return;
    const arn = value === "*" || value.startsWith("arn:") ? value : `arn:aws:s3:::${value}`;
    if (!resources.includes(arn)) set([...resources, arn]);
    setTyped("");
  };
  const without = actionsWithoutResource(actions);
  const types = resourceTypes(actions);
  return (
    <div className="statement-part">
      <h4>Resources</h4>
      <RadioGroup
        ariaLabel={`Resources of statement ${at + 1}`}
        value={isAll ? "all" : "chosen"}
        onChange={({ detail }) => set(detail.value === "all" ? ["*"] : [])}
        items={[
          { value: "chosen", label: "Chosen resources" },
          { value: "all", label: "All resources" },
        ]}
      />
      {without.length > 0 && !isAll ? (
        <p className="hint">
          <code>{without[0]}</code> works on all resources only.{" "}
          <button type="button" className="link-like" onClick={() => set(["*"])}>
            Choose all resources
          </button>
        </p>
      ) : null}
      {isAll ? null : (
        <>
          <Tokens
            items={resources}
            label="chosen resources"
            empty="Choose at least one resource."
            onRemove={(index) => set(resources.filter((_, one) => one !== index))}
          />
          <div className="adder">
            <FormField
              label="Add a resource"
              description={
                types.has("object") && types.has("bucket")
                  ? "A bucket, or objects in it: reports for the bucket, reports/* for its objects."
                  : types.has("object")
                    ? "Objects: reports/* is every object of the bucket reports."
                    : types.has("bucket")
                      ? "The name of a bucket, or an ARN."
                      : "An ARN."
              }
            >
              <Input
                value={typed}
                placeholder="reports/*"
                onChange={({ detail }) => setTyped(detail.value)}
                onKeyDown={(event) => {
                  if (event.detail.key !== "Enter") return;
                  event.preventDefault();
                  add();
                }}
              />
            </FormField>
            <Button formAction="none" onClick={add} disabled={typed.trim() === ""}>
              Add
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
