import type { ReactNode } from "react";
import { showText } from "../shell/format.ts";

/** Chosen words, each with a button that takes it away. */
export function Tokens(props: {
  readonly items: readonly string[];
  readonly label: string;
  readonly empty: string;
  readonly onRemove: (index: number) => void;
}): ReactNode {
  const { items, label, empty, onRemove } = props;
  if (items.length === 0) return <p className="soft">{empty}</p>;
  return (
    <ul className="tokens" aria-label={label}>
      {items.map((item, index) => (
        <li key={`${index}:${item}`}>
          <code>{showText(item)}</code>
          <button type="button" aria-label={`Remove ${showText(item)}`} onClick={() => onRemove(index)}>
            <svg viewBox="0 0 10 10" aria-hidden="true">
              <path d="M2 2l6 6M8 2l-6 6" />
            </svg>
          </button>
        </li>
      ))}
    </ul>
  );
}
