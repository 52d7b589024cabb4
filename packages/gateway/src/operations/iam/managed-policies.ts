import type { ManagedPolicyRecord } from "../../ports/identity-records.ts";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { flag, oneOf, optional, tags, withDefault } from "../query/fields.ts";
import { requestTagKeys, resourceTagKeys } from "../query/tag-keys.ts";
import { defineIam, type IamTarget } from "./define-iam.ts";
import { accountOf } from "./identities.ts";
import {
  description,
  pageFields,
  placedPageFields,
  pathPrefix,
  policyArn,
  policyDocument,
  policyName,
  policyPath,
  policyVersionId,
} from "./iam-fields.ts";
import { checkDocument, policyQuotas } from "./policy-documents.ts";
import { pageElements, pageFrom, policyElement, versionElement } from "./shapes.ts";
import { iamRefusal, notFound } from "./store-refusals.ts";

/** A policy as authorization sees it, with the keys of its tags; AWS's own belong to everyone and have no tags. */
export async function policyTarget(
  { PolicyArn }: { readonly PolicyArn: string },
  context: OperationContext,
): Promise<IamTarget> {
  const policy = await context.ports.identity.findManagedPolicy(accountOf(context), PolicyArn);
  return {
    resource: { arn: PolicyArn, accountId: accountOf(context) },
    context: resourceTagKeys("policy", policy?.tags ?? new Map()),
  };
}

/** The policy, when the caller's account may see it. */
export async function requirePolicy(arn: string, context: OperationContext): Promise<ManagedPolicyRecord | Refusal> {
  const policy = await context.ports.identity.findManagedPolicy(accountOf(context), arn);
  return policy ?? refuse("NoSuchEntity", `Policy ${arn} was not found.`);
}

/** The same, to change it. */
export async function requireOwnPolicy(arn: string, context: OperationContext): Promise<ManagedPolicyRecord | Refusal> {
  return isAws(arn)
    ? refuse("AccessDenied", `${arn} belongs to AWS and cannot be changed.`)
    : requirePolicy(arn, context);
}

function isAws(arn: string): boolean {
  return arn.startsWith("arn:aws:iam::aws:policy/");
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
export const createPolicy = defineIam({
  name: "CreatePolicy",
  resource: "policy",
  fields: {
    PolicyName: policyName,
    Path: policyPath,
    PolicyDocument: policyDocument,
    Description: optional(description),
    Tags: tags,
  },
  conditionKeys: ["aws:RequestTag/", "aws:TagKeys"],
  target: async ({ PolicyName, Path, Tags }, context) => ({
    resource: { arn: `arn:aws:iam::${accountOf(context)}:policy${Path}${PolicyName}`, accountId: accountOf(context) },
    context: requestTagKeys(Tags),
  }),
  async run(grant, { PolicyName, Path, PolicyDocument, Description, Tags }, context) {
    const fault = checkDocument(PolicyDocument, "identity", policyQuotas.managed);
    if (fault !== undefined) return fault;
    const { ports, now } = context;
    const accountId = accountOf(context);
    const policy = {
      accountId,
      policyId: ports.ids.uniqueId("ANPA"),
      name: PolicyName,
      path: Path,
      description: Description,
      document: PolicyDocument,
      tags: Tags,
      createdAt: now,
    };
    const created = await ports.identity.createPolicy(grant, policy);
    if (created.kind !== "done") return iamRefusal(created, `A policy called ${PolicyName}`);
    const found = await ports.identity.findManagedPolicy(
      accountId,
      `arn:aws:iam::${accountId}:policy${Path}${PolicyName}`,
    );
    return found === undefined ? notFound(`The policy ${PolicyName}`) : [policyElement("Policy", found, "whole")];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
export const getPolicy = defineIam({
  name: "GetPolicy",
  resource: "policy",
  fields: { PolicyArn: policyArn },
  target: policyTarget,
  async run(_grant, { PolicyArn }, context) {
    const policy = await requirePolicy(PolicyArn, context);
    return isRefusal(policy) ? policy : [policyElement("Policy", policy, "whole")];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html */
export const listPolicies = defineIam({
  name: "ListPolicies",
  resource: "none",
  fields: {
    Scope: withDefault(oneOf("All", "AWS", "Local"), "All"),
    OnlyAttached: withDefault(flag, false),
    PathPrefix: pathPrefix,
    PolicyUsageFilter: optional(oneOf("PermissionsPolicy", "PermissionsBoundary")),
    ...pageFields,
  },
  target: async () => ({ resource: undefined }),
  async run(grant, { Scope, OnlyAttached, PathPrefix, PolicyUsageFilter, Marker, MaxItems }, context) {
    const query = {
      scope: Scope,
      onlyAttached: OnlyAttached,
      // Every managed policy can be attached as a permissions policy, so that usage leaves none out.
      onlyBoundaries: PolicyUsageFilter === "PermissionsBoundary",
      pathPrefix: PathPrefix,
      after: Marker,
      limit: MaxItems,
      turn: context.time.turn,
    };
    const { items, next } = await context.ports.identity.listPolicies(grant, accountOf(context), query);
    return pageElements(
      "Policies",
      items.map((policy) => policyElement("member", policy, "in a list")),
      next,
    );
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html */
export const deletePolicy = defineIam({
  name: "DeletePolicy",
  resource: "policy",
  fields: { PolicyArn: policyArn },
  target: policyTarget,
  async run(grant, { PolicyArn }, context) {
    const policy = await requireOwnPolicy(PolicyArn, context);
    if (isRefusal(policy)) return policy;
    const deleted = await context.ports.identity.deletePolicy(grant, accountOf(context), PolicyArn);
    if (deleted.kind === "conflict") return refuse("DeleteConflict", deleted.reason);
    return deleted.kind === "done" ? undefined : iamRefusal(deleted, `Policy ${PolicyArn}`);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html */
export const createPolicyVersion = defineIam({
  name: "CreatePolicyVersion",
  resource: "policy",
  fields: { PolicyArn: policyArn, PolicyDocument: policyDocument, SetAsDefault: withDefault(flag, false) },
  target: policyTarget,
  async run(grant, { PolicyArn, PolicyDocument, SetAsDefault }, context) {
    const fault = checkDocument(PolicyDocument, "identity", policyQuotas.managed);
    if (fault !== undefined) return fault;
    const policy = await requireOwnPolicy(PolicyArn, context);
    if (isRefusal(policy)) return policy;
    const { ports, now } = context;
    const accountId = accountOf(context);
    const created = await ports.identity.createPolicyVersion(
      grant,
      accountId,
      PolicyArn,
      PolicyDocument,
      SetAsDefault,
      now,
    );
    if (created.kind !== "created") return iamRefusal(created, `Policy ${PolicyArn}`);
    const version = { versionId: created.versionId, document: PolicyDocument, createdAt: now, isDefault: SetAsDefault };
    return [versionElement("PolicyVersion", version, false)];
  },
});

const versionFields = { PolicyArn: policyArn, VersionId: policyVersionId } as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html */
export const getPolicyVersion = defineIam({
  name: "GetPolicyVersion",
  resource: "policy",
  fields: versionFields,
  target: policyTarget,
  async run(grant, { PolicyArn, VersionId }, context) {
    const policy = await requirePolicy(PolicyArn, context);
    if (isRefusal(policy)) return policy;
    const versions = await context.ports.identity.listPolicyVersions(grant, accountOf(context), PolicyArn);
    const version = versions.find(({ versionId }) => versionId === VersionId);
    return version === undefined
      ? refuse("NoSuchEntity", `Policy ${PolicyArn} version ${VersionId} does not exist.`)
      : [versionElement("PolicyVersion", version, true)];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html */
export const listPolicyVersions = defineIam({
  name: "ListPolicyVersions",
  resource: "policy",
  fields: { PolicyArn: policyArn, ...placedPageFields },
  target: policyTarget,
  async run(grant, { PolicyArn, Marker, MaxItems }, context) {
    const policy = await requirePolicy(PolicyArn, context);
    if (isRefusal(policy)) return policy;
    const versions = await context.ports.identity.listPolicyVersions(grant, accountOf(context), PolicyArn);
    const { items, next } = pageFrom(versions, Marker, MaxItems);
    return pageElements(
      "Versions",
      items.map((version) => versionElement("member", version, false)),
      next,
    );
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html */
export const setDefaultPolicyVersion = defineIam({
  name: "SetDefaultPolicyVersion",
  resource: "policy",
  fields: versionFields,
  target: policyTarget,
  async run(grant, { PolicyArn, VersionId }, context) {
    const policy = await requireOwnPolicy(PolicyArn, context);
    if (isRefusal(policy)) return policy;
    const accountId = accountOf(context);
    const changed = await context.ports.identity.setDefaultPolicyVersion(grant, accountId, PolicyArn, VersionId);
    return changed.kind === "done"
      ? undefined
      : refuse("NoSuchEntity", `Policy ${PolicyArn} version ${VersionId} does not exist.`);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html */
export const deletePolicyVersion = defineIam({
  name: "DeletePolicyVersion",
  resource: "policy",
  fields: versionFields,
  target: policyTarget,
  async run(grant, { PolicyArn, VersionId }, context) {
    const policy = await requireOwnPolicy(PolicyArn, context);
    if (isRefusal(policy)) return policy;
    const accountId = accountOf(context);
    const deleted = await context.ports.identity.deletePolicyVersion(grant, accountId, PolicyArn, VersionId);
    if (deleted.kind === "conflict") return refuse("DeleteConflict", deleted.reason);
    return deleted.kind === "done"
      ? undefined
      : refuse("NoSuchEntity", `Policy ${PolicyArn} version ${VersionId} does not exist.`);
  },
});
