/** Changes of policies before they are made: the texts before and after, what they allow besides, and for whom else they count. */
import {
  type AccountDetails,
  type AccessRequest,
  type Change,
  type ChangedDocument,
  changeDocument,
  decide,
  isAllowed,
  isAwsManaged,
  isInside,
  type Layers,
  newDocument,
  parsePolicy,
  type Policy,
  type Principal,
  witnessText,
} from "@s3-credentials/policy";
import { type Edit, withEdit } from "./edit.ts";
import { placeOf, type PolicyPlace } from "./place-of.ts";
import { placeWords, readPlace } from "./policy-place.ts";

export interface Trial {
  readonly edits: readonly Edit[];
  /** The request, with the changes and nothing else. */
  readonly isAllowed: boolean;
  /** Requests that become allowed too; undefined when that cannot be decided. */
  readonly gains: readonly string[] | undefined;
  /** Others for whom a changed policy counts: "the group readers". */
  readonly others: readonly string[];
}

export interface TrialQuestion {
  readonly changes: readonly Change[];
  readonly layers: Layers;
  readonly request: AccessRequest;
  readonly details: AccountDetails;
}

/** Whether the changes are all of policies that can be changed here. */
export function canMake({ changes, layers, request }: Omit<TrialQuestion, "details">): boolean {
  return changes.every((change) => placeOf(change, request.principal, layers, request.resource) !== undefined);
}

/** Undefined when a policy has changed since the changes were found. */
export async function tryChanges(question: TrialQuestion): Promise<Trial | undefined> {
  const { layers, request, details } = question;
  const edits = await readEdits(question);
  if (edits === undefined) return undefined;
  const after = edits.reduce(withEdit, layers);
  return {
    edits,
    isAllowed: isAllowed(decide(after, request)),
    gains: gainsOf(layers, after, edits, request),
    others: [...new Set(edits.flatMap(({ place }) => othersWith(place, details)))],
  };
}

/** In their order: a second change may be of the text that the first one made. */
async function readEdits({ changes, layers, request }: TrialQuestion): Promise<readonly Edit[] | undefined> {
  const edits = new Map<string, Edit>();
  for (const change of changes) {
    const place = placeOf(change, request.principal, layers, request.resource);
    const isDocument = change.kind !== "set-key" && change.kind !== "act-as";
    if (place === undefined || !isDocument) return undefined;
    const { layer } = change;
    if (layer !== "identity" && layer !== "boundary" && layer !== "resource") return undefined;
    const key = placeWords(place);
    const known = edits.get(key);
    const before = known === undefined ? await readPlace(place) : known.before;
    const text = known === undefined ? before : known.after;
    const made = changedText(text, change, place);
    if (made === undefined) return undefined;
    const policy = change.kind === "add-statement" ? known?.policy : change.policy;
    edits.set(key, { place, policy, layer, before, after: made.text });
  }
  return [...edits.values()];
}

function changedText(text: string | undefined, change: Change, place: PolicyPlace): ChangedDocument | undefined {
  if (place.kind === "managed" && isAwsManaged(place)) return { text: undefined };
  if (text !== undefined) return changeDocument(text, change);
  return change.kind === "add-statement" ? { text: newDocument(change, place.kind === "trust") } : undefined;
}

/** Enough for somebody to see what it is about, and about a second of work. */
const limits = { maxDifferences: 8, steps: 3_000_000 } as const;

function gainsOf(
  before: Layers,
  after: Layers,
  edits: readonly Edit[],
  { principal }: AccessRequest,
): readonly string[] | undefined {
  const gains = new Set<string>();
  for (const layer of new Set(edits.map((edit) => edit.layer))) {
    const [old, made] = [policyOf(before, layer), policyOf(after, layer)];
    const own = layer === "resource" ? undefined : principal;
    const answers = [{ words: "", answer: isInside(made, old, limits) }];
    // A Deny that goes gives nothing by itself: what other policies allow is no longer kept back.
    if (denialsOf(made) < denialsOf(old)) {
      const all = allowsAll(layer, old, principal);
      const [open, closed] = [made, old].map(({ statements }) => ({ ...empty, statements: [...statements, ...all] }));
      if (open !== undefined && closed !== undefined)
        answers.push({ words: ", where another policy allows it", answer: isInside(open, closed, limits) });
    }
    for (const { words, answer } of answers) {
      if (answer.answer === "unknown") return undefined;
      if (answer.answer === "yes") continue;
      for (const { witness } of answer.differences)
        gains.add(`${witnessText({ ...witness, principal: own ?? witness.principal })}${words}`);
    }
  }
  return [...gains];
}

const empty: Policy = { version: "2012-10-17", explicitVersion: true, statementList: true, statements: [] };

function denialsOf({ statements }: Policy): number {
  return statements.filter(({ effect }) => effect === "Deny").length;
}

/** What the other policies may allow at most, in the form of the layer. */
function allowsAll(layer: Edit["layer"], { statements }: Policy, principal: Principal): Policy["statements"] {
  const isTrust = layer === "resource" && statements.every(({ resource }) => resource === undefined);
  const statement = {
    Effect: "Allow",
    ...(layer === "resource" ? { Principal: { AWS: "accountId" in principal ? principal.accountId : "*" } } : {}),
    Action: "*",
    ...(isTrust ? {} : { Resource: "*" }),
  };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  return parsePolicy(text, isTrust ? "trust" : layer).policy?.statements ?? [];
}

/** All policies of a layer as one. What cannot be read has no statements: it denies before and after. */
function policyOf({ identity, boundary, resource }: Layers, layer: Edit["layer"]): Policy {
  const limit = boundary === "none" ? [] : [boundary];
  const on = resource === "none" ? [] : [resource.policy];
  const named = { identity, boundary: limit, resource: on }[layer];
  return {
    ...empty,
    statements: named.flatMap(({ program }) => (program === "unreadable" ? [] : program.source.statements)),
  };
}

function othersWith(place: PolicyPlace, details: AccountDetails): readonly string[] {
  if (place.kind === "inline" && place.identity.kind === "Group") return membersOf(place.identity.name, details);
  if (place.kind !== "managed") return [];
  const has = ({ AttachedManagedPolicies = [] }: AccountDetails["GroupDetailList"][number]): boolean =>
    AttachedManagedPolicies.some(({ PolicyArn }) => PolicyArn === place.arn);
  return [
    ...details.UserDetailList.filter(has).map(({ UserName }) => `the user ${UserName}`),
    ...details.GroupDetailList.filter(has).map(({ GroupName }) => `the group ${GroupName}`),
    ...details.RoleDetailList.filter(has).map(({ RoleName }) => `the role ${RoleName}`),
  ];
}

function membersOf(group: string, { UserDetailList }: AccountDetails): readonly string[] {
  return UserDetailList.filter(({ GroupList = [] }) => GroupList.includes(group)).map(
    ({ UserName }) => `the user ${UserName}`,
  );
}
