/** Whose rights a change widens: the policies of each user and role as a whole, bucket policies and trust policies by themselves. */
import {
  type AccessChange,
  compareLayersBeside,
  comparePolicies,
  type Layers,
  namedProgram,
  parsePolicy,
  type Policy,
  type PolicyKind,
  type ResourceLayer,
} from "@s3-credentials/policy";
import {
  type Configuration,
  documentOf,
  type Entity,
  entityKey,
  entityText,
  entityWords,
  inlineOf,
  ofKind,
  tagsOf,
  textOf,
  textsOf,
} from "./configuration.ts";
import { controlVerdicts } from "./control-verdicts.ts";
import { arnOf } from "./references.ts";
import { settingVerdicts } from "./setting-verdicts.ts";
import type { Verdict } from "./verdict.ts";

/** The documents of managed policies that are not the account's own, by ARN. */
export type ForeignPolicies = ReadonlyMap<string, string>;

export interface Judged {
  readonly before: Configuration;
  readonly after: Configuration;
  readonly foreign: ForeignPolicies;
  /** Service control policies of the account, which limit its users and roles before and after. */
  readonly guardrails?: Layers["guardrails"];
}

/** Everybody whose policies, or what they are part of, are not what they were. */
export function judge(judged: Judged): readonly Verdict[] {
  return [
    ...(["users", "roles"] as const).flatMap((kind) => principalVerdicts(judged, kind)),
    ...retaggedResources(judged),
    ...documentVerdicts(judged, "roles", "AssumeRolePolicyDocument", "trust"),
    ...documentVerdicts(judged, "buckets", "Policy", "resource"),
    ...settingVerdicts(judged.before, judged.after),
    ...controlVerdicts(judged.before, judged.after),
  ];
}

function namesOf({ before, after }: Judged, kind: Entity["kind"]): readonly string[] {
  return [...new Set([...ofKind(before, kind), ...ofKind(after, kind)].map(({ name }) => name))];
}

function principalVerdicts(judged: Judged, kind: "users" | "roles"): readonly Verdict[] {
  const { before, after, foreign, guardrails = [] } = judged;
  const tags = tagsMatter(judged);
  const resources = [...resourceLayers(after, "buckets"), ...resourceLayers(after, "roles")];
  return namesOf(judged, kind).flatMap((name): readonly Verdict[] => {
    const key = entityKey(kind, name);
    const [was, is] = [before, after].map((one) => one.entities.get(key));
    const [old, now] = [was, is].map((entity, at) => layersOf(at === 0 ? before : after, entity, foreign));
    const retagged = tagText(was) !== tagText(is);
    if (old === undefined || now === undefined || (old.text === now.text && !(retagged && tags))) return [];
    const entity = is ?? was;
    if (entity === undefined) return [];
    const of = entityWords(entity);
    if (retagged && tags && is !== undefined) return [{ of, change: tagsDecide }];
    const [one, other] = [
      { ...old.layers, guardrails },
      { ...now.layers, guardrails },
    ];
    return [{ of, change: compareLayersBeside(resources, one, other, arnOf(after, entity)) }];
  });
}

/** The policies of buckets, or the trust policies, that a change leaves: what they grant by themselves, only a Deny or a boundary keeps away. */
function resourceLayers(configuration: Configuration, of: "buckets" | "roles"): readonly ResourceLayer[] {
  const [member, kind] =
    of === "roles" ? (["AssumeRolePolicyDocument", "trust"] as const) : (["Policy", "resource"] as const);
  return ofKind(configuration, of).flatMap((entity): readonly ResourceLayer[] => {
    const text = documentOf(entity, member);
    return text === "" ? [] : [{ kind, policy: namedProgram(`the policy of ${entityWords(entity)}`, text, kind) }];
  });
}

/** Neither a policy nor a bucket has rights by its tags, but who may use or change what has them does. */
function retaggedResources(judged: Judged): readonly Verdict[] {
  if (!tagsMatter(judged)) return [];
  const { before, after } = judged;
  return (["policies", "buckets"] as const)
    .flatMap((kind) => ofKind(after, kind))
    .filter((entity) => tagText(before.entities.get(entityKey(entity.kind, entity.name))) !== tagText(entity))
    .map((entity) => ({ of: entityWords(entity), change: tagsDecide }));
}

const tagsDecide: AccessChange = {
  change: "unknown",
  construct: "policies that ask for tags, and tags that change",
};

const tagText = (entity: Entity | undefined): string => JSON.stringify(entity === undefined ? [] : [...tagsOf(entity)]);

/** Whether any document asks for tags of a principal, of a resource of IAM or of a bucket. */
function tagsMatter({ before, after, foreign }: Judged): boolean {
  const texts = [
    ...[before, after].flatMap(({ entities }) => [...entities.values()].map(entityText)),
    ...foreign.values(),
  ];
  return texts.some((text) => /(principal|resource|bucket)tag\//i.test(text));
}

interface NamedLayers {
  readonly layers: Layers;
  /** All documents, to see whether any is another. */
  readonly text: string;
}

/** `entity` undefined: a user or role that is not there, which has no rights. */
export function layersOf(
  configuration: Configuration,
  entity: Entity | undefined,
  foreign: ForeignPolicies,
): NamedLayers {
  const sources = entity === undefined ? [] : [entity, ...groupsOf(configuration, entity)];
  const managed = managedTexts(configuration, foreign);
  const read = (arn: string): string => managed.get(arn) ?? "";
  const identity = sources.flatMap((source) => [
    ...[...inlineOf(source)].map(([name, text]) => [`${name} of ${entityWords(source)}`, text] as const),
    ...textsOf(source, "AttachedManagedPolicies").map((arn) => [arn, read(arn)] as const),
  ]);
  const boundary = entity === undefined ? "" : textOf(entity, "PermissionsBoundary");
  return {
    layers: {
      guardrails: [],
      identity: identity.map(([name, text]) => namedProgram(name, text, "identity")),
      boundary: boundary === "" ? "none" : namedProgram(boundary, read(boundary), "boundary"),
      sessions: [],
      resource: "none",
    },
    text: JSON.stringify([identity.map(([, text]) => text).toSorted(), boundary === "" ? "none" : read(boundary)]),
  };
}

function groupsOf(configuration: Configuration, { kind, name }: Entity): readonly Entity[] {
  return kind === "users"
    ? ofKind(configuration, "groups").filter((group) => textsOf(group, "Users").includes(name))
    : [];
}

function managedTexts(configuration: Configuration, foreign: ForeignPolicies): ReadonlyMap<string, string> {
  let texts = managedOf.get(configuration);
  if (texts === undefined) {
    const own = ofKind(configuration, "policies").map(
      (policy) => [arnOf(configuration, policy), documentOf(policy, "PolicyDocument")] as const,
    );
    managedOf.set(configuration, (texts = new Map([...foreign, ...own])));
  }
  return texts;
}

const managedOf = new WeakMap<Configuration, ReadonlyMap<string, string>>();

function documentVerdicts(
  judged: Judged,
  kind: "roles" | "buckets",
  member: string,
  use: PolicyKind,
): readonly Verdict[] {
  return namesOf(judged, kind).flatMap((name): readonly Verdict[] => {
    const key = entityKey(kind, name);
    const entities = [judged.before, judged.after].map((one) => one.entities.get(key));
    const [was, is] = entities.map((entity) => (entity === undefined ? "" : documentOf(entity, member)));
    const entity = entities.find((one) => one !== undefined);
    if (was === is || entity === undefined || was === undefined || is === undefined) return [];
    const of = `the ${kind === "roles" ? "trust policy" : "policy"} of ${entityWords(entity)}`;
    return [{ of, change: compareDocuments(was, is, use) }];
  });
}

const nothing = {
  trust: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:*"}]}',
  resource: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}',
};

/** A policy of a resource grants, and its denials also limit what callers have by policies of their own: both are compared. */
function compareDocuments(was: string, is: string, use: PolicyKind): AccessChange {
  const empty = use === "trust" ? nothing.trust : nothing.resource;
  const [old, now] = [was || empty, is || empty].map((text) => parsePolicy(text, use).policy);
  if (old === undefined || now === undefined) return { change: "unknown", construct: "a document that is no policy" };
  const granted = changeOf(old, now);
  if (use === "trust" || granted.change === "wider") return granted;
  const [oldDenies, nowDenies] = [was === "" ? undefined : old, is === "" ? undefined : now].map(denials);
  const denied = changeOf(oldDenies ?? denials(undefined), nowDenies ?? denials(undefined));
  if (denied.change === "wider" || denied.change === "unknown") return denied;
  return granted.change === "same" ? denied : granted;
}

function changeOf(old: Policy, now: Policy): AccessChange {
  const { relation, inside } = comparePolicies(now, old);
  if (inside.answer === "no") return { change: "wider", witness: inside.differences[0].witness };
  if (inside.answer === "unknown") return { change: "unknown", construct: inside.construct };
  return { change: relation === "equivalent" ? "same" : "narrower" };
}

/** Everything but what the policy denies. */
function denials(policy: Policy | undefined): Policy {
  const all = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';
  const open = parsePolicy(all, "resource").policy;
  if (open === undefined) throw new Error(`${all} is not a policy`);
  const denied = policy?.statements.filter(({ effect }) => effect === "Deny") ?? [];
  return { ...open, statements: [...open.statements, ...denied] };
}
