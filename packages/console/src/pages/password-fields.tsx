import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";

export interface PasswordChoice {
  readonly generated: boolean;
  readonly password: string;
  readonly mustChange: boolean;
}

const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!@#$%^&*()-_=+";

/** Twenty random characters of each kind that a password policy can ask for. */
function generatePassword(): string {
  for (;;) {
    const random = crypto.getRandomValues(new Uint32Array(20));
    const password = Array.from(random, (value) => alphabet.charAt(value % alphabet.length)).join("");
    if ([/[A-Z]/, /[a-z]/, /\d/, /[^A-Za-z0-9]/].every((kind) => kind.test(password))) return password;
  }
}

export function newPasswordChoice(): PasswordChoice {
  return { generated: true, password: generatePassword(), mustChange: true };
}

export function PasswordFields(props: {
  readonly value: PasswordChoice;
  readonly onChange: (value: PasswordChoice) => void;
}): ReactNode {
  const { value, onChange } = props;
  const [visible, setVisible] = useState(false);
  return (
    <SpaceBetween size="m">
      <FormField label="Console password">
        <RadioGroup
          value={value.generated ? "generated" : "custom"}
          onChange={({ detail }) =>
            onChange(
              detail.value === "generated"
                ? { ...value, generated: true, password: generatePassword() }
                : { ...value, generated: false, password: "" },
            )
          }
          items={[
            { value: "generated", label: "Generated password", description: "You see it once, after this step." },
            { value: "custom", label: "Custom password" },
          ]}
        />
      </FormField>
      {value.generated ? null : (
        <FormField
          label="Custom password"
          description="At least 8 characters, with three of these: upper case, lower case, digits, signs. The account's password policy may ask for more."
        >
          <div className="adder">
            <Input
              type={visible ? "text" : "password"}
              value={value.password}
              autoComplete="new-password"
              onChange={({ detail }) => onChange({ ...value, password: detail.value })}
            />
            <Button formAction="none" onClick={() => setVisible(!visible)}>
              {visible ? "Hide" : "Show"}
            </Button>
          </div>
        </FormField>
      )}
      <Checkbox
        checked={value.mustChange}
        description="It gets the policy IAMUserChangePassword for that."
        onChange={({ detail }) => onChange({ ...value, mustChange: detail.checked })}
      >
        The user must choose a new password at the next sign-in
      </Checkbox>
    </SpaceBetween>
  );
}
