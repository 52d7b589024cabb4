import { coversArn } from "../arn-units.ts";
import { coversAction, coversStatement } from "../cover.ts";
import type { Located } from "../subject.ts";
import { type Rule, checks, userGuide } from "../rule.ts";

interface Covered<P> {
  readonly narrow: Located<P>;
  readonly wide: Located<P>;
}

export const redundancyRules = {
  /** An explicit `Deny` overrides every `Allow`: one all of whose requests a `Deny` of the document refuses allows nothing. */
  "unreachable-allow": {
    severity: "warning",
    meaning: "an `Allow` fully overridden by a `Deny` of the document",
    page: `${userGuide}/reference_policies_evaluation-logic_policy-eval-denyallow.html`,
    check: ({ statements }) =>
      statements.flatMap(({ statement, place }) => {
        if (statement.effect !== "Allow") return [];
        const deny = statements.findIndex(
          (one) => one.statement.effect === "Deny" && coversStatement(one.statement, statement),
        );
        if (deny === -1) return [];
        const name = statements[deny]?.statement.sid;
        return [
          {
            place,
            message: `the statement allows nothing: ${name ? `\`${name}\`` : `statement ${deny + 1}`} denies all of it`,
            help: "narrow the `Deny` or remove the `Allow`",
          },
        ];
      }),
  },

  /** An action the statement grants (or denies) already by another of its patterns. */
  "redundant-action": {
    severity: "suggestion",
    meaning: "an action that another action of the statement covers",
    page: `${checks}-suggestion-redundant-action`,
    check: ({ statements }) =>
      statements.flatMap(({ actions }) =>
        findCovered(actions, coversAction).map(({ narrow, wide }) => ({
          place: narrow.place,
          message: `\`${narrow.pattern.text}\` is within \`${wide.pattern.text}\``,
          help: "remove one of them",
        })),
      ),
  },

  /** A resource that another of the statement's resources takes in already. */
  "redundant-resource": {
    severity: "suggestion",
    meaning: "a resource that another resource of the statement covers",
    page: `${checks}-suggestion-redundant-resource`,
    check: ({ statements }) =>
      statements.flatMap(({ resources }) =>
        findCovered(resources, coversArn).map(({ narrow, wide }) => ({
          place: narrow.place,
          message: `\`${narrow.pattern.text}\` is within \`${wide.pattern.text}\``,
          help: "remove one of them",
        })),
      ),
  },

  /** A statement whose requests another statement of the same effect speaks of already. */
  "redundant-statement": {
    severity: "suggestion",
    meaning: "a statement that another statement of the document covers",
    page: `${checks}-suggestion-redundant-statement`,
    check: ({ statements }) =>
      statements.flatMap((narrow, index) => {
        const wide = statements.findIndex(
          ({ statement }, other) =>
            other !== index &&
            statement.effect === narrow.statement.effect &&
            coversStatement(statement, narrow.statement) &&
            (other < index || !coversStatement(narrow.statement, statement)),
        );
        if (wide === -1) return [];
        const name = statements[wide]?.statement.sid;
        return [
          {
            place: narrow.place,
            message: `the statement adds nothing to ${name ? `\`${name}\`` : `statement ${wide + 1}`}`,
            help: "remove it",
          },
        ];
      }),
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** The items another item covers; of two that cover each other the later. */
function findCovered<P>(items: readonly Located<P>[], covers: (wide: P, narrow: P) => boolean): readonly Covered<P>[] {
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
