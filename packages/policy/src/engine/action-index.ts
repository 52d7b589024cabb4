/** Which statements of a document an action concerns. */
import { matchAction } from "../match/action.ts";
import type { ActionPattern, Policy, Statement } from "../model/policy.ts";

export interface ActionIndex {
  /** `service:name` in lower case to the statements that list it, in the document's order. */
  readonly exact: ReadonlyMap<string, readonly number[]>;
  /** Statements with a wildcard in their actions, or with `NotAction`, in the document's order. */
  readonly tested: readonly number[];
}

// What has no wildcard and is the same in lower case and joined; anything else is tested.
const plain = /^[a-z0-9_-]+$/;

export function indexActions({ statements }: Policy): ActionIndex {
  const exact = new Map<string, number[]>();
  const tested: number[] = [];
  for (const [index, { action }] of statements.entries()) {
    if (action.negated || !action.patterns.every(isPlain)) {
      tested.push(index);
      continue;
    }
    for (const { service, name } of action.patterns) {
      const key = `${service}:${name}`;
      const known = exact.get(key);
      if (known === undefined) exact.set(key, [index]);
      else if (known.at(-1) !== index) known.push(index);
    }
  }
  return { exact, tested };
}

function isPlain({ service, name }: ActionPattern): boolean {
  return plain.test(service) && plain.test(name);
}

/** Positions of the statements whose `Action` or `NotAction` holds for the action, ascending. */
export function statementsOn(action: string, index: ActionIndex, statements: readonly Statement[]): readonly number[] {
  const tested = index.tested.filter((at) => {
    const statement = statements[at];
    return statement !== undefined && actionMatches(statement, action);
  });
  const listed = index.exact.get(inLowerCase(action)) ?? [];
  return [...listed, ...tested].sort((left, right) => left - right);
}

/** Whether the statement's `Action` or `NotAction` holds for the action. */
export function actionMatches({ action: { negated, patterns } }: Statement, action: string): boolean {
  return patterns.some((pattern) => matchAction(pattern, action)) !== negated;
}

/** Service and name are put in lower case apart, as `matchAction` does: a letter's lower case may depend on its neighbours. */
function inLowerCase(action: string): string {
  const colon = action.indexOf(":");
  return `${action.slice(0, Math.max(colon, 0)).toLowerCase()}:${action.slice(colon + 1).toLowerCase()}`;
}
