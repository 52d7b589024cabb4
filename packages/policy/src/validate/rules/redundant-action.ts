import { coversAction } from "../cover.ts";
import { findCovered } from "../find-covered.ts";
import type { Check } from "../rule.ts";

/** An action the statement grants (or denies) already by another of its patterns. */
export const checkRedundantActions: Check = ({ statements }) =>
  statements.flatMap(({ actions }) =>
    findCovered(actions, coversAction).map(({ narrow, wide }) => ({
      place: narrow.place,
      message: `\`${narrow.pattern.text}\` is within \`${wide.pattern.text}\``,
      help: "remove one of them",
    })),
  );
