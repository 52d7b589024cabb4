/** A change that would allow a request, made in the text of the policy that it is about. */
import { documentKind } from "../parse/document-kind.ts";
import type { Change } from "./changes.ts";

interface StatementText {
  readonly Sid?: unknown;
  readonly [member: string]: unknown;
}

interface DocumentText {
  readonly Statement: StatementText | readonly StatementText[];
  readonly [member: string]: unknown;
}

export interface ChangedDocument {
  readonly text: string | undefined;
}

/** A document with nothing but the Allow that is missing. */
export function newDocument(change: Extract<Change, { readonly kind: "add-statement" }>, isTrust = false): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [newStatement(change, isTrust)] });
}

/**
 * The document with the change made: its text, which is undefined when no statement is left. Undefined when it is not the one that the change
 * was found in, and for changes that are not of a document. `text` has to be one that parses.
 */
export function changeDocument(text: string, change: Change): ChangedDocument | undefined {
  const document = JSON.parse(text) as DocumentText;
  const { Statement } = document;
  const statements = Array.isArray(Statement) ? (Statement as readonly StatementText[]) : [Statement as StatementText];
  const changed = changedStatements(statements, change, documentKind(text) === "trust");
  if (changed === undefined) return undefined;
  return { text: changed.length === 0 ? undefined : JSON.stringify({ ...document, Statement: changed }) };
}

function changedStatements(
  statements: readonly StatementText[],
  change: Change,
  isTrust: boolean,
): readonly StatementText[] | undefined {
  if (change.kind === "add-statement") return [...statements, newStatement(change, isTrust)];
  const { kind, statement: at, sid } = change;
  const old = statements[at];
  if (old === undefined || (typeof old.Sid === "string" ? old.Sid : undefined) !== sid) return undefined;
  if (kind === "remove-statement") return statements.toSpliced(at, 1);
  if (kind !== "add-action" && kind !== "add-resource") return undefined;
  const [member, value] = kind === "add-action" ? ["Action", change.action] : ["Resource", change.resource];
  const next = withValue(old, member, value);
  return next === undefined ? undefined : statements.with(at, next);
}

function newStatement(
  { action, resource, principal }: Extract<Change, { readonly kind: "add-statement" }>,
  isTrust: boolean,
): StatementText {
  return {
    Effect: "Allow",
    ...(principal === undefined ? {} : { Principal: { AWS: principal } }),
    Action: action,
    ...(isTrust ? {} : { Resource: resource }),
  };
}

/** In `Action` or `Resource` it is added; what `NotAction` or `NotResource` leaves out is left out no longer. */
function withValue(statement: StatementText, member: string, value: string): StatementText | undefined {
  const listed = listOf(statement[member]);
  if (listed !== undefined) return { ...statement, [member]: [...listed, value] };
  const name = `Not${member}`;
  const excluded = listOf(statement[name]);
  // The names of actions do not differ by case, and those of resources do.
  const same = (text: string): string => (member === "Action" ? text.toLowerCase() : text);
  const left = excluded?.filter((one) => same(String(one)) !== same(value));
  return left === undefined || left.length === 0 ? undefined : { ...statement, [name]: left };
}

function listOf(value: unknown): readonly unknown[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}
