import type { Located } from "./subject.ts";

interface Covered<P> {
  readonly narrow: Located<P>;
  readonly wide: Located<P>;
}

/** The items another item covers; of two that cover each other the later. */
export function findCovered<P>(
  items: readonly Located<P>[],
  covers: (wide: P, narrow: P) => boolean,
): readonly Covered<P>[] {
  return items.flatMap((narrow, index) => {
    const wide = items.find(
      (one, other) =>
        other !== index &&
        covers(one.pattern, narrow.pattern) &&
        (other < index || !covers(narrow.pattern, one.pattern)),
    );
    return wide === undefined ? [] : [{ narrow, wide }];
  });
}
