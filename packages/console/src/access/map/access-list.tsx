import type { AccessMapRow } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { ActionsByAnswer } from "../actions-by-answer.tsx";
import { whoOf } from "../who.ts";
import { WhoName } from "../who-name.tsx";
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
          <ActionsByAnswer
            actions={row.cells.map(({ answer }, at) => ({ action: actions[at] ?? "", answer }))}
            onOpen={(action) => onOpen(row, action)}
          />
        </li>
      ))}
    </ul>
  );
}
