import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import type { ReactNode } from "react";
import { showName } from "./format.ts";

/**
 * Why IAM refuses the name of a user, role, group or policy; empty when it does not. IAM itself answers with a regular expression.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
function nameFault(name: string, max: number): string {
  const sign = /[^\w+=,.@-]/u.exec(name)?.[0];
  if (sign === " ") return "Spaces are not allowed.";
  if (sign !== undefined)
    return `${showName(sign)} is not allowed.${/\p{L}/u.test(sign) ? " Letters are A to Z and a to z." : ""}`;
  return name.length > max ? `It has ${name.length} characters; at most ${max} are allowed.` : "";
}

/** A form with it is complete when the name is neither empty nor at fault. */
export function NameField(props: {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly max: number;
  readonly autoFocus?: boolean;
  readonly onChange: (name: string) => void;
}): ReactNode {
  const { label, description, value, max, autoFocus = false, onChange } = props;
  return (
    <FormField
      label={label}
      description={description}
      constraintText={`Letters, digits and +=,.@_- , at most ${max}.`}
      errorText={nameFault(value, max)}
    >
      <Input
        value={value}
        autoFocus={autoFocus}
        autoComplete={false}
        onChange={({ detail }) => onChange(detail.value.trim())}
      />
    </FormField>
  );
}

export function isName(name: string, max: number): boolean {
  return name !== "" && nameFault(name, max) === "";
}
