import type { Access } from "@s3-credentials/policy";
import type { ReactNode } from "react";

/** The best first, as lists are ordered. */
export const answers = ["always", "depends", "never", "unknown"] as const satisfies readonly Access["answer"][];

const marks: Readonly<Record<Access["answer"], string>> = { always: "✓", depends: "◐", never: "–", unknown: "?" };

/** A mark, a word and a colour: each of them alone says it. */
export function Answer({ answer }: { readonly answer: Access["answer"] }): ReactNode {
  return (
    <span className={`answer answer-${answer}`}>
      <span aria-hidden="true">{marks[answer]}</span> {answer}
    </span>
  );
}
