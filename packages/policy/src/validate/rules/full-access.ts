import type { Check } from "../rule.ts";

/** Every action on every resource, without condition: whoever has the policy is an administrator. */
export const checkFullAccess: Check = ({ kind, statements }) =>
  kind === "boundary" || kind === "guardrail"
    ? []
    : statements
        .filter(
          ({ statement: { effect, action, resource, conditions } }) =>
            effect === "Allow" &&
            !action.negated &&
            resource?.negated === false &&
            conditions.length === 0 &&
            action.patterns.some(({ service, name }) => service === "*" && name === "*") &&
            resource.patterns.some(({ text }) => text === "*"),
        )
        .map(({ element }) => ({
          place: element("Action"),
          message: "every action on every resource is allowed",
          help: "list the actions and resources that are needed",
        }));
