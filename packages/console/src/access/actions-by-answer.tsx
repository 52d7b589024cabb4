import type { Access } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { Answer, answers } from "./answer-words.tsx";

export interface AnsweredAction {
  readonly action: string;
  readonly answer: Access["answer"];
  /** What else is to be said, such as that a boundary denies it; empty: nothing. */
  readonly note?: string;
}

/** A longer list of what is never allowed is closed at first. */
const maxNever = 8;

/** Actions under the answer that each has. */
export function ActionsByAnswer(props: {
  readonly actions: readonly AnsweredAction[];
  readonly onOpen: (action: string) => void;
}): ReactNode {
  const { actions, onOpen } = props;
  const notes = [...new Set(actions.map(({ note = "" }) => note))].toSorted().toReversed();
  const groups = answers.flatMap((answer) =>
    notes.map((note) => ({
      answer,
      note,
      found: actions.filter((one) => one.answer === answer && (one.note ?? "") === note),
    })),
  );
  return (
    <dl className="by-answer">
      {groups
        .filter(({ found }) => found.length > 0)
        .map(({ answer, note, found }) => (
          <div key={`${answer} ${note}`}>
            <dt>
              <Answer answer={answer} /> <span className="soft">{note}</span>
            </dt>
            <dd>
              {answer === "never" && found.length > maxNever ? (
                <details>
                  <summary>{found.length} actions</summary>
                  <ActionButtons actions={found} onOpen={onOpen} />
                </details>
              ) : (
                <ActionButtons actions={found} onOpen={onOpen} />
              )}
            </dd>
          </div>
        ))}
    </dl>
  );
}

function ActionButtons(props: {
  readonly actions: readonly AnsweredAction[];
  readonly onOpen: (action: string) => void;
}): ReactNode {
  const { actions, onOpen } = props;
  return (
    <div className="action-buttons">
      {actions.map(({ action }) => (
        <button key={action} type="button" className="link-like" onClick={() => onOpen(action)}>
          {action.replace(/^[\w-]+:/, "")}
        </button>
      ))}
    </div>
  );
}
