import { Fragment, type ReactNode } from "react";
import { showText } from "../shell/format.ts";

/** Names in backticks as code; what would turn or hide the text is written out. */
export function Words({ text }: { readonly text: string }): ReactNode {
  return showText(text)
    .split("`")
    .map((part, at) => (at % 2 === 1 ? <code key={`${at}`}>{part}</code> : <Fragment key={`${at}`}>{part}</Fragment>));
}
