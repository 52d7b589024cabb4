import { type JsonNode, readJson } from "../parse/json.ts";
import type { ActionPattern, Condition, Policy, PolicyKind, Statement, TextPattern } from "../model/policy.ts";
import { type Place, placeOf, pointerTo } from "../parse/report.ts";

/** A part of a policy and where it is written. */
export interface Located<P> {
  readonly pattern: P;
  readonly place: Place;
}

export interface LocatedCondition {
  readonly condition: Condition;
  /** The condition key. */
  readonly place: Place;
  readonly values: readonly Located<TextPattern>[];
}

export interface LocatedStatement {
  readonly statement: Statement;
  readonly place: Place;
  readonly actions: readonly Located<ActionPattern>[];
  /** Empty where the statement has no `Resource`. */
  readonly resources: readonly Located<TextPattern>[];
  readonly conditions: readonly LocatedCondition[];
  /** The place of an element of the statement (`Effect`, `Principal`): the place of its name, or of the statement when the element is missing. */
  readonly element: (name: string) => Place;
  /** What is written for an element; undefined when it is not there. */
  readonly node: (name: string) => JsonNode | undefined;
}

/** What the rules look at: a document that follows the grammar. */
export interface Subject {
  readonly text: string;
  readonly kind: PolicyKind;
  /** Characters (bytes in a bucket policy) such a document may have, and what is limited. */
  readonly limit?: SizeLimit;
  /** The bucket whose policy it is, where that is known. */
  readonly bucket?: string;
  readonly policy: Policy;
  readonly statements: readonly LocatedStatement[];
  readonly document: Place;
}

export interface SizeLimit {
  readonly size: number;
  /** `characters`: white space outside strings is not counted; `bytes`: everything is. */
  readonly unit: "characters" | "bytes";
  /** `a managed policy`. */
  readonly of: string;
}

/** The statements of a document that parses, with their places. */
export function locateStatements(text: string, policy: Policy): readonly LocatedStatement[] {
  const read = readJson(text);
  if ("fault" in read) return [];
  const written = memberOf(read.node, "Statement");
  if (written === undefined) return [];
  return policy.statements.map((statement, index) => {
    const listed = written.kind === "array" ? written.items[index] : undefined;
    return locateStatement(statement, listed ?? written, listed ? pointerTo("/Statement", index) : "/Statement");
  });
}

function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === "object" ? node.members.find(({ key }) => key === name)?.value : undefined;
}

function locateStatement(statement: Statement, node: JsonNode, pointer: string): LocatedStatement {
  const place = placeOf(node, pointer);
  const { action, resource } = statement;
  const element = (name: string): Place => memberPlace(node, pointer, name) ?? place;
  const located = <P>(name: string, patterns: readonly P[]): readonly Located<P>[] =>
    locateItems(memberOf(node, name), pointerTo(pointer, name), patterns, place);
  return {
    statement,
    place,
    actions: located(action.negated ? "NotAction" : "Action", action.patterns),
    resources: resource === undefined ? [] : located(resource.negated ? "NotResource" : "Resource", resource.patterns),
    conditions: statement.conditions.map((condition) => locateCondition(condition, node, pointer, place)),
    element,
    node: (name) => memberOf(node, name),
  };
}

/** The place of a member's name. */
function memberPlace(node: JsonNode | undefined, pointer: string, name: string): Place | undefined {
  if (node?.kind !== "object") return undefined;
  const member = node.members.find(({ key }) => key === name);
  return member === undefined ? undefined : { pointer: pointerTo(pointer, name), span: member.keySpan };
}

function locateItems<P>(
  node: JsonNode | undefined,
  pointer: string,
  patterns: readonly P[],
  otherwise: Place,
): readonly Located<P>[] {
  return patterns.map((pattern, index) => {
    if (node === undefined) return { pattern, place: otherwise };
    const item = node.kind === "array" ? node.items[index] : undefined;
    return { pattern, place: item ? placeOf(item, pointerTo(pointer, index)) : placeOf(node, pointer) };
  });
}

function locateCondition(condition: Condition, node: JsonNode, pointer: string, otherwise: Place): LocatedCondition {
  const { written, key, values } = condition;
  const operator = memberOf(memberOf(node, "Condition"), written);
  const at = pointerTo(pointerTo(pointer, "Condition"), written);
  return {
    condition,
    place: memberPlace(operator, at, key) ?? otherwise,
    values: locateItems(memberOf(operator, key), pointerTo(at, key), values, otherwise),
  };
}
