import type { Problem } from "./read-directory.ts";
import type { Change } from "./change.ts";
import {
  type Configuration,
  documentOf,
  type Entity,
  entityKey,
  entityWords,
  ofKind,
  textOf,
} from "./configuration.ts";
import { fileNames } from "./file-name.ts";
import { bucketChanges, deliveryChanges } from "./plan-buckets.ts";
import type { IdentityKind } from "./identity-calls.ts";
import { isOfOrganization, kinds, rowOf } from "./layout.ts";
import {
  boundaryChanges,
  makeIdentity,
  memberChanges,
  rightsChanges,
  roleChanges,
  tagChanges,
} from "./plan-identities.ts";
import {
  controlPolicyChanges,
  makeAccount,
  policyTypeChanges,
  removeControlPolicy,
  targetsOf,
} from "./plan-organization.ts";
import { accountChanges, makePolicy, policyChanges, type PolicyVersions } from "./plan-policies.ts";
import { arnOf, namedPrincipals } from "./references.ts";

/** Two states of an account, both under the account's own number. */
export interface Difference {
  readonly before: Configuration;
  readonly after: Configuration;
  /** By ARN, of the policies whose documents change. */
  readonly versions: ReadonlyMap<string, PolicyVersions>;
  readonly prune: boolean;
}

const identityKinds: readonly IdentityKind[] = ["users", "groups", "roles"];

/** In an order in which each change finds what it needs: what is named before what names it, and what only takes away last. */
export function planChanges(difference: Difference): readonly Change[] {
  const { before, after, versions, prune } = difference;
  const was = ({ kind, name }: Entity) => before.entities.get(entityKey(kind, name));
  const identities = planIdentities(difference);
  const control = planControl(difference);
  const policies = ofKind(after, "policies").flatMap((policy) => {
    const old = was(policy);
    const arn = arnOf(after, policy);
    if (old === undefined) return [makePolicy(policy, arn)];
    const known = versions.get(arn) ?? { ids: [], current: "" };
    return [...policyChanges(old, policy, arn, known), ...tagChanges("policies", arn, old, policy)];
  });
  return [
    ...accountChanges(before.entities.get("account/"), after.entities.get("account/"), prune),
    ...control.made,
    ...policies,
    ...identities.made,
    ...identities.added,
    ...control.attached,
    ...ofKind(after, "buckets").flatMap((bucket) => bucketChanges(bucket.name, was(bucket), bucket)),
    ...ofKind(after, "buckets").flatMap((bucket) => deliveryChanges(bucket.name, was(bucket), bucket)),
    ...identities.taken,
    ...control.detached,
    ...(prune
      ? goneOf(difference, "buckets").flatMap((bucket) => [
          ...deliveryChanges(bucket.name, bucket),
          ...bucketChanges(bucket.name, bucket),
        ])
      : []),
  ];
}

/** Entities that the directory does not have. */
export function goneOf(
  { before, after }: Pick<Difference, "before" | "after">,
  kind: Entity["kind"],
): readonly Entity[] {
  return ofKind(before, kind).filter(({ name }) => !after.entities.has(entityKey(kind, name)));
}

export function prunedControlPolicies(difference: Difference): readonly Change[] {
  return controlKinds
    .flatMap((kind) => goneOf(difference, kind))
    .filter(({ members }) => members.get("AwsManaged") !== true)
    .flatMap(removeControlPolicy);
}

function planIdentities({ before, after }: Difference) {
  const made: Change[] = [];
  const trust: Change[] = [];
  const added: Change[] = [];
  const taken: Change[] = [];
  const roleArns = new Set(ofKind(after, "roles").map((role) => arnOf(after, role)));
  const known = new Set(ofKind(before, "roles").map((role) => arnOf(before, role)));
  for (const kind of identityKinds)
    for (const entity of ofKind(after, kind)) {
      let old = before.entities.get(entityKey(kind, entity.name));
      if (old === undefined) {
        const named = namedPrincipals(documentOf(entity, "AssumeRolePolicyDocument"), "trust");
        const later = named.some((arn) => roleArns.has(arn) && !known.has(arn));
        const { change, bare } = makeIdentity(kind, entity, later);
        made.push(change);
        known.add(arnOf(after, entity));
        old = bare;
      }
      if (kind === "roles") trust.push(...roleChanges(old, entity));
      if (kind !== "groups") {
        trust.push(...tagChanges(kind, entity.name, old, entity), ...boundaryChanges(kind, old, entity));
      }
      const members = kind === "groups" ? memberChanges(old, entity) : { added: [], taken: [] };
      const rights = rightsChanges(kind, old, entity);
      added.push(...rights.added, ...members.added);
      taken.push(...members.taken, ...rights.taken);
    }
  return { made: [...made, ...trust], added, taken };
}

const controlKinds = ["service-control-policies", "resource-control-policies"] as const;

function planControl({ before, after }: Difference) {
  const of = (configuration: Configuration) => configuration.entities.get("organization/");
  const newAccounts = ofKind(after, "accounts").filter(({ name }) => !before.entities.has(entityKey("accounts", name)));
  const policies = controlKinds.flatMap((kind) =>
    ofKind(after, kind).map((policy) => {
      const old = before.entities.get(entityKey(kind, policy.name));
      return controlPolicyChanges(old === undefined ? undefined : withNewAccounts(old, newAccounts), policy);
    }),
  );
  return {
    made: [
      ...policyTypeChanges(of(before), of(after)),
      ...newAccounts.map(makeAccount),
      ...policies.flatMap(({ made }) => made),
    ],
    attached: policies.flatMap(({ attached }) => attached),
    detached: policies.flatMap(({ detached }) => detached),
  };
}

/** AWS attaches its own policy to every account that is made. */
function withNewAccounts(policy: Entity, accounts: readonly Entity[]): Entity {
  if (policy.members.get("AwsManaged") !== true || accounts.length === 0) return policy;
  const targets = [...new Set([...targetsOf(policy), ...accounts.map(({ name }) => name)])];
  const value = targets.map(
    (name) =>
      new Map(
        name.includes("@")
          ? [
              ["Type", "ACCOUNT"],
              ["Email", name],
            ]
          : [["Type", name]],
      ),
  );
  return { ...policy, members: new Map([...policy.members, ["Targets", value]]) };
}

/** What no call of the services can do. */
export function impossibleChanges({ before, after }: Pick<Difference, "before" | "after">): readonly Problem[] {
  return kinds.flatMap((kind) => {
    const entities = ofKind(after, kind);
    const files = fileNames(
      kind,
      entities.map(({ name }) => name),
    );
    return entities.flatMap((entity) => {
      const old = before.entities.get(entityKey(kind, entity.name));
      const file = files.get(entity.name) ?? "";
      if (old === undefined)
        return entity.members.get("AwsManaged") === true
          ? [{ file, pointer: "/Name", message: `the organization has no policy ${entity.name} of AWS's own` }]
          : [];
      const fixed = Object.entries(rowOf(kind).members).filter(([, row]) => row.fixed === true);
      return fixed
        .filter(([name]) => textOf(old, name) !== textOf(entity, name))
        .map(([name]) => ({
          file,
          pointer: `/${name}`,
          message: `${entityWords(entity)} has ${JSON.stringify(textOf(old, name))}, which cannot be changed: delete it first, or write that here`,
        }));
    });
  });
}

/** For an account that has no organization to administer. */
export function withoutOrganization(configuration: Configuration): Configuration {
  return {
    ...configuration,
    entities: new Map([...configuration.entities].filter(([, { kind }]) => !isOfOrganization(kind))),
  };
}
