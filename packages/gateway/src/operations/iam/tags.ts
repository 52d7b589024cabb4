import type { Grant } from "../../ports/grant.ts";
import type { Done, StoreRefusal, TagChange } from "../../ports/identity-store.ts";
import { isRefusal, type OperationContext, type QueryOperation, type Refusal } from "../operation.ts";
import type { IamOperationName } from "../../ports/operation-name.ts";
import { type Field, list, required, tagKeyRule, tags } from "../query/fields.ts";
import { requestTagKeys } from "../query/tag-keys.ts";
import { defineIam, type IamTarget } from "./define-iam.ts";
import { accountOf, describe, identityTarget, requireRole, requireUser } from "./identities.ts";
import { mfaSerialNumber, placedPageFields, policyArn, roleName, existingUserName } from "./iam-fields.ts";
import { policyTarget, requireOwnPolicy, requirePolicy } from "./managed-policies.ts";
import { describeDevice, deviceTarget } from "./mfa-devices.ts";
import { describeProvider, oidcProviderArnField, providerTarget, requireProvider } from "./oidc-providers.ts";
import { tagPage } from "./shapes.ts";
import { iamRefusal, notFound } from "./store-refusals.ts";

type Tags = ReadonlyMap<string, string>;

/** What is the same for everything that has tags. `name`: the name or ARN in the request. */
interface Tagged {
  readonly resource: "user" | "role" | "policy" | "mfa" | "oidc-provider";
  readonly word: "User" | "Role" | "Policy" | "MFADevice" | "OpenIDConnectProvider";
  readonly fields: Readonly<Record<string, Field<string>>>;
  readonly target: (name: string, context: OperationContext) => Promise<IamTarget>;
  readonly read: (name: string, context: OperationContext) => Promise<Tags | Refusal>;
  readonly change: (
    grant: Grant,
    name: string,
    context: OperationContext,
    change: TagChange,
  ) => Promise<Done | StoreRefusal | Refusal>;
  readonly describe: (name: string) => string;
}

const principal = (kind: "user" | "role") => {
  const require = (context: OperationContext, name: string) =>
    kind === "user" ? requireUser(context, name) : requireRole(context, name);
  return {
    resource: kind,
    target: (name, context) => identityTarget(context, kind, name),
    async read(name, context) {
      const found = await require(context, name);
      return isRefusal(found) ? found : found.tags;
    },
    async change(grant, name, context, change) {
      const found = await require(context, name);
      return isRefusal(found) ? found : context.ports.identity.changePrincipal(grant, found, change);
    },
    describe: (name) => describe(kind, name),
  } satisfies Omit<Tagged, "word" | "fields">;
};

const taggedUsers: Tagged = { ...principal("user"), word: "User", fields: { UserName: existingUserName } };
const taggedRoles: Tagged = { ...principal("role"), word: "Role", fields: { RoleName: roleName } };
const taggedPolicies: Tagged = {
  resource: "policy",
  word: "Policy",
  fields: { PolicyArn: policyArn },
  target: (PolicyArn, context) => policyTarget({ PolicyArn }, context),
  async read(arn, context) {
    const policy = await requirePolicy(arn, context);
    return isRefusal(policy) ? policy : policy.tags;
  },
  async change(grant, arn, context, change) {
    const policy = await requireOwnPolicy(arn, context);
    if (isRefusal(policy)) return policy;
    return context.ports.identity.changePolicyTags(grant, accountOf(context), arn, change);
  },
  describe: (arn) => `Policy ${arn}`,
};

const taggedMfaDevices: Tagged = {
  resource: "mfa",
  word: "MFADevice",
  fields: { SerialNumber: mfaSerialNumber },
  target: (serialNumber, context) => deviceTarget(context, serialNumber),
  async read(serialNumber, context) {
    const device = await context.ports.identity.findMfaDevice(accountOf(context), serialNumber);
    return device?.tags ?? notFound(describeDevice(serialNumber));
  },
  change: (grant, serialNumber, context, change) =>
    context.ports.identity.changeMfaDeviceTags(grant, accountOf(context), serialNumber, change),
  describe: describeDevice,
};

const taggedOidcProviders: Tagged = {
  resource: "oidc-provider",
  word: "OpenIDConnectProvider",
  fields: { OpenIDConnectProviderArn: oidcProviderArnField },
  target: (arn, context) => providerTarget(context, arn),
  async read(arn, context) {
    const provider = await requireProvider(context, arn);
    return isRefusal(provider) ? provider : provider.tags;
  },
  change: (grant, arn, context, change) =>
    context.ports.oidcProviders.changeOidcProvider(grant, accountOf(context), arn, change),
  describe: describeProvider,
};

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html and its kin */
function tagOperations({
  resource,
  word,
  fields,
  target,
  read,
  change,
  describe: described,
}: Tagged): Readonly<Partial<Record<IamOperationName, QueryOperation>>> {
  const [field = ""] = Object.keys(fields);
  const nameIn = (values: Readonly<Record<string, unknown>>) => String(values[field]);
  const changed = async (grant: Grant, name: string, context: OperationContext, by: TagChange) => {
    const outcome = await change(grant, name, context, by);
    if (isRefusal(outcome)) return outcome;
    return outcome.kind === "done" ? undefined : iamRefusal(outcome, described(name));
  };
  const tag = defineIam({
    name: `Tag${word}`,
    resource,
    fields: { ...fields, Tags: required(tags) },
    conditionKeys: ["aws:RequestTag/", "aws:TagKeys"],
    async target({ Tags, ...values }, context) {
      const found = await target(nameIn(values), context);
      return { ...found, context: { ...found.context, ...requestTagKeys(Tags) } };
    },
    run: (grant, { Tags, ...values }, context) => changed(grant, nameIn(values), context, { tagsAdded: Tags }),
  });
  const untag = defineIam({
    name: `Untag${word}`,
    resource,
    fields: { ...fields, TagKeys: required(list(tagKeyRule, 50)) },
    conditionKeys: ["aws:TagKeys"],
    async target({ TagKeys, ...values }, context) {
      const found = await target(nameIn(values), context);
      return { ...found, context: { ...found.context, "aws:TagKeys": TagKeys } };
    },
    run: (grant, { TagKeys, ...values }, context) => changed(grant, nameIn(values), context, { tagsRemoved: TagKeys }),
  });
  const listTags = defineIam({
    name: `List${word}Tags`,
    resource,
    fields: { ...fields, ...placedPageFields },
    target: (values, context) => target(nameIn(values), context),
    async run(_grant, { Marker, MaxItems, ...values }, context) {
      const found = await read(nameIn(values), context);
      return isRefusal(found) ? found : tagPage(found, Marker, MaxItems);
    },
  });
  return { [tag.name]: tag, [untag.name]: untag, [listTags.name]: listTags };
}

export const tagging = {
  ...tagOperations(taggedUsers),
  ...tagOperations(taggedRoles),
  ...tagOperations(taggedPolicies),
  ...tagOperations(taggedMfaDevices),
  ...tagOperations(taggedOidcProviders),
};
