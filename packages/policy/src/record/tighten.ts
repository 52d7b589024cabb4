/** A policy that allows what somebody used and nothing that it could not do before: each Allow cut down, each Deny kept. */
import { matchAction } from "../match/action.ts";
import { patternOfResource } from "../match/pattern.ts";
import { matchResource } from "../match/resource.ts";
import type { Policy, Statement, TextPattern } from "../model/policy.ts";
import { policyDocument } from "../parse/print.ts";
import type { UsedRequest } from "./used-requests.ts";

/** More objects of one folder than these are written as the folder. */
const maxObjects = 3;
/** More objects and folders of one bucket than these are written as what their keys begin with. */
const maxPlaces = 8;

export interface StatementText {
  readonly Effect: string;
  readonly [member: string]: unknown;
}

/**
 * Statements of the policies that apply to something that was used, with the actions that were. Conditions stay. `precise`: resources are
 * cut down too, to what was used of each pattern; else the patterns that something was used of.
 */
export function tightenedStatements(
  policies: readonly Policy[],
  used: readonly UsedRequest[],
  precise: boolean,
): readonly StatementText[] {
  const statements = policies.flatMap((policy) => {
    const { Statement: texts } = policyDocument(policy) as {
      readonly Statement: StatementText | readonly StatementText[];
    };
    const list = Array.isArray(texts) ? (texts as readonly StatementText[]) : [texts as StatementText];
    return policy.statements.flatMap((statement, at) => {
      const text = list[at];
      if (text === undefined) return [];
      if (statement.effect === "Deny") return [text];
      return cutDown(statement, text, used, precise);
    });
  });
  const distinct = new Map(
    statements.map((statement) => [JSON.stringify({ ...statement, Sid: undefined }), statement]),
  );
  return [...distinct.values()];
}

function cutDown(
  statement: Statement,
  text: StatementText,
  used: readonly UsedRequest[],
  precise: boolean,
): readonly StatementText[] {
  const concerned = used.filter((one) => concernsAction(statement, one));
  const patterns = statement.resource?.patterns ?? [];
  if (statement.resource === undefined || statement.resource.negated) {
    if (concerned.length === 0) return [];
    return [{ ...withoutActions(text), Action: actionsOf(concerned) }];
  }
  // By the resources that they were used on, so that no action gets those of another.
  const byAction = new Map<string, readonly string[]>();
  for (const action of actionsOf(concerned)) {
    const on = concerned.filter((one) => one.action === action).map(({ resource }) => resource);
    const resources = patterns.flatMap((pattern) => {
      // A pattern of a variable is kept as it is: it is another for each caller.
      const isOpen = pattern.parts.some(({ kind }) => kind === "variable");
      const within = on.filter((resource) => isOpen || isManyObjects(resource) || matches(pattern, resource));
      if (within.length === 0) return [];
      return precise && !isOpen && !within.some(isManyObjects) ? generalized(within, pattern.text) : [pattern.text];
    });
    if (resources.length > 0) byAction.set(action, [...new Set(resources)].toSorted());
  }
  const byResources = new Map<string, string[]>();
  for (const [action, resources] of byAction) {
    const key = JSON.stringify(resources);
    byResources.set(key, [...(byResources.get(key) ?? []), action]);
  }
  return [...byResources].map(([resources, actions], at) => ({
    ...numbered(withoutActions(text), at),
    Action: actions,
    Resource: JSON.parse(resources) as readonly string[],
  }));
}

/** No two statements of a policy may have one Sid. */
function numbered(text: StatementText, at: number): StatementText {
  const sid = text["Sid"];
  return at === 0 || typeof sid !== "string" ? text : { ...text, Sid: `${sid}${at + 1}` };
}

function withoutActions(text: StatementText): StatementText {
  const { NotAction: _, Action: __, ...rest } = text;
  return { ...rest, Effect: text.Effect };
}

function concernsAction({ action }: Statement, { action: name }: UsedRequest): boolean {
  return action.patterns.some((pattern) => matchAction(pattern, name)) !== action.negated;
}

function actionsOf(used: readonly UsedRequest[]): readonly string[] {
  return [...new Set(used.map(({ action }) => action))].toSorted();
}

function matches(pattern: TextPattern, resource: string): boolean {
  return matchResource(pattern, resource, () => undefined);
}

const isManyObjects = (resource: string): boolean => resource.endsWith("/*");

/** Few objects by name, many by the longest folder that all are in; never more than the pattern that they come from. */
function generalized(resources: readonly string[], pattern: string): readonly string[] {
  const escaped = resources.map(patternOfResource);
  const isObject = (resource: string): boolean => /^arn:[\w-]+:s3:::[^/]+\/./.test(resource);
  const objects = escaped.filter(isObject);
  const others = escaped.filter((resource) => !isObject(resource));
  const buckets = groupedBy(objects, (object) => object.slice(0, object.indexOf("/") + 1));
  // Only of a pattern that ends in `*` is it plain that something longer is in it.
  const fixed = pattern.split(/[*?$]/)[0] ?? "";
  const isBeginning = pattern === `${fixed}*`;
  const within = (folder: string): string => (isBeginning && folder.startsWith(fixed) ? `${folder}*` : pattern);
  const inBuckets = [...buckets.values()].flatMap((names) => {
    const folders = groupedBy(names, folderOf);
    const places = [...folders].flatMap(([folder, objects]) =>
      objects.length <= maxObjects ? objects : [within(folder)],
    );
    return places.length <= maxPlaces ? places : [within(commonFolder(names))];
  });
  return [...others, ...inBuckets];
}

function folderOf(object: string): string {
  return object.slice(0, object.lastIndexOf("/") + 1);
}

function groupedBy(names: readonly string[], keyOf: (name: string) => string): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) groups.set(keyOf(name), [...(groups.get(keyOf(name)) ?? []), name]);
  return groups;
}

function commonFolder([first = "", ...names]: readonly string[]): string {
  let common = first;
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  return folderOf(common);
}
