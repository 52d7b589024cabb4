import type { Check } from "../rule.ts";

/** A document without `Version` is read as version 2008-10-17, which has no policy variables. */
export const checkVersion: Check = ({ policy, document }) =>
  policy.explicitVersion
    ? []
    : [
        {
          place: document,
          message: "the policy does not say its `Version`, so it is read as version 2008-10-17",
          help: 'add `"Version": "2012-10-17"`',
        },
      ];
