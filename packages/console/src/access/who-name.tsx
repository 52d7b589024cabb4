import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Who } from "./who.ts";

/** `tabIndex`: in a grid, one cell is reached by Tab and the others by arrows. */
export function WhoName({ who, tabIndex = 0 }: { readonly who: Who; readonly tabIndex?: number }): ReactNode {
  if (who.path === "") return who.name;
  return (
    <>
      <Link className="plain-link strong" to={`${who.path}/can`} tabIndex={tabIndex}>
        {who.name}
      </Link>{" "}
      <span className="soft">{who.kind}</span>
    </>
  );
}
