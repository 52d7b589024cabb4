import { element, type XmlNode } from "@s3-credentials/protocol";
import type { IdentityKind } from "../../ports/identity-records.ts";
import type { PolicyEntity } from "../../ports/identity-store.ts";
import { isRefusal } from "../operation.ts";
import { oneOf, optional } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf } from "./identities.ts";
import { pageFields, pathPrefix, policyArn } from "./iam-fields.ts";
import { policyTarget, requirePolicy } from "./managed-policies.ts";
import { pageElements } from "./shapes.ts";

const words = { group: "Group", user: "User", role: "Role" } as const satisfies Record<IdentityKind, string>;

function membersOf(kind: IdentityKind, page: readonly PolicyEntity[]): readonly XmlNode[] {
  return page
    .filter((entity) => entity.kind === kind)
    .toSorted((left, right) => (left.name.toLowerCase() < right.name.toLowerCase() ? -1 : 1))
    .map(({ name, id }) => element("member", [element(`${words[kind]}Name`, name), element(`${words[kind]}Id`, id)]));
}

const usages = { PermissionsPolicy: "attached", PermissionsBoundary: "boundary" } as const;

/** What the filter lets through; `none`: policies have no policies. */
const kinds = {
  User: "user",
  Role: "role",
  Group: "group",
  LocalManagedPolicy: "none",
  AWSManagedPolicy: "none",
} as const satisfies Record<string, IdentityKind | "none">;

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html: those it is attached to and those it
 * bounds, or one of the two. Groups have no boundary.
 */
export const listEntitiesForPolicy = defineIam({
  name: "ListEntitiesForPolicy",
  resource: "policy",
  fields: {
    PolicyArn: policyArn,
    EntityFilter: optional(oneOf("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")),
    PathPrefix: pathPrefix,
    PolicyUsageFilter: optional(oneOf("PermissionsPolicy", "PermissionsBoundary")),
    ...pageFields,
  },
  target: policyTarget,
  async run(grant, { PolicyArn, EntityFilter, PathPrefix, PolicyUsageFilter, Marker, MaxItems }, context) {
    const policy = await requirePolicy(PolicyArn, context);
    if (isRefusal(policy)) return policy;
    const kind = EntityFilter === undefined ? undefined : kinds[EntityFilter];
    const query = {
      usage: PolicyUsageFilter === undefined ? undefined : usages[PolicyUsageFilter],
      pathPrefix: PathPrefix,
      after: Marker,
      limit: MaxItems,
      turn: context.time.turn,
    };
    const { identity } = context.ports;
    const { items: page, next } =
      kind === "none"
        ? { items: [], next: undefined }
        : await identity.listPolicyEntities(grant, accountOf(context), policy.arn, { ...query, kind });
    return [
      element("PolicyGroups", membersOf("group", page)),
      element("PolicyUsers", membersOf("user", page)),
      ...pageElements("PolicyRoles", membersOf("role", page), next),
    ];
  },
});
