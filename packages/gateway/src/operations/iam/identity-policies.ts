import { element } from "@s3-credentials/protocol";
import type { QueryConditionKey } from "../demand.ts";
import type { IdentityKind } from "../../ports/identity-records.ts";
import { isRefusal, type OperationContext, type QueryOperation, refuse } from "../operation.ts";
import type { IamOperationName } from "../../ports/operation-name.ts";
import { defineIam } from "./define-iam.ts";
import { boundedTarget, describe, identityTarget, requireIdentity } from "./identities.ts";
import {
  existingUserName,
  groupName,
  pageFields,
  pathPrefix,
  policyArn,
  policyDocument,
  policyName,
  roleName,
  userName,
} from "./iam-fields.ts";
import { checkDocument, policyQuotas } from "./policy-documents.ts";
import { attachedPolicyElement, documentText, pageElements, pageOfNames } from "./shapes.ts";
import { iamRefusal, inlineTooLarge, notFound } from "./store-refusals.ts";

/** What is the same for users, roles and groups: inline and attached policies. Only the names differ. */
interface Kind {
  readonly kind: IdentityKind;
  /** `User`, `Role`, `Group`: in operation names and fields. */
  readonly word: "User" | "Role" | "Group";
  readonly quota: number;
  /** Of what the identity's boundary adds to a request: a group has none. */
  readonly boundaryKeys: readonly QueryConditionKey[];
}

/** Groups have no boundary. */
interface PrincipalsKind extends Kind {
  readonly word: "User" | "Role";
}

const boundaryKeys = ["iam:PermissionsBoundary"] as const;

export const ofUsers: PrincipalsKind = { kind: "user", word: "User", quota: policyQuotas.userInline, boundaryKeys };
export const ofRoles: PrincipalsKind = { kind: "role", word: "Role", quota: policyQuotas.roleInline, boundaryKeys };
export const ofGroups: Kind = { kind: "group", word: "Group", quota: policyQuotas.groupInline, boundaryKeys: [] };

interface Named {
  readonly UserName?: string;
  readonly RoleName?: string;
  readonly GroupName?: string;
}

/** `user`: the parameter for a user's name, which some operations let be longer than any name. */
function nameField({ word }: Kind, user = userName) {
  if (word === "Group") return { GroupName: groupName };
  return word === "User" ? { UserName: user } : { RoleName: roleName };
}

function nameOf({ UserName, RoleName, GroupName }: Named): string {
  return UserName ?? RoleName ?? GroupName ?? "";
}

type Values = Named & Readonly<Record<string, unknown>>;

/** For the operations that only look. */
function seenTarget({ kind }: Kind) {
  return (values: Values, context: OperationContext) => identityTarget(context, kind, nameOf(values));
}

/** For those that change what the identity may do: its boundary is asked too, and what `more` reads from the request. */
function changedTarget({ kind }: Kind, more: (values: Values) => Readonly<Record<string, string>> = () => ({})) {
  return async (values: Values, context: OperationContext) => {
    const target = await boundedTarget(context, kind, nameOf(values));
    return { ...target, context: { ...target.context, ...more(values) } };
  };
}

/** The path of a managed policy: `/` and what follows it up to the name. */
function pathOf(arn: string): string {
  return arn.slice(arn.indexOf(":policy/") + ":policy".length, arn.lastIndexOf("/") + 1);
}

/** The order that `pageOfNames` expects. */
function withoutCase(left: string, right: string): number {
  return left.toLowerCase() < right.toLowerCase() ? -1 : 1;
}

type Rows = Readonly<Partial<Record<IamOperationName, QueryOperation>>>;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html and its kin */
export function inlinePolicyOperations(of: Kind): Rows {
  const { kind, word, quota, boundaryKeys: keys } = of;
  const put = defineIam({
    name: `Put${word}Policy`,
    resource: kind,
    fields: { ...nameField(of, existingUserName), PolicyName: policyName, PolicyDocument: policyDocument },
    conditionKeys: keys,
    target: changedTarget(of),
    async run(grant, { PolicyName, PolicyDocument, ...values }, context) {
      const tooLarge = inlineTooLarge(quota, `${kind} ${nameOf(values)}`);
      const fault = checkDocument(PolicyDocument, "identity", quota, tooLarge);
      if (fault !== undefined) return fault;
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const stored = await context.ports.identity.putInlinePolicy(grant, identity, PolicyName, PolicyDocument, quota);
      return stored.kind === "done" ? undefined : iamRefusal(stored, `${kind} ${identity.name}`);
    },
  });
  const get = defineIam({
    name: `Get${word}Policy`,
    resource: kind,
    fields: { ...nameField(of, existingUserName), PolicyName: policyName },
    target: seenTarget(of),
    async run(grant, { PolicyName, ...values }, context) {
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const policy = await context.ports.identity.getInlinePolicy(grant, identity, PolicyName);
      if (policy === undefined) return notFound(`The ${kind} policy with name ${PolicyName}`);
      return [
        element(`${word}Name`, identity.name),
        element("PolicyName", policy.name),
        element("PolicyDocument", documentText(policy.document)),
      ];
    },
  });
  const list = defineIam({
    name: `List${word}Policies`,
    resource: kind,
    fields: { ...nameField(of, existingUserName), ...pageFields },
    target: seenTarget(of),
    async run(grant, { Marker, MaxItems, ...values }, context) {
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const { items, next } = pageOfNames(
        await context.ports.identity.listInlinePolicies(grant, identity),
        Marker,
        MaxItems,
      );
      return pageElements(
        "PolicyNames",
        items.map((name) => element("member", name)),
        next,
      );
    },
  });
  const remove = defineIam({
    name: `Delete${word}Policy`,
    resource: kind,
    fields: { ...nameField(of, existingUserName), PolicyName: policyName },
    conditionKeys: keys,
    target: changedTarget(of),
    async run(grant, { PolicyName, ...values }, context) {
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const deleted = await context.ports.identity.deleteInlinePolicy(grant, identity, PolicyName);
      return deleted.kind === "done" ? undefined : notFound(`The ${kind} policy with name ${PolicyName}`);
    },
  });
  return { [put.name]: put, [get.name]: get, [list.name]: list, [remove.name]: remove };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html and its kin */
export function attachedPolicyOperations(of: Kind): Rows {
  const { kind, word, boundaryKeys: keys } = of;
  const target = changedTarget(of, ({ PolicyArn }) => ({ "iam:PolicyARN": String(PolicyArn) }));
  const fields = { ...nameField(of), PolicyArn: policyArn };
  const attach = defineIam({
    name: `Attach${word}Policy`,
    resource: kind,
    fields,
    conditionKeys: ["iam:PolicyARN", ...keys],
    target,
    async run(grant, { PolicyArn, ...values }, context) {
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const attached = await context.ports.identity.attachPolicy(grant, identity, PolicyArn);
      if (attached.kind === "missing")
        return refuse("NoSuchEntity", `Policy ${PolicyArn} does not exist or is not attachable.`);
      return attached.kind === "done" ? undefined : iamRefusal(attached, describe(kind, identity.name));
    },
  });
  const detach = defineIam({
    name: `Detach${word}Policy`,
    resource: kind,
    fields,
    conditionKeys: ["iam:PolicyARN", ...keys],
    target,
    async run(grant, { PolicyArn, ...values }, context) {
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const detached = await context.ports.identity.detachPolicy(grant, identity, PolicyArn);
      return detached.kind === "done" ? undefined : refuse("NoSuchEntity", `Policy ${PolicyArn} was not found.`);
    },
  });
  const list = defineIam({
    name: `ListAttached${word}Policies`,
    resource: kind,
    fields: { ...nameField(of), PathPrefix: pathPrefix, ...pageFields },
    target: seenTarget(of),
    async run(grant, { PathPrefix, Marker, MaxItems, ...values }, context) {
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const arns = await context.ports.identity.listAttachedPolicies(grant, identity);
      const within = arns.filter((arn) => pathOf(arn).startsWith(PathPrefix));
      const { items, next } = pageOfNames(within.toSorted(withoutCase), Marker, MaxItems);
      return pageElements("AttachedPolicies", items.map(attachedPolicyElement), next);
    },
  });
  return { [attach.name]: attach, [detach.name]: detach, [list.name]: list };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html and its kin */
export function boundaryOperations(of: PrincipalsKind): Rows {
  const { kind, word } = of;
  const put = defineIam({
    name: `Put${word}PermissionsBoundary`,
    resource: kind,
    fields: { ...nameField(of), PermissionsBoundary: policyArn },
    conditionKeys: ["iam:PermissionsBoundary"],
    target: changedTarget(of, ({ PermissionsBoundary }) => ({
      "iam:PermissionsBoundary": String(PermissionsBoundary),
    })),
    async run(grant, { PermissionsBoundary, ...values }, context) {
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const changed = await context.ports.identity.changePrincipal(grant, identity, {
        boundary: PermissionsBoundary,
      });
      return changed.kind === "done" ? undefined : notFound(`Scope ARN ${PermissionsBoundary}`);
    },
  });
  const remove = defineIam({
    name: `Delete${word}PermissionsBoundary`,
    resource: kind,
    fields: nameField(of),
    conditionKeys: ["iam:PermissionsBoundary"],
    target: changedTarget(of),
    async run(grant, values, context) {
      const identity = await requireIdentity(context, kind, nameOf(values));
      if (isRefusal(identity)) return identity;
      const changed = await context.ports.identity.changePrincipal(grant, identity, { boundary: null });
      return changed.kind === "done" ? undefined : iamRefusal(changed, describe(kind, identity.name));
    },
  });
  return { [put.name]: put, [remove.name]: remove };
}
