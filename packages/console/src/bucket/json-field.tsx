import FormField from "@cloudscape-design/components/form-field";
import Textarea from "@cloudscape-design/components/textarea";
import { type ReactNode, useState } from "react";
import { type ListShape, problemIn, type Shape } from "../api/setting-json.ts";

/** A document as JSON text. What is typed is given on when it is right; empty is none. */
export function JsonField(props: {
  readonly label: string;
  readonly description?: string;
  readonly value: unknown;
  readonly shape: Shape | ListShape;
  readonly onChange: (value: unknown) => void;
  readonly onProblem: (hasProblem: boolean) => void;
}): ReactNode {
  const { label, description = "", value, shape, onChange, onProblem } = props;
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const problem = problemOf(text, shape);
  return (
    <FormField label={label} description={description} errorText={problem ?? ""} stretch>
      <Textarea
        value={text}
        rows={Math.min(24, Math.max(6, text.split("\n").length))}
        spellcheck={false}
        onChange={({ detail }) => {
          setText(detail.value);
          const isWrong = problemOf(detail.value, shape) !== undefined;
          onProblem(isWrong);
          if (!isWrong) onChange(detail.value.trim() === "" ? undefined : JSON.parse(detail.value));
        }}
      />
    </FormField>
  );
}

function problemOf(text: string, shape: Shape | ListShape): string | undefined {
  if (text.trim() === "") return undefined;
  try {
    return problemIn(shape, JSON.parse(text));
  } catch (error) {
    return error instanceof Error ? error.message : "It is not JSON.";
  }
}
