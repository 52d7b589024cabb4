import fc from "fast-check";
import { expect, test } from "vitest";
import { objectEventNames, type NotificationRule } from "../../ports/notifications.ts";
import { findOverlap, matchesEvent } from "./notification-rules.ts";

const part = fc.option(fc.stringMatching(/^[ab]{0,3}$/), { nil: undefined });
const groups = [...new Set(objectEventNames.map((name) => `s3:${name.replace(/:.*/, ":*")}`))];
const rule = fc
  .record({
    events: fc.uniqueArray(fc.constantFrom(...groups, ...objectEventNames.map((name) => `s3:${name}`)), {
      minLength: 1,
      maxLength: 3,
    }),
    prefix: part,
    suffix: part,
  })
  .map(({ events, prefix, suffix }): NotificationRule => {
    const filter = { ...(prefix === undefined ? {} : { prefix }), ...(suffix === undefined ? {} : { suffix }) };
    return { id: "r", kind: "queue", target: "t", events, ...filter };
  });

/** As S3 says it: two rules overlap when one key may have both prefixes and both suffixes, and one event may be of both. */
test("rules overlap exactly when an event of some key would mean two of them", () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 5 }), (rules) => {
      const [prefixes, suffixes] = [rules.map(({ prefix = "" }) => prefix), rules.map(({ suffix = "" }) => suffix)];
      // Keys that are long enough for a prefix and a suffix to lie apart.
      const keys = prefixes.flatMap((prefix) => suffixes.map((suffix) => `${prefix}------${suffix}`));
      const isAmbiguous = keys.some((key) =>
        objectEventNames.some((name) => rules.filter((one) => matchesEvent(one, { name, key })).length > 1),
      );
      expect(findOverlap(rules) !== undefined).toBe(isAmbiguous);
    }),
    { numRuns: Number(process.env["TEST_RUNS"] ?? 300) },
  );
});
