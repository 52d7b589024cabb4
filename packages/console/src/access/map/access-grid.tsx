import type { AccessMapRow } from "@s3-credentials/policy";
import { Fragment, type KeyboardEvent, memo, type ReactNode, useRef, useState } from "react";
import { Answer } from "../answer-words.tsx";
import { whoOf } from "../who.ts";
import { WhoName } from "../who-name.tsx";

export type OpenCell = (row: AccessMapRow, action: string) => void;

/** What Page Up and Page Down move by. */
const pageRows = 10;

/**
 * Principals by actions. Tab reaches it once; arrows move in it, Enter opens a cell.
 * https://www.w3.org/WAI/ARIA/apg/patterns/grid/
 */
export function AccessGrid(props: {
  readonly label: string;
  readonly actions: readonly string[];
  readonly rows: readonly AccessMapRow[];
  readonly onOpen: OpenCell;
}): ReactNode {
  const { label, actions, rows, onOpen } = props;
  const table = useRef<HTMLTableElement>(null);
  /** Where Tab leads to; column 0 has the principals. */
  const [place, setPlace] = useState({ row: 0, column: 0 });
  const at = { row: Math.min(place.row, rows.length - 1), column: Math.min(place.column, actions.length) };
  const move = (event: KeyboardEvent): void => {
    const row = moved(event, at.row, rows.length - 1, "ArrowUp", "ArrowDown");
    const column = moved(event, at.column, actions.length, "ArrowLeft", "ArrowRight");
    const next = nextPlace(event, at, { row, column }, { row: rows.length - 1, column: actions.length });
    if (next === undefined) return;
    event.preventDefault();
    const cell = table.current?.tBodies[0]?.rows[next.row]?.cells[next.column];
    const target = cell?.querySelector<HTMLElement>("a, button") ?? cell;
    target?.focus();
  };
  return (
    <div className="grid-frame">
      <table role="grid" aria-label={label} className="grid" ref={table} onKeyDown={move}>
        <thead>
          <tr>
            <th scope="col">Principal</th>
            {actions.map((action) => (
              <th scope="col" key={action}>
                <ActionName action={action} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <GridRow
              key={row.who}
              row={row}
              index={index}
              actions={actions}
              tabColumn={index === at.row ? at.column : undefined}
              onPlace={setPlace}
              onOpen={onOpen}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Place {
  readonly row: number;
  readonly column: number;
}

/** One step along one direction. */
function moved({ key }: KeyboardEvent, from: number, last: number, back: string, forth: string): number {
  if (key === back) return Math.max(0, from - 1);
  return key === forth ? Math.min(last, from + 1) : from;
}

/** Undefined for a key that does not move. */
function nextPlace({ key, ctrlKey }: KeyboardEvent, at: Place, stepped: Place, last: Place): Place | undefined {
  switch (key) {
    case "ArrowUp":
    case "ArrowDown":
    case "ArrowLeft":
    case "ArrowRight":
      return stepped;
    case "Home":
      return { row: ctrlKey ? 0 : at.row, column: 0 };
    case "End":
      return { row: ctrlKey ? last.row : at.row, column: last.column };
    case "PageUp":
      return { row: Math.max(0, at.row - pageRows), column: at.column };
    case "PageDown":
      return { row: Math.min(last.row, at.row + pageRows), column: at.column };
    default:
      return undefined;
  }
}

/** The name breaks between its words, so that many columns fit. */
function ActionName({ action }: { readonly action: string }): ReactNode {
  return action
    .replace(/^s3:/, "")
    .split(/(?=[A-Z][a-z])/)
    .map((part, at) => (
      <Fragment key={at}>
        {part}
        <wbr />
      </Fragment>
    ));
}

/** Rows that the keys do not touch are not made anew. */
const GridRow = memo(function GridRow(props: {
  readonly row: AccessMapRow;
  readonly index: number;
  readonly actions: readonly string[];
  readonly tabColumn: number | undefined;
  readonly onPlace: (place: Place) => void;
  readonly onOpen: OpenCell;
}): ReactNode {
  const { row, index, actions, tabColumn, onPlace, onOpen } = props;
  const who = whoOf(row);
  const tab = (column: number): 0 | -1 => (column === tabColumn ? 0 : -1);
  return (
    <tr>
      <th
        scope="row"
        tabIndex={who.path === "" ? tab(0) : undefined}
        onFocus={() => onPlace({ row: index, column: 0 })}
      >
        <WhoName who={who} tabIndex={tab(0)} />
      </th>
      {row.cells.map((cell, at) => (
        <td key={actions[at]} onFocus={() => onPlace({ row: index, column: at + 1 })}>
          <button
            type="button"
            className={`cell cell-${cell.answer}`}
            tabIndex={tab(at + 1)}
            onClick={() => onOpen(row, actions[at] ?? "")}
          >
            <Answer answer={cell.answer} />
          </button>
        </td>
      ))}
    </tr>
  );
});
