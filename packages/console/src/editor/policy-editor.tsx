import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import { type PolicyUse, policySize, policyUses, type Severity, validatePolicy } from "@s3-credentials/policy";
import { lazy, type ReactNode, Suspense, useDeferredValue, useMemo, useState } from "react";
import { showNumber } from "../shell/format.ts";
import { Findings } from "./findings.tsx";
import { PolicySummary } from "./policy-summary.tsx";
import type { TextProblem } from "./problem.ts";
import { VisualEditor } from "./visual-editor.tsx";
import { readVisual } from "./visual-policy.ts";

/** CodeMirror is as large as a page: it is loaded when JSON is shown. */
const JsonEditor = lazy(async () => ({ default: (await import("./json-editor.tsx")).JsonEditor }));

const marks: Readonly<Record<Severity, TextProblem["severity"]>> = {
  error: "error",
  "security-warning": "warning",
  warning: "warning",
  suggestion: "info",
};

/** A policy document: JSON, or by choosing; what is wrong with it, while it is written; its size against the quota. */
export function PolicyEditor(props: {
  readonly value: string;
  readonly kind: PolicyUse;
  readonly label: string;
  readonly onChange: (value: string) => void;
  /** Shows the choice of the visual editor; which one comes first. */
  readonly start?: "visual" | "json";
  readonly bucket?: string;
}): ReactNode {
  const { value, kind, label, onChange, start, bucket } = props;
  const [mode, setMode] = useState<"visual" | "json">(start ?? "json");
  const [goTo, setGoTo] = useState<{ readonly offset: number }>();
  const text = useDeferredValue(value);
  const findings = useMemo(
    () => validatePolicy(text, { kind, ...(bucket === undefined ? {} : { bucket }) }),
    [text, kind, bucket],
  );
  const problems = useMemo(
    () => findings.map(({ span, severity, message }): TextProblem => ({ ...span, severity: marks[severity], message })),
    [findings],
  );
  const visual = useMemo(() => readVisual(value), [value]);
  const jump = (offset: number): void => {
    setMode("json");
    setGoTo({ offset });
  };
  return (
    <div className="policy">
      <div className="policy-main">
        <div className="policy-head">
          {start === undefined ? (
            <Box variant="h3">{label}</Box>
          ) : (
            <SegmentedControl
              label="How to edit"
              selectedId={mode}
              onChange={({ detail }) => setMode(detail.selectedId === "json" ? "json" : "visual")}
              options={[
                { id: "visual", text: "Visual" },
                { id: "json", text: "JSON" },
              ]}
            />
          )}
          <span className="policy-tools">
            <Size text={text} kind={kind} />
            {mode === "json" ? (
              <Button
                formAction="none"
                variant="inline-link"
                onClick={() => onChange(tidy(value))}
                ariaLabel="Format the JSON"
              >
                Format
              </Button>
            ) : null}
          </span>
        </div>
        {mode === "visual" && visual === undefined ? (
          <div className="policy-locked">
            <p>The visual editor cannot show this document. Mend it as JSON: nothing of it is changed.</p>
            <Button formAction="none" onClick={() => setMode("json")}>
              Edit as JSON
            </Button>
          </div>
        ) : null}
        {mode === "visual" && visual !== undefined ? (
          <VisualEditor text={value} statements={visual} onChange={onChange} withResources={kind !== "trust"} />
        ) : null}
        {mode === "json" ? (
          <Suspense fallback={<div className="editor editor-loading" role="status" aria-label="Loading the editor" />}>
            <JsonEditor value={value} label={label} problems={problems} goTo={goTo} onChange={onChange} />
          </Suspense>
        ) : null}
      </div>
      <aside className="policy-side" aria-label="About the document">
        <section>
          <h3>
            Findings <span className="count">({findings.length})</span>
          </h3>
          <Findings findings={findings} text={text} onGoTo={jump} />
        </section>
        {kind === "trust" ? null : (
          <section>
            <h3>What this allows</h3>
            <PolicySummary text={text} kind={kind} />
          </section>
        )}
      </aside>
    </div>
  );
}

function tidy(text: string): string {
  return readVisual(text) === undefined ? text : JSON.stringify(JSON.parse(text), null, 2);
}

function Size({ text, kind }: { readonly text: string; readonly kind: PolicyUse }): ReactNode {
  const use = policyUses[kind];
  if (!("limit" in use)) return null;
  const size = use.limit.unit === "bytes" ? new TextEncoder().encode(text).length : policySize(text);
  return (
    <span className={size > use.limit.size ? "policy-size policy-size-over" : "policy-size"}>
      {showNumber(size)} of {showNumber(use.limit.size)} {use.limit.unit}
    </span>
  );
}
