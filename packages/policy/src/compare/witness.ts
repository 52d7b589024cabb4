/** A way to fulfil a formula, as a request that somebody could make. */
import {
  serviceActions,
  catalogServices,
  findAction,
  hasConditionKey,
  type CatalogAction,
} from "../catalog/catalog.ts";
import { principalContext } from "../model/principal-context.ts";
import type { AccessRequest, Principal } from "../model/request.ts";
import { type Caller, principalWith, tellsCaller } from "./callers.ts";
import { secondsText } from "./candidates.ts";
import { ACTION, RESOURCE, type State, type Theory, type Value } from "./theory.ts";
import { templateTokens } from "./tokens.ts";

/** A concrete request. It was decided by the engine before it was given. */
export interface Witness {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string | undefined;
  /** All condition keys of the request, in lower case. A key that is not here is absent. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /** The keys that the policies ask for, in lower case. */
  readonly asked: readonly string[];
  /** Those of them that this request does not have. */
  readonly absent: readonly string[];
}

export interface Found {
  readonly witness: Witness;
  /** A known action on a resource that it has, with keys that it has. */
  readonly isPlausible: boolean;
}

export function requestOf({ principal, action, resource, resourceAccount, context }: Witness): AccessRequest {
  const values = new Map(Object.entries(context));
  return { principal, action, resource, resourceAccount, context: (key) => values.get(key.toLowerCase()) };
}

export interface WitnessScene {
  readonly theory: Theory;
  readonly caller: Caller;
  /** What the documents ask for: dimensions of condition keys. */
  readonly asked: readonly string[];
  /** Values of variables, and of keys the question fixes. */
  readonly given: ReadonlyMap<string, string | readonly string[]>;
  readonly resourceAccount: string | undefined;
}

export function witnessOf(scene: WitnessScene, state: State): Found {
  const { theory, caller, asked, given, resourceAccount } = scene;
  const values = new Map<string, Value>(given);
  const absent: string[] = [];
  for (const [dimension, known] of state) {
    if (dimension === ACTION || dimension === RESOURCE) continue;
    const value = theory.valueOf(dimension, known)?.value;
    if (value === undefined) absent.push(dimension);
    else setValue(values, dimension, value);
  }
  const texts = [...values].flatMap(([key, value]) => (typeof value === "string" ? [[key, value] as const] : []));
  const principal = principalWith(caller, new Map(texts));
  const context = new Map<string, string | readonly string[]>(caller.known);
  for (const [key, value] of principalContext(principal)) if (!absent.includes(key)) context.set(key, value);
  for (const [key, value] of values) if (value !== undefined) context.set(key, value);
  // The search leaves out a condition that every value of a key fulfils, but the engine needs the key to be there.
  for (const key of asked) {
    const { mayBeAbsent, fixed } = theory.world.domainOf(key);
    if (context.has(key) || absent.includes(key) || mayBeAbsent || fixed !== undefined) continue;
    const value = theory.valueOf(key, nothing)?.value;
    if (value !== undefined) setValue(context, key, value);
  }
  const keys = [...context.keys()].filter((key) => !tellsCaller(key));
  const { action, resource, isPlausible } = nameAction(theory, state, keys);
  return {
    witness: { principal, action, resource, resourceAccount, context: Object.fromEntries(context), asked, absent },
    isPlausible,
  };
}

function setValue(context: Map<string, Value>, key: string, value: NonNullable<Value>): void {
  context.set(key, value);
  if (key === "aws:currenttime" && typeof value === "string") context.set("aws:epochtime", secondsText(value));
}

interface NamedAction {
  readonly action: string;
  readonly resource: string;
  readonly isPlausible: boolean;
}

/** The commonest first. */
const commonActions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:ListAllMyBuckets"];

const knownActions: readonly CatalogAction[] = [
  ...commonActions.flatMap((name) => findAction(name) ?? []),
  ...catalogServices.flatMap((service) => serviceActions(service) ?? []),
];

/** A known action on a resource of its own, when the state leaves one. */
function nameAction(theory: Theory, state: State, keys: readonly string[]): NamedAction {
  const resources = new Map<string, string | undefined>();
  const on = (template: string): string | undefined => {
    if (!resources.has(template)) {
      resources.set(template, theory.textLike(RESOURCE, state, templateTokens(template)));
    }
    return resources.get(template);
  };
  for (const withKeys of [true, false])
    for (const action of knownActions) {
      if (withKeys && !keys.every((key) => !key.startsWith("s3:") || hasConditionKey(action, key))) continue;
      if (!theory.leavesAction(state, action.name.toLowerCase())) continue;
      const templates = action.resources.map(({ arn }) => arn).toSorted((left, right) => left.length - right.length);
      const service = action.name.startsWith("s3:") ? "arn:aws:s3:::*" : "*";
      const resource = firstOf(templates.length === 0 ? [service] : templates, on);
      if (resource !== undefined) return { action: action.name, resource, isPlausible: withKeys };
    }
  const action = theory.valueOf(ACTION, state.get(ACTION) ?? nothing)?.value;
  const resource = theory.valueOf(RESOURCE, state.get(RESOURCE) ?? nothing)?.value;
  return {
    action: typeof action === "string" ? action : "s3:GetObject",
    resource: typeof resource === "string" ? resource : "arn:aws:s3:::x/x",
    isPlausible: false,
  };
}

const nothing = { wanted: [], refused: [] };

function firstOf(templates: readonly string[], on: (template: string) => string | undefined): string | undefined {
  for (const template of templates) {
    const resource = on(template);
    if (resource !== undefined) return resource;
  }
  return undefined;
}

/** What the text of a witness says of who calls by the caller's name. */
const saidByName: ReadonlySet<string> = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalisawsservice",
  "aws:principalservicename",
  "aws:principalservicenameslist",
  "aws:principaltype",
  "aws:username",
]);

/**
 * `s3:GetObject on arn:aws:s3:::b/x by an anonymous caller, with s3:prefix "a", without aws:SourceIp`. Of what follows from who calls, the keys
 * that the policies ask for and the caller's name does not say: the organization, an MFA device. `on`: keys that matter, these too.
 */
export function witnessText(
  { principal, action, resource, context, asked, absent }: Witness,
  on: readonly string[] = [],
): string {
  const isShown = (key: string): boolean =>
    !tellsCaller(key) ||
    key.startsWith("aws:principaltag/") ||
    on.includes(key) ||
    (asked.includes(key) && !saidByName.has(key));
  const shown = Object.entries(context).filter(([key]) => isShown(key));
  const keys = shown.map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return [
    `${action} on ${resource}`,
    ` by ${principalText(principal)}`,
    keys.length === 0 ? "" : `, with ${keys.join(" and ")}`,
    absent.length === 0 ? "" : `, without ${absent.join(" and ")}`,
  ].join("");
}

/** With the same in words. */
export function witnessData(witness: Witness): Readonly<Record<string, unknown>> {
  return { text: witnessText(witness), ...witness };
}

export function principalText(principal: Principal): string {
  switch (principal.kind) {
    case "anonymous":
      return "an anonymous caller";
    case "service":
      return `the service ${principal.service}`;
    case "web-identity":
      return `an identity of ${principal.provider}`;
    case "user":
    case "federated-user":
    case "root":
      return principal.arn;
    case "user-session":
      return `a session of ${principal.arn}`;
    case "role-session":
      return `a session of ${principal.roleArn}${principal.provider === undefined ? "" : ` for an identity of ${principal.provider}`}`;
  }
}
