import type { Check } from "../rule.ts";

/** "When you specify a condition value that uses a wildcard (*, ?), you must use the Like version of the condition operator." */
export const checkLiteralWildcards: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ condition: { operator }, values }) => {
      if (!/^String(Not)?Equals/.test(operator)) return [];
      const like = operator.startsWith("StringNot") ? "StringNotLike" : "StringLike";
      return values
        .filter(({ pattern }) => /[*?]/.test(pattern.text.replaceAll(/\$\{[^}]*\}/g, "")))
        .map(({ pattern: { text }, place }) => ({
          place,
          message: `\`${text}\` is compared as it stands: \`${operator}\` has no wildcards`,
          help: `use \`${like}\`, or write \`\${*}\` or \`\${?}\` for the character itself`,
        }));
    }),
  );
