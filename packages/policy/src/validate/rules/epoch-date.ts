import { operatorOf } from "../condition-view.ts";
import type { Check } from "../rule.ts";

/** "Epoch time might not resolve to the precise time that you expect. AWS recommends the W3C standard for date and time formats." */
export const checkEpochDates: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ condition, values }) =>
      operatorOf(condition).family !== "date" || condition.key.toLowerCase() === "aws:epochtime"
        ? []
        : values
            .filter(({ pattern }) => /^\d+$/.test(pattern.text))
            .map(({ pattern: { text }, place }) => ({
              place,
              message: `\`${text}\` is read as seconds since 1970`,
              help: "write the date as `2026-01-31T12:00:00Z`",
            })),
    ),
  );
