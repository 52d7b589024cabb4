import { element, type XmlNode } from "@s3-credentials/protocol";
import type { IdentityKind, PolicyEntity } from "../../ports/identity-store.ts";
import { isRefusal } from "../operation.ts";
import { oneOf, optional } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf } from "./identities.ts";
import { pageFields, pathPrefix, policyArn } from "./iam-fields.ts";
import { policyTarget, requirePolicy } from "./managed-policies.ts";
import { pageElements, pageOfNames } from "./shapes.ts";

const words = { group: "Group", user: "User", role: "Role" } as const satisfies Record<IdentityKind, string>;

function membersOf(kind: IdentityKind, page: readonly PolicyEntity[]): readonly XmlNode[] {
  return page
    .filter((entity) => entity.kind === kind)
    .map(({ name, id }) => element("member", [element(`${words[kind]}Name`, name), element(`${words[kind]}Id`, id)]));
}

/** The place of an entity in the list: the three kinds share one list, and names are unique without case within a kind. */
function placeOf({ kind, name }: PolicyEntity): string {
  return `${kind} ${name}`;
}

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
    const list = (usage: "attached" | "boundary") =>
      context.ports.identity.listPolicyEntities(grant, accountOf(context), policy.arn, usage);
    const all = [
      ...(PolicyUsageFilter === "PermissionsBoundary" ? [] : await list("attached")),
      ...(PolicyUsageFilter === "PermissionsPolicy" ? [] : await list("boundary")),
    ].filter(({ kind, path }) => (EntityFilter ?? words[kind]) === words[kind] && path.startsWith(PathPrefix));
    // An identity that has the policy both ways is listed once.
    const byPlace = new Map(all.map((entity) => [placeOf(entity), entity]));
    const places = [...byPlace.keys()].toSorted((left, right) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1));
    const { items, next } = pageOfNames(places, Marker, MaxItems);
    const page = items.flatMap((place) => byPlace.get(place) ?? []);
    return [
      element("PolicyGroups", membersOf("group", page)),
      element("PolicyUsers", membersOf("user", page)),
      ...pageElements("PolicyRoles", membersOf("role", page), next),
    ];
  },
});
