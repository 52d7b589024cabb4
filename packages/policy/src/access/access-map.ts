/** Who may do what in a bucket: everybody by actions. */
import type { Layers } from "../engine/program.ts";
import { findAction } from "../catalog/catalog.ts";
import { type Access, accessOf, timeContext } from "./access-of.ts";
import type { ResourceLayers } from "./bucket-layers.ts";
import { type ControlPolicies, guardrailsOn } from "./control-policies.ts";
import { layerFor, outsidersOf } from "./outsiders.ts";
import type { PrincipalPolicies } from "./principal-policies.ts";
import { arnOf } from "./who-can.ts";

export interface AccessMapQuestion {
  readonly bucket: string;
  /** The objects that are asked about: a key, or the beginning of keys with a star. */
  readonly keys: string;
  /** The account that has the bucket. */
  readonly account: string;
  readonly partition: string;
  readonly actions: readonly string[];
  readonly now: Date;
  /** Of the account; absent: none, or none that can be read. */
  readonly controls?: ControlPolicies | undefined;
  /** Known condition keys, in lower case. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export interface AccessMapRow {
  /** An ARN, or a group outside the account in words. */
  readonly who: string;
  readonly caller: PrincipalPolicies;
  /** Neither a user nor a role of the account. */
  readonly isOutside: boolean;
  /** By action, in the order of the question. */
  readonly cells: readonly Access[];
}

/** What people ask of a bucket first. */
export const usualBucketActions: readonly string[] = [
  "s3:ListBucket",
  "s3:GetObject",
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:GetObjectVersion",
  "s3:DeleteObjectVersion",
  "s3:PutObjectAcl",
  "s3:GetBucketPolicy",
  "s3:PutBucketPolicy",
  "s3:DeleteBucket",
];

/** The resource that an action is asked on: the bucket, its objects, or none. */
export function resourceOf(
  action: string,
  { bucket, keys, partition }: Pick<AccessMapQuestion, "bucket" | "keys" | "partition">,
): string {
  const forms = (findAction(action)?.resources ?? []).map(({ type }) => type);
  if (forms.includes("object")) return `arn:${partition}:s3:::${bucket}/${keys}`;
  return forms.includes("bucket") ? `arn:${partition}:s3:::${bucket}` : "*";
}

/**
 * Rows of the account first, in the order given, then everybody outside it. Each row is made when it is asked for, because each may take
 * long. `layersFor` gives the bucket's policy and ACL for an action.
 */
export function* accessMap(
  question: AccessMapQuestion,
  principals: readonly PrincipalPolicies[],
  layersFor: (action: string) => ResourceLayers,
): Generator<AccessMapRow> {
  const byAction = question.actions.map((action) => ({ action, layers: layersFor(action) }));
  for (const caller of principals) {
    const { principal } = caller;
    const isOutside = "accountId" in principal && principal.accountId !== question.account;
    yield { who: arnOf(principal), caller, isOutside, cells: cellsOf(caller, question, byAction) };
  }
  const outsiders = new Map<string, PrincipalPolicies>();
  for (const { action, layers } of byAction) {
    if (layers.outside === "none") continue;
    for (const [who, { caller }] of outsidersOf(layers, { account: question.account, action }))
      outsiders.set(who, caller);
  }
  for (const [who, caller] of outsiders)
    yield { who, caller, isOutside: true, cells: cellsOf(caller, question, byAction) };
}

function cellsOf(
  caller: PrincipalPolicies,
  question: AccessMapQuestion,
  byAction: readonly { readonly action: string; readonly layers: ResourceLayers }[],
): readonly Access[] {
  const context = { ...timeContext(question.now), ...question.context };
  const { account, controls } = question;
  /** Most actions meet the same policies, and the questions about the same policies share what is found out about them. */
  const asks = new Map<Layers["resource"], Map<number, ReturnType<typeof accessOf>>>();
  return byAction.map(({ action, layers }) => {
    const resource = layerFor(caller.principal, layers, account);
    const asked = { principal: caller.principal, action, resourceAccount: account };
    const guardrails = controls === undefined ? [] : guardrailsOn(controls, asked);
    const known = asks.get(resource) ?? new Map<number, ReturnType<typeof accessOf>>();
    asks.set(resource, known);
    // Of one caller, as many levels are the same levels.
    const ask = known.get(guardrails.length) ?? accessOf(caller, { resource, guardrails, account, context });
    known.set(guardrails.length, ask);
    return ask({ action, resource: resourceOf(action, question) });
  });
}

/** The map as the lines of a CSV file: the actions, then somebody with an answer for each. */
export function* accessMapCsv(actions: readonly string[], rows: Iterable<AccessMapRow>): Generator<string> {
  yield csvLine(["Principal", ...actions]);
  for (const { who, cells } of rows) yield csvLine([who, ...cells.map(({ answer }) => answer)]);
}

/** https://www.rfc-editor.org/rfc/rfc4180#section-2 */
function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")}\r\n`;
}
