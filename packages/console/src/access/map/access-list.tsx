import type { AccessMapRow } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { Answer, answers } from "../answer-words.tsx";
import { whoOf, WhoName } from "../who.tsx";
import type { OpenCell } from "./access-grid.tsx";

/** The map for a narrow window: under each principal, the actions by what the answer is. */
export function AccessList(props: {
  readonly label: string;
  readonly actions: readonly string[];
  readonly rows: readonly AccessMapRow[];
  readonly onOpen: OpenCell;
}): ReactNode {
  const { label, actions, rows, onOpen } = props;
  return (
    <ul className="access-list" aria-label={label}>
      {rows.map((row) => (
        <li key={row.who}>
          <h3>
            <WhoName who={whoOf(row)} />
          </h3>
          <dl>
            {answers.map((answer) => {
              const found = actions.filter((_, at) => row.cells[at]?.answer === answer);
              if (found.length === 0) return null;
              return (
                <div key={answer}>
                  <dt>
                    <Answer answer={answer} />
                  </dt>
                  <dd>
                    {found.map((action) => (
                      <button key={action} type="button" className="link-like" onClick={() => onOpen(row, action)}>
                        {action.replace(/^s3:/, "")}
                      </button>
                    ))}
                  </dd>
                </div>
              );
            })}
          </dl>
        </li>
      ))}
    </ul>
  );
}
