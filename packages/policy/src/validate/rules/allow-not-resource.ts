import type { Check } from "../rule.ts";

/** `NotResource` with `Allow` allows everything that is not listed, also what is made later. */
export const checkAllowNotResource: Check = ({ statements }) =>
  statements
    .filter(({ statement: { effect, resource } }) => effect === "Allow" && resource?.negated === true)
    .map(({ element }) => ({
      place: element("NotResource"),
      message: "`Allow` with `NotResource` allows the actions on everything else, also what is made later",
      help: "list what is allowed with `Resource`, or deny the exceptions in a statement of their own",
    }));
