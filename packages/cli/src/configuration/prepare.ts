/** From a directory and a service to what would be done, or everything that is wrong. */
import type { ControlPolicies } from "@s3-credentials/policy";
import type { ServiceState, Place } from "./read-service.ts";
import { bucketNames, foreignPolicies, policyVersions } from "./read-service.ts";
import type { Change } from "./change.ts";
import {
  type Configuration,
  documentOf,
  type Entity,
  entitiesOf,
  entityKey,
  entityText,
  ofKind,
} from "./configuration.ts";
import { withSettingsKept } from "./earlier-export.ts";
import { fileNames } from "./file-name.ts";
import { isOfOrganization } from "./layout.ts";
import { lostWayBack } from "./keep-way-in.ts";
import { goneOf, impossibleChanges, planChanges, prunedControlPolicies } from "./plan-changes.ts";
import { impossibleSettings } from "./plan-buckets.ts";
import { targetsOf } from "./plan-organization.ts";
import type { Problem } from "./read-directory.ts";
import { arnOf, danglingReferences } from "./references.ts";
import type { Verdict } from "./verdict.ts";
import { judge } from "./verdicts.ts";

export interface Prepared {
  readonly before: Configuration;
  /** All that is there afterwards. */
  readonly after: Configuration;
  readonly changes: readonly Change[];
  /** Users, roles, groups and policies that go, and control policies; they come last. */
  readonly removed: readonly Entity[];
  readonly lastChanges: readonly Change[];
  readonly verdicts: readonly Verdict[];
}

export interface PrepareOptions {
  readonly prune: boolean;
  readonly controls: ControlPolicies;
}

export async function prepare(
  place: Place,
  state: ServiceState,
  read: Configuration,
  { prune, controls }: PrepareOptions,
): Promise<Prepared | { readonly problems: readonly Problem[] }> {
  const { services } = place;
  const before = state.configuration;
  const wanted = withSettingsKept(before, read, prune);
  const after = afterwards(before, wanted, prune);
  const difference = { before, after: prune ? after : wanted, prune, versions: new Map() };
  const foreign = await foreignPolicies(services, before, after);
  const problems = [
    ...impossibleChanges({ before, after: wanted }),
    ...impossibleSettings(before, wanted),
    ...wrongReferences(wanted, after, foreign, await bucketNames(services)),
    ...wrongOrganization(state, wanted),
  ];
  const known = new Map([...foreign].flatMap(([arn, text]) => (text === undefined ? [] : [[arn, text] as const])));
  const lost = lostWayBack(before, after, known, place.caller);
  if (lost !== undefined) problems.push({ file: "the whole", pointer: "", message: lost });
  if (problems.length > 0) return { problems };
  const changed = ofKind(after, "policies").filter((policy) => {
    const old = before.entities.get(entityKey("policies", policy.name));
    return old !== undefined && documentOf(old, "PolicyDocument") !== documentOf(policy, "PolicyDocument");
  });
  const versions = await policyVersions(
    services,
    changed.map((policy) => arnOf(after, policy)),
  );
  const removed = prune ? removedKinds.flatMap((kind) => goneOf({ before, after }, kind)) : [];
  return {
    before,
    after,
    changes: planChanges({ ...difference, after: wanted, versions }),
    removed,
    lastChanges: prune ? prunedControlPolicies({ ...difference, after: wanted }) : [],
    verdicts: judge({ before, after, foreign: known, guardrails: controls.service }),
  };
}

/** In the order in which they can go. */
const removedKinds = ["groups", "users", "roles", "policies"] as const;

/** With `prune`, what the directory does not have is gone; accounts, and what AWS made itself, stay. */
function afterwards(before: Configuration, wanted: Configuration, prune: boolean): Configuration {
  const stays = (entity: Entity): boolean =>
    !prune || entity.kind === "accounts" || entity.kind === "organization" || entity.members.get("AwsManaged") === true;
  const kept = [...before.entities.values()].filter(
    (entity) => stays(entity) && !wanted.entities.has(entityKey(entity.kind, entity.name)),
  );
  const merged = [...wanted.entities.values()].map((entity) => {
    const old = before.entities.get(entityKey(entity.kind, entity.name));
    // What the account's own file does not say is left as it is.
    return entity.kind === "account" && old !== undefined && !prune
      ? { ...entity, members: new Map([...old.members, ...entity.members]) }
      : entity;
  });
  return { ...before, entities: entitiesOf([...kept, ...merged]) };
}

function fileOf(configuration: Configuration, { kind, name }: Entity): string {
  const names = ofKind(configuration, kind).map((entity) => entity.name);
  return fileNames(kind, names).get(name) ?? "";
}

function wrongReferences(
  wanted: Configuration,
  present: Configuration,
  foreign: ReadonlyMap<string, string | undefined>,
  buckets: ReadonlySet<string>,
): Problem[] {
  const entities = [...wanted.entities.values()];
  const dangling = danglingReferences(entities, present, buckets).map(({ entity, member, message }) => ({
    file: fileOf(wanted, entity),
    pointer: `/${member}`,
    message,
  }));
  const missing = [...foreign].filter(([, text]) => text === undefined).map(([arn]) => arn);
  const strange = entities.flatMap((entity) =>
    missing
      .filter((arn) => entityText(entity).includes(JSON.stringify(arn)))
      .map((arn) => ({ file: fileOf(wanted, entity), pointer: "", message: `the service has no policy ${arn}` })),
  );
  return [...dangling, ...strange];
}

function wrongOrganization(state: ServiceState, wanted: Configuration): readonly Problem[] {
  const entities = [...wanted.entities.values()].filter(({ kind }) => isOfOrganization(kind));
  const [first] = entities;
  if (first === undefined) return [];
  if (state.organization === undefined)
    return [
      {
        file: "organization",
        pointer: "",
        message:
          "these credentials are not of the management account of an organization; use some that are, or --without-organization",
      },
    ];
  const accounts = new Set([
    "ROOT",
    "MANAGEMENT_ACCOUNT",
    ...state.organization.ids.keys(),
    ...ofKind(wanted, "accounts").map(({ name }) => name),
  ]);
  return entities.flatMap((entity) =>
    targetsOf(entity)
      .filter((target) => !accounts.has(target))
      .map((target) => ({
        file: fileOf(wanted, entity),
        pointer: "/Targets",
        message: `there is no account ${target}, here or in the organization`,
      })),
  );
}
