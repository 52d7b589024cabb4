import type { Check } from "../rule.ts";

/** "Add a value to the empty string in the Sid element." */
export const checkEmptySid: Check = ({ statements }) =>
  statements
    .filter(({ statement }) => statement.sid === "")
    .map(({ element }) => ({ place: element("Sid"), message: "`Sid` is empty", help: "give it a name or remove it" }));
