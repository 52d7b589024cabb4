/** What entities name: each has to be in the directory or in the service, else the run would stop in its middle. */
import { parseArn, parsePolicy, type PolicyKind } from "@s3-credentials/policy";
import { type Configuration, documentOf, type Entity, entityKey, ofKind, textOf, textsOf } from "./configuration.ts";
import type { Kind } from "./layout.ts";

/** Undefined for kinds without one. */
export function arnOf({ account, partition }: Pick<Configuration, "account" | "partition">, entity: Entity): string {
  const words: Partial<Readonly<Record<Kind, string>>> = {
    users: "user",
    groups: "group",
    roles: "role",
    policies: "policy",
  };
  return `arn:${partition}:iam::${account}:${words[entity.kind] ?? entity.kind}${textOf(entity, "Path")}${entity.name}`;
}

export interface Reference {
  readonly entity: Entity;
  readonly member: string;
  readonly message: string;
}

/** `present`: all that is there when the changes are made. `buckets`: their names. */
export function danglingReferences(
  wanted: readonly Entity[],
  present: Configuration,
  buckets: ReadonlySet<string>,
): readonly Reference[] {
  const arns = new Set(
    (["users", "roles", "policies"] as const).flatMap((kind) =>
      ofKind(present, kind).map((entity) => arnOf(present, entity)),
    ),
  );
  const isMissing = (arn: string): boolean => isOwn(arn, present) && !arns.has(arn);
  return wanted.flatMap((entity) => {
    const dangling = (member: string, message: string): Reference => ({ entity, member, message });
    const policies = [...textsOf(entity, "AttachedManagedPolicies"), textOf(entity, "PermissionsBoundary")];
    const documents = principalMembers[entity.kind];
    return [
      ...policies
        .filter(isMissing)
        .map((arn) => dangling(attachedMember(entity, arn), `there is no policy ${arn}, here or in the account`)),
      ...textsOf(entity, "Users")
        .filter((user) => !present.entities.has(entityKey("users", user)))
        .map((user) => dangling("Users", `there is no user ${user}, here or in the account`)),
      ...(documents === undefined ? [] : namedPrincipals(documentOf(entity, documents.member), documents.kind))
        .filter(isMissing)
        .map((arn) => dangling(documents?.member ?? "", `there is no ${arn}, here or in the account`)),
      ...(entity.kind === "buckets" && !buckets.has(entity.name)
        ? [dangling("Bucket", `the account has no bucket ${entity.name}; make it first, or delete this file`)]
        : []),
    ];
  });
}

const principalMembers: Partial<Readonly<Record<Kind, { readonly member: string; readonly kind: PolicyKind }>>> = {
  roles: { member: "AssumeRolePolicyDocument", kind: "trust" },
  buckets: { member: "Policy", kind: "resource" },
};

function attachedMember(entity: Entity, arn: string): string {
  return textOf(entity, "PermissionsBoundary") === arn ? "PermissionsBoundary" : "AttachedManagedPolicies";
}

/** Of this account's users, roles and policies. */
function isOwn(arn: string, { account }: Configuration): boolean {
  const parsed = parseArn(arn);
  return parsed?.service === "iam" && parsed.account === account && /^(user|role|policy)\//.test(parsed.resource);
}

/** ARNs of the users and roles that a document names as its principals. */
export function namedPrincipals(document: string, kind: PolicyKind): readonly string[] {
  const { policy } = parsePolicy(document, kind);
  const entries = policy?.statements.flatMap(({ principal }) => principal?.entries ?? []) ?? [];
  return entries.flatMap((entry) => (entry.kind === "user" || entry.kind === "role" ? [entry.arn] : []));
}
