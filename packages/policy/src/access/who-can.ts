/** Who may do one thing: everybody of an account, and everybody outside it. */
import type { Principal } from "../model/request.ts";
import { type Access, accessOf, timeContext } from "./access-of.ts";
import type { ResourceLayers } from "./bucket-layers.ts";
import { type ControlPolicies, guardrailsOn } from "./control-policies.ts";
import { isAskedByToken, layerFor, outsidersOf } from "./outsiders.ts";
import { namedProgram, type PrincipalPolicies } from "./principal-policies.ts";

export interface WhoCanQuestion {
  readonly action: string;
  readonly resource: string;
  /** The account that has the resource; undefined: that of whoever asks. */
  readonly account: string | undefined;
  /** Condition keys that are known, in lower case. All others are open. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  readonly now: Date;
  /** Of the account of whoever asks; absent: none, or none that can be read. */
  readonly controls?: ControlPolicies | undefined;
}

/** Somebody who may, always or under conditions, or of whom it cannot be decided. */
export interface WhoCan {
  /** An ARN, or a group outside the account in words. */
  readonly who: string;
  readonly caller: PrincipalPolicies;
  /** Neither a user nor a role of the account. */
  readonly isOutside: boolean;
  readonly access: Exclude<Access, { readonly answer: "never" }>;
}

/** The ARN that people know somebody by: of a session of a role, the role's. */
export function arnOf(principal: Principal): string {
  if (principal.kind === "role-session") return principal.roleArn;
  return "arn" in principal ? principal.arn : "";
}

/** The trust policy of a role, for the question who may take it: `sts:AssumeRole` on its ARN. */
export function trustLayers(roleArn: string, document: string): ResourceLayers {
  const policy = namedProgram({ kind: "trust", roleArn }, document, "trust");
  const layer = { kind: "trust", policy } as const;
  return { layer, outside: layer, ownerId: undefined };
}

/** Undefined for somebody who may not, whatever the request says about itself. */
export function whetherCan(
  caller: PrincipalPolicies,
  question: WhoCanQuestion,
  layers: ResourceLayers,
): WhoCan | undefined {
  const { principal } = caller;
  const isOutside = !("accountId" in principal) || principal.accountId !== (question.account ?? principal.accountId);
  return rowOf(arnOf(principal), caller, question, layers, isOutside);
}

/** Whoever is let in as a larger group that it is in is left out. */
export function* outsidersWhoCan(
  question: WhoCanQuestion & { readonly account: string },
  layers: ResourceLayers,
): Generator<WhoCan> {
  if (layers.outside === "none") return;
  const before = new Map<string, string>();
  for (const [who, { caller, within }] of outsidersOf(layers, question)) {
    const row = rowOf(who, caller, question, layers, true);
    if (row === undefined) continue;
    const same = sameness(row.access);
    if (!within.some((group) => before.get(group) === same)) yield row;
    before.set(who, same);
  }
}

function rowOf(
  who: string,
  caller: PrincipalPolicies,
  { action, resource, account, context, now, controls }: WhoCanQuestion,
  layers: ResourceLayers,
  isOutside: boolean,
): WhoCan | undefined {
  if (isAskedByToken(action) !== (caller.principal.kind === "web-identity")) return undefined;
  const layer = layerFor(caller.principal, layers, account);
  const known = { ...timeContext(now), ...context };
  const asked = { principal: caller.principal, action, resourceAccount: account };
  const guardrails = controls === undefined ? [] : guardrailsOn(controls, asked);
  const access = accessOf(caller, { resource: layer, guardrails, account, context: known })({ action, resource });
  return access.answer === "never" ? undefined : { who, caller, isOutside, access };
}

/** Through what, and under which conditions. */
function sameness(access: WhoCan["access"]): string {
  if (access.answer === "unknown") return access.construct;
  if (access.answer === "always") return JSON.stringify([access.through]);
  const { through, on, allowed, refused } = access;
  const values = on.map((key) => [key, allowed.context[key], refused.context[key]]);
  return JSON.stringify([through, values]);
}
