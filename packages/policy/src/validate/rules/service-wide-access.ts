import type { Check } from "../rule.ts";

/** Every action of a service on everything: `s3:*` holds deleting buckets and changing their policies too. */
export const checkServiceWide: Check = ({ kind, statements }) =>
  kind === "boundary" || kind === "guardrail"
    ? []
    : statements.flatMap(({ statement: { effect, action, resource, conditions }, actions }) => {
        const everything = resource?.negated === false && resource.patterns.some(({ text }) => isEverything(text));
        if (effect !== "Allow" || action.negated || conditions.length > 0 || !everything) return [];
        return actions
          .filter(({ pattern }) => pattern.service !== "*" && pattern.name === "*")
          .map(({ pattern: { text, service }, place }) => ({
            place,
            message: `\`${text}\` on everything allows all of \`${service}\`, also changing who may do what`,
            help: "list the actions that are needed, and the resources they are needed on",
          }));
      });

function isEverything(text: string): boolean {
  return text === "*" || /^arn:[^:]*:[^:]*:\*?:\*?:\*(\/\*)?$/.test(text);
}
