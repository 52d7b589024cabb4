/** What one program says of a request. */
import type { PrincipalMatch } from "../match/principal-match.ts";
import type { AccessRequest, StatementPlace } from "../model/request.ts";
import { grantOf } from "./resource-grant.ts";
import { type CompiledStatement, statementApplies } from "./compile-statement.ts";
import type { ResourceIndex } from "./resource-index.ts";
import { matchesAfterLiteral } from "../match/resource.ts";
import { MAX_STATEMENTS } from "./ruling.ts";

/** Numbers the walks through an index. Deciding is synchronous, so no two walks overlap. */
let walks = 0;

/** No statement applies. */
export const NONE = -1;

/**
 * Position of the first statement that applies, or `NONE`. The walk meets statements by the length of their literals,
 * so it goes to the end of the path and keeps the lowest.
 */
export function firstApplying(
  index: ResourceIndex | undefined,
  text: string,
  request: AccessRequest,
  place: StatementPlace,
): number {
  let first = NONE;
  let at = 0;
  let node = index;
  const walk = (walks += 1);
  while (node !== undefined && hasLabel(text, node.label, at)) {
    at += node.label.length;
    for (const { pattern, statements } of node.entries) {
      if (first !== NONE && startsAfter(statements, first)) break;
      if (pattern !== undefined && !matchesAfterLiteral(pattern, text, request.context)) continue;
      for (const statement of statements) {
        if (first !== NONE && statement.index >= first) break;
        if (statement.metIn === walk) continue;
        statement.metIn = walk;
        if (!statementApplies(statement, pattern !== undefined, text, request, place)) continue;
        first = statement.index;
        break;
      }
    }
    node = node.children?.get(text.charCodeAt(at));
  }
  return first;
}

/**
 * Whether the text continues with the label. Compared from the end, because labels of one document begin alike (`arn:aws:s3:::`);
 * and by code unit, because `startsWith` takes twice as long when the text was put together from parts, as the ARN of a
 * request is (`npm run bench -- policy`).
 */
function hasLabel(text: string, label: string, at: number): boolean {
  if (text.length < at + label.length) return false;
  for (let last = label.length - 1; last >= 0; last -= 1)
    if (text.charCodeAt(at + last) !== label.charCodeAt(last)) return false;
  return true;
}

/** Whether all of these come after the statement already found. */
function startsAfter(statements: readonly CompiledStatement[], first: number): boolean {
  const start = statements[0];
  return start !== undefined && start.index >= first;
}

const STRENGTH = { none: 0, account: 1, limited: 2, direct: 3 } as const satisfies Record<PrincipalMatch, number>;

/**
 * The strongest Allow of a policy on a resource, the first of equals: `strengthOf` and `statementOf` take it apart.
 * `NONE` when no Allow applies.
 */
export function strongestGrant(
  index: ResourceIndex | undefined,
  text: string,
  request: AccessRequest,
  place: StatementPlace,
): number {
  let strength: number = STRENGTH.none;
  let first = NONE;
  let at = 0;
  let node = index;
  const walk = (walks += 1);
  while (node !== undefined && hasLabel(text, node.label, at)) {
    at += node.label.length;
    for (const { pattern, statements } of node.entries) {
      if (strength === STRENGTH.direct && startsAfter(statements, first)) break;
      if (pattern !== undefined && !matchesAfterLiteral(pattern, text, request.context)) continue;
      for (const statement of statements) {
        if (strength === STRENGTH.direct && statement.index >= first) break;
        if (statement.metIn === walk) continue;
        statement.metIn = walk;
        if (!statementApplies(statement, pattern !== undefined, text, request, place)) continue;
        const found = STRENGTH[grantOf(statement.source, request.principal)];
        if (found < strength || (found === strength && statement.index >= first)) continue;
        strength = found;
        first = statement.index;
      }
    }
    node = node.children?.get(text.charCodeAt(at));
  }
  return first === NONE ? NONE : strength * MAX_STATEMENTS + first;
}

/** How much a grant found by `strongestGrant` is worth. */
export function isAtLeast(grant: number, strength: PrincipalMatch): boolean {
  return grant >= STRENGTH[strength] * MAX_STATEMENTS;
}

export function statementOf(grant: number): number {
  return grant % MAX_STATEMENTS;
}
