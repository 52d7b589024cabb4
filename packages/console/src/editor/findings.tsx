import Box from "@cloudscape-design/components/box";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Finding, Severity } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { Words } from "./words.tsx";

const looks: Readonly<Record<Severity, readonly [type: StatusIndicatorProps.Type, words: string]>> = {
  error: ["error", "Error"],
  "security-warning": ["warning", "Security"],
  warning: ["warning", "Warning"],
  suggestion: ["info", "Suggestion"],
};

/** `/Statement/1/Action/0` as "Statement 2, Action: ". */
function placeOf(pointer: string): string {
  const [, first = "", at = "", element] = pointer.split("/");
  if (first !== "Statement") return first === "" ? "" : `${first}: `;
  const number = /^\d+$/.test(at) ? `Statement ${Number(at) + 1}` : first;
  const name = /^\d+$/.test(at) ? element : at;
  return name ? `${number}, ${name}: ` : `${number}: `;
}

/** What the validator found, each with its place in the text. */
export function Findings(props: {
  readonly findings: readonly Finding[];
  readonly text: string;
  readonly onGoTo?: (offset: number) => void;
}): ReactNode {
  const { findings, text, onGoTo } = props;
  if (findings.length === 0) return <StatusIndicator type="success">Nothing found</StatusIndicator>;
  return (
    <ul className="findings" aria-live="polite">
      {findings.map(({ code, severity, pointer, span, message, help }) => {
        const [type, words] = looks[severity];
        const line = `Line ${text.slice(0, span.start).split("\n").length}`;
        return (
          <li key={`${code}:${span.start}:${message}`}>
            <div className="finding-head">
              <StatusIndicator type={type}>{words}</StatusIndicator>
              {onGoTo === undefined ? (
                line
              ) : (
                <button type="button" className="link-like" onClick={() => onGoTo(span.start)}>
                  {line}
                </button>
              )}
            </div>
            <Words text={`${placeOf(pointer)}${message}`} />
            {help === undefined ? null : (
              <Box color="text-body-secondary" fontSize="body-s">
                <Words text={help} />
              </Box>
            )}
          </li>
        );
      })}
    </ul>
  );
}
