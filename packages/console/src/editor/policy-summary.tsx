import {
  type AccessLevel,
  catalogServices,
  matchAction,
  parseActionPattern,
  serviceActions,
} from "@s3-credentials/policy";
import { type ReactNode, useMemo } from "react";
import { readVisual, type VisualStatement } from "./visual-policy.ts";

const levels: readonly AccessLevel[] = ["List", "Read", "Write", "Permissions management", "Tagging"];
const serviceNames: Readonly<Record<string, string>> = { s3: "S3", iam: "IAM", sts: "STS" };

/** What each statement grants or refuses, by service and access level. */
export function PolicySummary({ text }: { readonly text: string }): ReactNode {
  const statements = useMemo(() => readVisual(text), [text]);
  if (statements === undefined) return <p className="soft">Shown when the document can be read.</p>;
  return (
    <ul className="summary">
      {statements.map((statement, at) => (
        // Statements have no names of their own: their place is their identity.
        <li key={`${at}`}>
          <StatementSummary statement={statement} />
        </li>
      ))}
    </ul>
  );
}

function StatementSummary({ statement }: { readonly statement: VisualStatement }): ReactNode {
  const { effect, actions, resources, conditions } = statement;
  const verb = effect === "Allow" ? "Allows" : "Denies";
  if (actions === undefined) return <>{verb} everything but the actions of NotAction.</>;
  const parts = describeActions(actions);
  return (
    <>
      <strong className={effect === "Allow" ? "allow" : "deny"}>{verb}</strong>{" "}
      {parts.length === 0 ? "nothing yet" : parts.join("; ")}
      {resources === undefined || parts.length === 0 ? null : <> on {describeResources(resources)}</>}
      {conditions.length === 0 ? null : (
        <>, only under {conditions.length === 1 ? "one condition" : `${conditions.length} conditions`}</>
      )}
      .
    </>
  );
}

function describeResources(resources: readonly string[]): ReactNode {
  if (resources.includes("*")) return "everything";
  const [first = "nothing yet", ...rest] = resources.map((arn) => arn.replace(/^arn:aws:s3:::/, ""));
  return (
    <>
      <code>{first}</code>
      {rest.length === 0 ? null : ` and ${rest.length} more`}
    </>
  );
}

/** "S3: full List, 2 of 40 Read". */
function describeActions(actions: readonly string[]): readonly string[] {
  const patterns = actions.map(parseActionPattern).filter((one) => one !== undefined);
  return catalogServices.flatMap((service) => {
    const known = serviceActions(service) ?? [];
    const counts = levels.flatMap((level) => {
      const ofLevel = known.filter(({ access }) => access === level);
      const granted = ofLevel.filter(({ name }) => patterns.some((pattern) => matchAction(pattern, name)));
      if (granted.length === 0) return [];
      if (granted.length === ofLevel.length) return [`all ${level}`];
      const [only] = granted;
      return granted.length === 1 && only !== undefined
        ? [`${only.name.slice(service.length + 1)} (${level})`]
        : [`${granted.length} of ${ofLevel.length} ${level}`];
    });
    return counts.length === 0 ? [] : [`${serviceNames[service] ?? service}: ${counts.join(", ")}`];
  });
}
