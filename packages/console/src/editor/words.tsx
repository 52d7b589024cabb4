import { Fragment, type ReactNode } from "react";

/** Names in backticks as code. */
export function Words({ text }: { readonly text: string }): ReactNode {
  return text
    .split("`")
    .map((part, at) => (at % 2 === 1 ? <code key={`${at}`}>{part}</code> : <Fragment key={`${at}`}>{part}</Fragment>));
}
