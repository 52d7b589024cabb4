import { coversArn } from "../arn-units.ts";
import { findCovered } from "../find-covered.ts";
import type { Check } from "../rule.ts";

/** A resource that another of the statement's resources takes in already. */
export const checkRedundantResources: Check = ({ statements }) =>
  statements.flatMap(({ resources }) =>
    findCovered(resources, coversArn).map(({ narrow, wide }) => ({
      place: narrow.place,
      message: `\`${narrow.pattern.text}\` is within \`${wide.pattern.text}\``,
      help: "remove one of them",
    })),
  );
