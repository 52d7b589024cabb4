import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";

/** The clipboard interface exists in secure contexts alone; on plain HTTP a selection is copied. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

function copySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "copy-area";
  // Inside an open dialog: the dialog keeps the focus in itself.
  const place = document.querySelector("[role=dialog]") ?? document.body;
  const focused = document.activeElement;
  place.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}

/** `what`: "secret access key". */
export function CopyButton(props: {
  readonly text: string;
  readonly what: string;
  readonly onCopied?: () => void;
  readonly label?: string;
}): ReactNode {
  const { text, what, onCopied, label } = props;
  const [state, setState] = useState<"" | "copied" | "failed">("");
  const copy = async (): Promise<void> => {
    const copied = await copyText(text);
    setState(copied ? "copied" : "failed");
    if (copied) onCopied?.();
  };
  return (
    <span className="copy">
      <Button
        formAction="none"
        {...(label === undefined ? { variant: "icon" } : {})}
        iconName={state === "copied" ? "check" : "copy"}
        ariaLabel={`Copy ${what}`}
        onClick={() => void copy()}
      >
        {label}
      </Button>
      <span role="status" className="copy-state">
        {state === "copied" ? "Copied" : state === "failed" ? "Select and copy it by hand" : ""}
      </span>
    </span>
  );
}
