import { serviceActions } from "../../catalog/catalog.ts";
import { isOperatorName, operators } from "../../condition/operators.ts";
import type { Statement } from "../../model/policy.ts";
import { type Rule, checks, userGuide } from "../rule.ts";
import { mayAllow } from "../statement-actions.ts";

export const accessRules = {
  /** Every action on every resource, without condition: whoever has the policy is an administrator. */
  "full-access": {
    severity: "security-warning",
    meaning: "every action on every resource",
    page: `${userGuide}/best-practices.html#grant-least-privilege`,
    check: ({ kind, statements }) =>
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
            })),
  },

  /** Every action of a service on everything: `s3:*` holds deleting buckets and changing their policies too. */
  "service-wide-access": {
    severity: "security-warning",
    meaning: "every action of a service on everything",
    page: `${userGuide}/best-practices.html#grant-least-privilege`,
    check: ({ kind, statements }) =>
      kind === "boundary" || kind === "guardrail"
        ? []
        : statements.flatMap(({ statement: { effect, action, resource, conditions }, actions }) => {
            const everything = resource?.negated === false && resource.patterns.some(({ text }) => isEverything(text));
            if (effect !== "Allow" || action.negated || conditions.length > 0 || !everything) return [];
            return actions
              .filter(({ pattern }) => pattern.service !== "*" && pattern.name === "*")
              .map(({ pattern: { text, service }, place }) => ({
                place,
                message: `\`${text}\` on everything allows all of \`${service}\`${changesRights(service) ? ", also changing who may do what" : ""}`,
                help: "list the actions that are needed, and the resources they are needed on",
              }));
          }),
  },

  /** `NotAction` with `Allow` may grant more than was intended, also actions that are added later. */
  "allow-not-action": {
    severity: "warning",
    meaning: "`Allow` with `NotAction`",
    page: `${userGuide}/reference_policies_elements_notaction.html`,
    check: ({ kind, statements }) =>
      kind === "boundary" || kind === "guardrail"
        ? []
        : statements
            .filter(({ statement: { effect, action } }) => effect === "Allow" && action.negated)
            .map(({ element }) => ({
              place: element("NotAction"),
              message: "`Allow` with `NotAction` allows every other action, of every service, also future ones",
              help: "list what is allowed with `Action`, or deny what is not in a statement of its own",
            })),
  },

  /** `NotResource` with `Allow` allows everything that is not listed, also what is made later. */
  "allow-not-resource": {
    severity: "warning",
    meaning: "`Allow` with `NotResource`",
    page: `${userGuide}/reference_policies_elements_notresource.html`,
    check: ({ statements }) =>
      statements
        .filter(({ statement: { effect, resource } }) => effect === "Allow" && resource?.negated === true)
        .map(({ element }) => ({
          place: element("NotResource"),
          message: "`Allow` with `NotResource` allows the actions on everything else, also what is made later",
          help: "list what is allowed with `Resource`, or deny the exceptions in a statement of their own",
        })),
  },

  /** `iam:PassRole` on roles nobody listed: "it can allow your principals to access more services or features than you intended". */
  "pass-role-wildcard": {
    severity: "security-warning",
    meaning: "any role may be passed to any service",
    page: `${checks}-security-warning-pass-role-with-star-in-resource`,
    check: ({ statements }) =>
      statements
        .filter(
          ({ statement }) =>
            mayAllow(statement, "iam:PassRole") && meansManyRoles(statement) && !namesService(statement),
        )
        .map(({ actions, element, statement, resources }) => {
          const wide = resources.find(({ pattern }) => /[*?]/.test(pattern.text));
          const written = actions.find(({ pattern }) => pattern.name.includes("pass"));
          return {
            place: written?.place ?? wide?.place ?? element(statement.action.negated ? "NotAction" : "Action"),
            message: "any of many roles may be passed to any service (`iam:PassRole`)",
            help: "list the roles' ARNs in `Resource`, or add the condition key `iam:PassedToService`",
          };
        }),
  },
} as const satisfies Readonly<Record<string, Rule>>;

function isEverything(text: string): boolean {
  return text === "*" || /^arn:[^:]*:[^:]*:\*?:\*?:\*(\/\*)?$/.test(text);
}

/** A prefix such as `role/Service*` is a list of a kind: "some AWS services include their namespace in the name of their role". */
function meansManyRoles({ resource }: Statement): boolean {
  if (resource === undefined || resource.negated) return resource !== undefined;
  return resource.patterns.some(({ text }) => /(^|:)(\*|role\*|role\/\*)$/.test(text));
}

function namesService({ conditions }: Statement): boolean {
  return conditions.some(({ key, operator }) => {
    return key.toLowerCase() === "iam:passedtoservice" && isOperatorName(operator) && !operators[operator].negated;
  });
}

function changesRights(service: string): boolean {
  return serviceActions(service)?.some(({ access }) => access === "Permissions management") === true;
}
