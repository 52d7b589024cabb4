import type { Check } from "../rule.ts";

/** `NotAction` with `Allow` may grant more than was meant, also actions that are added later. */
export const checkAllowNotAction: Check = ({ kind, statements }) =>
  kind === "boundary" || kind === "guardrail"
    ? []
    : statements
        .filter(({ statement: { effect, action } }) => effect === "Allow" && action.negated)
        .map(({ element }) => ({
          place: element("NotAction"),
          message: "`Allow` with `NotAction` allows every other action, of every service, also future ones",
          help: "list what is allowed with `Action`, or deny what is not in a statement of its own",
        }));
