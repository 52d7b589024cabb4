import type { RoleRecord } from "../../ports/identity-records.ts";
import type { XmlNode } from "@s3-credentials/protocol";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { optional, tags, withDefault } from "../query/fields.ts";
import { requestTagKeys } from "../query/tag-keys.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf, boundedTarget, describe, newIdentityTarget, requireRole } from "./identities.ts";
import {
  maxSessionDuration,
  pageFields,
  path,
  pathPrefix,
  policyArn,
  policyDocument,
  roleDescription,
  roleName,
} from "./iam-fields.ts";
import { checkDocument, policyQuotas } from "./policy-documents.ts";
import { pageElements, roleElement, roleLastUsed } from "./shapes.ts";
import { iamRefusal, notFound } from "./store-refusals.ts";

const defaultSessionDuration = withDefault(maxSessionDuration, 3600);

/** The trust policy to store: checked, its principals bound; one that does not exist is refused, as at AWS. */
async function boundTrust(document: string, { ports, time }: OperationContext): Promise<string | Refusal> {
  const fault = checkDocument(
    document,
    "trust",
    policyQuotas.trust,
    `Cannot exceed quota for ACLSizePerRole: ${policyQuotas.trust}`,
  );
  if (fault !== undefined) return fault;
  const bound = await ports.principals.bindings.bind(document, time.turn);
  return bound.kind === "bound"
    ? bound.policy
    : refuse("MalformedPolicyDocument", `Invalid principal in policy: "AWS":"${bound.principal}"`);
}

async function printed(
  name: string,
  role: RoleRecord,
  whole: boolean,
  { ports, time }: OperationContext,
  more: readonly XmlNode[] = [],
) {
  return roleElement(name, role, await ports.principals.bindings.unbind(role.trust, time.turn), whole, more);
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
export const createRole = defineIam({
  name: "CreateRole",
  resource: "role",
  fields: {
    RoleName: roleName,
    Path: path,
    AssumeRolePolicyDocument: policyDocument,
    Description: optional(roleDescription),
    MaxSessionDuration: defaultSessionDuration,
    PermissionsBoundary: optional(policyArn),
    Tags: tags,
  },
  conditionKeys: ["iam:PermissionsBoundary", "aws:RequestTag/", "aws:TagKeys"],
  target: async ({ RoleName, Path, PermissionsBoundary, Tags }, context) => ({
    resource: newIdentityTarget(context, "role", Path, RoleName),
    context: {
      ...requestTagKeys(Tags),
      ...(PermissionsBoundary === undefined ? {} : { "iam:PermissionsBoundary": PermissionsBoundary }),
    },
  }),
  async run(grant, values, context) {
    const trust = await boundTrust(values.AssumeRolePolicyDocument, context);
    if (isRefusal(trust)) return trust;
    const { ports, now } = context;
    const accountId = accountOf(context);
    const role = { description: values.Description, trust, maxSessionSeconds: values.MaxSessionDuration };
    const fields = {
      accountId,
      id: ports.ids.uniqueId("AROA"),
      name: values.RoleName,
      path: values.Path,
      createdAt: now,
      boundary: values.PermissionsBoundary,
      tags: values.Tags,
    };
    const created = await ports.identity.createPrincipal(grant, { ...fields, role });
    if (created.kind === "missing") return notFound(`Scope ARN ${values.PermissionsBoundary ?? ""}`);
    if (created.kind !== "done") return iamRefusal(created, describe("role", values.RoleName));
    const record: RoleRecord = {
      kind: "role",
      ...fields,
      ...role,
      arn: `arn:aws:iam::${accountId}:role${values.Path}${values.RoleName}`,
    };
    return [await printed("Role", record, true, context)];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
export const getRole = defineIam({
  name: "GetRole",
  resource: "role",
  fields: { RoleName: roleName },
  conditionKeys: ["iam:PermissionsBoundary"],
  target: async ({ RoleName }, context) => boundedTarget(context, "role", RoleName),
  async run(_grant, { RoleName }, context) {
    const role = await requireRole(context, RoleName);
    if (isRefusal(role)) return role;
    const lastUse = roleLastUsed(await context.ports.identity.lastUse(role.id));
    return [await printed("Role", role, true, context, [lastUse])];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html */
export const listRoles = defineIam({
  name: "ListRoles",
  resource: "role",
  ofPrefix: true,
  fields: { PathPrefix: pathPrefix, ...pageFields },
  target: async ({ PathPrefix }, context) => ({ resource: newIdentityTarget(context, "role", PathPrefix, "") }),
  async run(grant, { PathPrefix, Marker, MaxItems }, context) {
    const { items, next } = await context.ports.identity.listPrincipals(grant, "role", accountOf(context), {
      pathPrefix: PathPrefix,
      after: Marker,
      limit: MaxItems,
      turn: context.time.turn,
    });
    const members: XmlNode[] = [];
    for (const role of items) {
      await context.time.turn();
      if (role.kind === "role") members.push(await printed("member", role, false, context));
    }
    return pageElements("Roles", members, next);
  },
});

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html, also of the longest session: "If you do not specify a value for
 * this setting, the default value of one hour is applied."
 */
export const updateRole = defineIam({
  name: "UpdateRole",
  resource: "role",
  fields: {
    RoleName: roleName,
    Description: optional(roleDescription),
    MaxSessionDuration: defaultSessionDuration,
  },
  conditionKeys: ["iam:PermissionsBoundary"],
  target: async ({ RoleName }, context) => boundedTarget(context, "role", RoleName),
  async run(grant, { RoleName, Description, MaxSessionDuration }, context) {
    const role = await requireRole(context, RoleName);
    if (isRefusal(role)) return role;
    const change = {
      ...(Description === undefined ? {} : { description: Description }),
      maxSessionSeconds: MaxSessionDuration,
    };
    const changed = await context.ports.identity.changePrincipal(grant, role, change);
    return changed.kind === "done" ? [] : iamRefusal(changed, describe("role", RoleName));
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html: UpdateRole has replaced it. */
export const updateRoleDescription = defineIam({
  name: "UpdateRoleDescription",
  resource: "role",
  fields: { RoleName: roleName, Description: roleDescription },
  conditionKeys: ["iam:PermissionsBoundary"],
  target: async ({ RoleName }, context) => boundedTarget(context, "role", RoleName),
  async run(grant, { RoleName, Description }, context) {
    const role = await requireRole(context, RoleName);
    if (isRefusal(role)) return role;
    const changed = await context.ports.identity.changePrincipal(grant, role, { description: Description });
    if (changed.kind !== "done") return iamRefusal(changed, describe("role", RoleName));
    return [await printed("Role", { ...role, description: Description }, true, context)];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html */
export const updateAssumeRolePolicy = defineIam({
  name: "UpdateAssumeRolePolicy",
  resource: "role",
  fields: { RoleName: roleName, PolicyDocument: policyDocument },
  conditionKeys: ["iam:PermissionsBoundary"],
  target: async ({ RoleName }, context) => boundedTarget(context, "role", RoleName),
  async run(grant, { RoleName, PolicyDocument }, context) {
    const role = await requireRole(context, RoleName);
    if (isRefusal(role)) return role;
    const trust = await boundTrust(PolicyDocument, context);
    if (isRefusal(trust)) return trust;
    const changed = await context.ports.identity.changePrincipal(grant, role, { trust });
    return changed.kind === "done" ? undefined : iamRefusal(changed, describe("role", RoleName));
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html */
export const deleteRole = defineIam({
  name: "DeleteRole",
  resource: "role",
  fields: { RoleName: roleName },
  conditionKeys: ["iam:PermissionsBoundary"],
  target: async ({ RoleName }, context) => boundedTarget(context, "role", RoleName),
  async run(grant, { RoleName }, context) {
    const role = await requireRole(context, RoleName);
    if (isRefusal(role)) return role;
    const deleted = await context.ports.identity.deletePrincipal(grant, role);
    return deleted.kind === "done" ? undefined : iamRefusal(deleted, describe("role", RoleName));
  },
});
