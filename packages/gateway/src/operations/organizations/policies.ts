import { foreignPartition, namesService, needlessArnField, parsePolicy } from "@s3-credentials/policy";
import type {
  OrganizationOutcome,
  OrganizationPolicy,
  OrganizationPolicyType,
  OrganizationRecord,
} from "../../ports/organization-store.ts";
import { jsonOptional } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import { needlessText } from "../iam/policy-documents.ts";
import { isRefusal, type Refusal, refuse, type ResolvedResource } from "../operation.ts";
import { accountResource } from "./accounts.ts";
import { policyArn } from "./arns.ts";
import { defineOrganizations, type OrganizationsContext, type OrganizationsTarget } from "./define-organizations.ts";
import * as fields from "./fields.ts";
import { organizationsRefusal } from "./refusals.ts";
import { rootResource } from "./structure.ts";

/** Characters. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
const maxSize = 5120;

const kinds = { SERVICE_CONTROL_POLICY: "guardrail", RESOURCE_CONTROL_POLICY: "resource-guardrail" } as const;

/** Every character counts: "if you save the policy by using the AWS CLI or an API, then the white space is kept". */
function checkContent(content: string, type: OrganizationPolicyType): Refusal | undefined {
  if (content.length > maxSize) {
    const details = { Reason: "POLICY_CONTENT_LIMIT_EXCEEDED" };
    const message = `You attempted to exceed the maximum size of a policy document: ${maxSize} characters.`;
    return refuse("ConstraintViolationException", message, { details });
  }
  const { policy, diagnostics } = parsePolicy(content, kinds[type]);
  // "Every SCP must include a Version element with the value "2012-10-17"."
  if (policy !== undefined && (policy.version !== "2012-10-17" || !policy.explicitVersion))
    return refuse("MalformedPolicyDocumentException", "A policy of an organization needs the Version 2012-10-17.");
  const foreign = policy === undefined ? undefined : foreignPartition(policy, "aws");
  const [problem] = diagnostics;
  if (foreign !== undefined)
    return refuse(
      "MalformedPolicyDocumentException",
      `Partition "${foreign.written}" is not valid for resource "${foreign.resource}".`,
    );
  const needless = policy === undefined ? undefined : needlessArnField(policy);
  if (needless !== undefined) return refuse("MalformedPolicyDocumentException", needlessText(needless));
  const open =
    type === "RESOURCE_CONTROL_POLICY"
      ? policy?.statements.flatMap(({ action }) => action.patterns).find((pattern) => !namesService(pattern))
      : undefined;
  if (open !== undefined)
    return refuse(
      "MalformedPolicyDocumentException",
      `The action "${open.text}" names no service, as each action of a resource control policy has to, such as "s3:*".`,
    );
  if (problem === undefined) return undefined;
  const where = problem.pointer === "" ? "" : ` (at ${problem.pointer})`;
  const help = problem.help === undefined ? "" : `; ${problem.help}`;
  return refuse(
    "MalformedPolicyDocumentException",
    `The provided policy document does not meet the requirements of the specified policy type: ${problem.message}${where}${help}.`,
  );
}

function summary(organization: OrganizationRecord, policy: OrganizationPolicy): JsonResult {
  const { id, type, name, description, awsManaged } = policy;
  return {
    Id: id,
    Arn: policyArn(organization, policy),
    Name: name,
    Description: description,
    Type: type,
    AwsManaged: awsManaged,
  };
}

function whole(organization: OrganizationRecord, policy: OrganizationPolicy): JsonResult {
  return { Policy: { PolicySummary: summary(organization, policy), Content: policy.document } };
}

/** A policy as authorization sees it. One that is missing has the ARN that a service control policy would have. */
async function policyTarget({ ports, organization }: OrganizationsContext, id: string): Promise<OrganizationsTarget> {
  const found = await ports.organization.findPolicy(id);
  const policy = found ?? { id, type: "SERVICE_CONTROL_POLICY", awsManaged: false };
  const resource: ResolvedResource = {
    arn: policyArn(organization, policy),
    accountId: organization.managementAccountId,
  };
  return {
    resources: policy.awsManaged
      ? { policy: "not-asked", awspolicy: resource }
      : { policy: resource, awspolicy: "not-asked" },
    context: { "organizations:PolicyType": policy.type },
  };
}

/** For what nobody may do to AWS's policies: those too are asked for by their ARN. */
async function ownPolicyTarget(context: OrganizationsContext, id: string): Promise<OrganizationsTarget> {
  const { resources, ...rest } = await policyTarget(context, id);
  const asked = resources?.policy === "not-asked" ? resources.awspolicy : resources?.policy;
  return { ...rest, resources: asked === undefined ? {} : { policy: asked } };
}

/** What a policy is attached to, or read of. */
function targetResources(
  context: OrganizationsContext,
  targetId: string,
): NonNullable<OrganizationsTarget["resources"]> {
  return targetId.startsWith("r-")
    ? { root: rootResource(context), account: "not-asked" }
    : { root: "not-asked", account: accountResource(context, targetId) };
}

const policyKeys = ["organizations:PolicyType"] as const;

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html */
export const createPolicy = defineOrganizations({
  name: "CreatePolicy",
  fields: {
    Content: fields.policyContent,
    Description: fields.policyDescription,
    Name: fields.policyName,
    Type: fields.policyType,
  },
  conditionKeys: policyKeys,
  target: async ({ Type }) => ({ context: { "organizations:PolicyType": Type } }),
  async run(grant, { Content, Description, Name, Type }, { ports, organization }) {
    const type = fields.accessType(Type);
    if (isRefusal(type)) return type;
    const unfit = checkContent(Content, type);
    if (unfit !== undefined) return unfit;
    const id = `p-${ports.ids.bucketId().slice(0, 12)}`;
    const policy = { id, type, name: Name, description: Description, document: Content };
    const outcome = await ports.organization.createPolicy(grant, policy);
    if (outcome.kind !== "done") return organizationsRefusal(outcome);
    return whole(organization, { ...policy, awsManaged: false });
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdatePolicy.html */
export const updatePolicy = defineOrganizations({
  name: "UpdatePolicy",
  resources: ["policy"],
  fields: {
    PolicyId: fields.policyId,
    Name: jsonOptional(fields.policyName),
    Description: jsonOptional(fields.policyDescription),
    Content: jsonOptional(fields.policyContent),
  },
  conditionKeys: policyKeys,
  target: ({ PolicyId }, context) => ownPolicyTarget(context, PolicyId),
  async run(grant, { PolicyId, Name, Description, Content }, { ports, organization }) {
    const policy = await ports.organization.findPolicy(PolicyId);
    if (policy === undefined) return refuse("PolicyNotFoundException");
    const unfit = Content === undefined ? undefined : checkContent(Content, policy.type);
    if (unfit !== undefined) return unfit;
    const outcome = await ports.organization.changePolicy(grant, PolicyId, {
      ...(Name === undefined ? {} : { name: Name }),
      ...(Description === undefined ? {} : { description: Description }),
      ...(Content === undefined ? {} : { document: Content }),
    });
    if (outcome.kind !== "done") return organizationsRefusal(outcome);
    const changed = await ports.organization.findPolicy(PolicyId);
    return changed === undefined ? refuse("PolicyNotFoundException") : whole(organization, changed);
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribePolicy.html */
export const describePolicy = defineOrganizations({
  name: "DescribePolicy",
  resources: ["policy", "awspolicy"],
  fields: { PolicyId: fields.policyId },
  conditionKeys: policyKeys,
  target: ({ PolicyId }, context) => policyTarget(context, PolicyId),
  async run(_grant, { PolicyId }, { ports, organization }) {
    const policy = await ports.organization.findPolicy(PolicyId);
    return policy === undefined ? refuse("PolicyNotFoundException") : whole(organization, policy);
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeletePolicy.html */
export const deletePolicy = defineOrganizations({
  name: "DeletePolicy",
  resources: ["policy"],
  fields: { PolicyId: fields.policyId },
  conditionKeys: policyKeys,
  target: ({ PolicyId }, context) => ownPolicyTarget(context, PolicyId),
  run: async (grant, { PolicyId }, { ports }) => answer(await ports.organization.deletePolicy(grant, PolicyId)),
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPolicies.html */
export const listPolicies = defineOrganizations({
  name: "ListPolicies",
  fields: { Filter: fields.policyType, ...fields.pageFields },
  conditionKeys: policyKeys,
  target: async ({ Filter }) => ({ context: { "organizations:PolicyType": Filter } }),
  async run(grant, { Filter, ...values }, { ports, organization }) {
    const type = fields.accessType(Filter);
    if (isRefusal(type)) return { Policies: [] }; // there can be none of that type
    const page = await ports.organization.listPolicies(grant, type, fields.placeQuery(values));
    return { Policies: page.items.map((policy) => summary(organization, policy)), NextToken: fields.tokenOf(page) };
  },
});

function attachment(name: "AttachPolicy" | "DetachPolicy") {
  return defineOrganizations({
    name,
    resources: ["policy", "awspolicy", "account", "root"],
    fields: { PolicyId: fields.policyId, TargetId: fields.targetId },
    conditionKeys: policyKeys,
    async target({ PolicyId, TargetId }, context) {
      const policy = await policyTarget(context, PolicyId);
      return { ...policy, resources: { ...policy.resources, ...targetResources(context, TargetId) } };
    },
    async run(grant, { PolicyId, TargetId }, { ports: { organization } }) {
      return answer(
        name === "AttachPolicy"
          ? await organization.attachPolicy(grant, PolicyId, TargetId)
          : await organization.detachPolicy(grant, PolicyId, TargetId),
      );
    },
  });
}

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html */
export const attachPolicy = attachment("AttachPolicy");
/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DetachPolicy.html */
export const detachPolicy = attachment("DetachPolicy");

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html */
export const listPoliciesForTarget = defineOrganizations({
  name: "ListPoliciesForTarget",
  resources: ["account", "root"],
  fields: { TargetId: fields.targetId, Filter: fields.policyType, ...fields.pageFields },
  conditionKeys: policyKeys,
  target: async ({ TargetId, Filter }, context) => ({
    resources: targetResources(context, TargetId),
    context: { "organizations:PolicyType": Filter },
  }),
  async run(grant, { TargetId, Filter, NextToken, MaxResults }, { ports, organization }) {
    const type = fields.accessType(Filter);
    const asked = isRefusal(type) ? "SERVICE_CONTROL_POLICY" : type;
    const found = await ports.organization.listPoliciesForTarget(grant, TargetId, asked);
    if (found === undefined) return refuse("TargetNotFoundException");
    const rest = isRefusal(type) ? [] : found.filter(({ id }) => id > (NextToken ?? ""));
    const page = rest.slice(0, MaxResults);
    const next = rest.length > MaxResults ? page.at(-1)?.id : undefined;
    return { Policies: page.map((policy) => summary(organization, policy)), NextToken: fields.tokenOf({ next }) };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTargetsForPolicy.html */
export const listTargetsForPolicy = defineOrganizations({
  name: "ListTargetsForPolicy",
  resources: ["policy", "awspolicy"],
  fields: { PolicyId: fields.policyId, ...fields.pageFields },
  conditionKeys: policyKeys,
  target: ({ PolicyId }, context) => policyTarget(context, PolicyId),
  async run(grant, { PolicyId, ...values }, context) {
    const { organization: store } = context.ports;
    if ((await store.findPolicy(PolicyId)) === undefined) return refuse("PolicyNotFoundException");
    const page = await store.listTargets(grant, PolicyId, fields.placeQuery(values));
    const Targets = await Promise.all(page.items.map((id) => targetMembers(context, id)));
    return { Targets, NextToken: fields.tokenOf(page) };
  },
});

async function targetMembers(context: OrganizationsContext, id: string): Promise<JsonResult> {
  if (id === context.organization.rootId)
    return { TargetId: id, Arn: rootResource(context).arn, Name: "Root", Type: "ROOT" };
  const account = await context.ports.organization.findAccount(id);
  return { TargetId: id, Arn: accountResource(context, id).arn, Name: account?.name, Type: "ACCOUNT" };
}

/**
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html: nothing here has tags, and
 * Terraform asks before it goes on.
 */
export const listTagsForResource = defineOrganizations({
  name: "ListTagsForResource",
  resources: ["account", "policy", "root"],
  fields: { ResourceId: fields.taggedId, NextToken: fields.pageFields.NextToken },
  target: ({ ResourceId }, context) => taggedTarget(context, ResourceId),
  async run(_grant, { ResourceId }, { ports, organization }) {
    const { organization: store } = ports;
    const found =
      ResourceId === organization.rootId ||
      (ResourceId.startsWith("p-") ? await store.findPolicy(ResourceId) : await store.findAccount(ResourceId));
    return found === undefined ? refuse("TargetNotFoundException") : { Tags: [] };
  },
});

async function taggedTarget(context: OrganizationsContext, id: string): Promise<OrganizationsTarget> {
  if (!id.startsWith("p-")) return { resources: { policy: "not-asked", ...targetResources(context, id) } };
  const { resources } = await ownPolicyTarget(context, id);
  return { resources: { ...resources, account: "not-asked", root: "not-asked" } };
}

function policyTypeSwitch(name: "EnablePolicyType" | "DisablePolicyType") {
  return defineOrganizations({
    name,
    resources: ["root"],
    fields: { RootId: fields.rootId, PolicyType: fields.policyType },
    conditionKeys: policyKeys,
    target: async ({ PolicyType }, context) => ({
      resources: { root: rootResource(context) },
      context: { "organizations:PolicyType": PolicyType },
    }),
    async run(grant, { RootId, PolicyType }, context) {
      const { ports, organization } = context;
      if (RootId !== organization.rootId) return refuse("RootNotFoundException");
      const type = fields.accessType(PolicyType);
      if (isRefusal(type)) return type;
      const outcome = await ports.organization.setPolicyType(grant, type, name === "EnablePolicyType");
      if (outcome.kind !== "done") return organizationsRefusal(outcome);
      const { enabledTypes } = await ports.organization.findOrganization();
      const PolicyTypes = enabledTypes.map((Type) => ({ Type, Status: "ENABLED" }));
      return { Root: { Id: RootId, Arn: rootResource(context).arn, Name: "Root", PolicyTypes } };
    },
  });
}

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnablePolicyType.html */
export const enablePolicyType = policyTypeSwitch("EnablePolicyType");
/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisablePolicyType.html */
export const disablePolicyType = policyTypeSwitch("DisablePolicyType");

function answer(outcome: OrganizationOutcome): Refusal | undefined {
  return outcome.kind === "done" ? undefined : organizationsRefusal(outcome);
}
