import type { Check } from "../rule.ts";

/** In version 2008-10-17 "variables such as ${aws:username} aren't recognized as variables and are instead treated as literal strings". */
export const checkVariableVersion: Check = ({ policy, statements }) => {
  if (policy.version !== "2008-10-17") return [];
  return statements.flatMap(({ resources, conditions }) =>
    [...resources, ...conditions.flatMap(({ values }) => values)]
      .filter(({ pattern }) => /\$\{[^}]+\}/.test(pattern.text))
      .map(({ pattern: { text }, place }) => ({
        place,
        message: `\`${text}\` stands for itself: version 2008-10-17 has no policy variables`,
        help: 'set `"Version": "2012-10-17"`',
      })),
  );
};
