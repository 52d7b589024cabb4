import { element } from "@s3-credentials/protocol";
import { oidcProviderArn } from "../../domain/identity/oidc-rules.ts";
import type { Grant } from "../../ports/grant.ts";
import type { OidcProviderChange, OidcProviderRecord } from "../../ports/oidc-provider-store.ts";
import { isRefusal, type OperationContext, type QueryOperation, type Refusal, refuse } from "../operation.ts";
import type { IamOperationName } from "../../ports/operation-name.ts";
import { type Field, list, required, tags, text, type TextRule, type Values } from "../query/fields.ts";
import { requestTagKeys, resourceTagKeys } from "../query/tag-keys.ts";
import { defineIam, type IamTarget } from "./define-iam.ts";
import { accountOf } from "./identities.ts";
import { iamTime, optionalTags } from "./shapes.ts";
import { iamRefusal, notFound } from "./store-refusals.ts";

const clientId: TextRule = { pattern: /^\P{Cc}+$/u, shown: "\\P{Cc}+", max: 255 };
const thumbprint: TextRule = { pattern: /^[0-9a-fA-F]+$/, shown: "[0-9a-fA-F]+", min: 40, max: 40 };
/** "IAM supports up to five thumbprints": https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
const thumbprints = list(thumbprint, 5);

export const oidcProviderArnField = text({
  pattern: /^arn:[\u0021-\u007e]+$/,
  shown: "arn:[\\u0021-\\u007E]+",
  min: 20,
  max: 2048,
});

export function describeProvider(arn: string): string {
  return `OpenIDConnect Provider for arn ${arn}`;
}

/**
 * The URL of an issuer, without `https://`: "Per the OIDC standard, path components are allowed but query parameters are not". It is
 * compared with the tokens' `iss` as it is, so it must be written as it is used: a host in other letters would fit no token. A port may be
 * there, unlike at AWS: issuers of a cluster often have one.
 */
const issuerUrl: Field<string> = {
  read(parameters, name) {
    const given = text({ max: 255 }).read(parameters, name);
    if (typeof given !== "string") return given;
    const plain = given.slice("https://".length);
    const url = given.startsWith("https://") && URL.canParse(given) ? new URL(given) : undefined;
    const isPlain = url !== undefined && /^[a-z0-9.:[\]-]+(\/[\w.~!$&'()*+,;=:@%/-]*)?$/.test(plain);
    const isSame = url?.href === given || url?.href === `${given}/`;
    const isExact = isPlain && isSame && url.username === "" && url.search === "" && url.hash === "";
    return isExact
      ? plain
      : refuse(
          "InvalidInput",
          "Invalid Open ID Connect Provider URL: give https://HOST or https://HOST/PATH as the issuer writes it.",
        );
  },
};

/** A provider as authorization sees it. */
export async function providerTarget(context: OperationContext, arn: string): Promise<IamTarget> {
  const accountId = accountOf(context);
  const provider = await context.ports.oidcProviders.findOidcProvider(accountId, arn);
  return {
    resource: { arn, accountId },
    context: provider === undefined ? {} : resourceTagKeys("oidc-provider", provider.tags),
  };
}

export async function requireProvider(context: OperationContext, arn: string): Promise<OidcProviderRecord | Refusal> {
  const provider = await context.ports.oidcProviders.findOidcProvider(accountOf(context), arn);
  return provider ?? notFound(describeProvider(arn));
}

/**
 * Unlike AWS, nobody is asked for a certificate when there are no thumbprints: authorities vouch for it, here as there.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 */
const createOidcProvider = defineIam({
  name: "CreateOpenIDConnectProvider",
  resource: "oidc-provider",
  fields: { Url: issuerUrl, ClientIDList: list(clientId, 100), ThumbprintList: thumbprints, Tags: tags },
  conditionKeys: ["aws:RequestTag/", "aws:TagKeys"],
  async target({ Url, Tags }, context) {
    const accountId = accountOf(context);
    return { resource: { arn: oidcProviderArn(accountId, Url), accountId }, context: requestTagKeys(Tags) };
  },
  async run(grant, { Url, ClientIDList, ThumbprintList, Tags }, context) {
    const accountId = accountOf(context);
    const arn = oidcProviderArn(accountId, Url);
    const created = await context.ports.oidcProviders.createOidcProvider(grant, {
      accountId,
      arn,
      url: Url,
      clientIds: [...new Set(ClientIDList)],
      thumbprints: ThumbprintList,
      tags: Tags,
      createdAt: context.now,
    });
    if (created.kind === "exists")
      return refuse("EntityAlreadyExists", `Provider with url https://${Url} already exists.`);
    if (created.kind !== "done") return iamRefusal(created, describeProvider(arn));
    return [element("OpenIDConnectProviderArn", arn), ...[optionalTags(Tags)].filter((one) => one !== undefined)];
  },
});

const byArn = { OpenIDConnectProviderArn: oidcProviderArnField } as const;

function ofArn({ OpenIDConnectProviderArn }: Values<typeof byArn>, context: OperationContext): Promise<IamTarget> {
  return providerTarget(context, OpenIDConnectProviderArn);
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html */
const getOidcProvider = defineIam({
  name: "GetOpenIDConnectProvider",
  resource: "oidc-provider",
  fields: byArn,
  target: ofArn,
  async run(_grant, { OpenIDConnectProviderArn }, context) {
    const provider = await requireProvider(context, OpenIDConnectProviderArn);
    if (isRefusal(provider)) return provider;
    const members = (texts: readonly string[]) => texts.map((one) => element("member", one));
    return [
      element("Url", provider.url),
      element("ClientIDList", members(provider.clientIds)),
      element("ThumbprintList", members(provider.thumbprints)),
      element("CreateDate", iamTime(provider.createdAt)),
      ...[optionalTags(provider.tags)].filter((one) => one !== undefined),
    ];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html: the list has no pages. */
const listOidcProviders = defineIam({
  name: "ListOpenIDConnectProviders",
  resource: "none",
  fields: {},
  target: async () => ({ resource: undefined }),
  async run(grant, _values, context) {
    const providers = await context.ports.oidcProviders.listOidcProviders(grant, accountOf(context));
    const members = providers.map(({ arn }) => element("member", [element("Arn", arn)]));
    return [element("OpenIDConnectProviderList", members)];
  },
});

/**
 * "This operation is idempotent; it does not fail or return an error if you call the operation for a provider that does not exist."
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
 */
const deleteOidcProvider = defineIam({
  name: "DeleteOpenIDConnectProvider",
  resource: "oidc-provider",
  fields: byArn,
  target: ofArn,
  async run(grant, { OpenIDConnectProviderArn: arn }, context) {
    const deleted = await context.ports.oidcProviders.deleteOidcProvider(grant, accountOf(context), arn);
    return deleted.kind === "done" || deleted.kind === "missing"
      ? undefined
      : iamRefusal(deleted, describeProvider(arn));
  },
});

async function changeProvider(
  grant: Grant,
  arn: string,
  context: OperationContext,
  change: OidcProviderChange,
): Promise<undefined | Refusal> {
  const changed = await context.ports.oidcProviders.changeOidcProvider(grant, accountOf(context), arn, change);
  return changed.kind === "done" ? undefined : iamRefusal(changed, describeProvider(arn));
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html */
const addClientId = defineIam({
  name: "AddClientIDToOpenIDConnectProvider",
  resource: "oidc-provider",
  fields: { ...byArn, ClientID: text(clientId) },
  target: ofArn,
  run: (grant, { OpenIDConnectProviderArn, ClientID }, context) =>
    changeProvider(grant, OpenIDConnectProviderArn, context, { clientAdded: ClientID }),
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html */
const removeClientId = defineIam({
  name: "RemoveClientIDFromOpenIDConnectProvider",
  resource: "oidc-provider",
  fields: { ...byArn, ClientID: text(clientId) },
  target: ofArn,
  run: (grant, { OpenIDConnectProviderArn, ClientID }, context) =>
    changeProvider(grant, OpenIDConnectProviderArn, context, { clientRemoved: ClientID }),
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html: they are replaced. */
const updateThumbprint = defineIam({
  name: "UpdateOpenIDConnectProviderThumbprint",
  resource: "oidc-provider",
  fields: { ...byArn, ThumbprintList: required(thumbprints) },
  target: ofArn,
  run: (grant, { OpenIDConnectProviderArn, ThumbprintList }, context) =>
    changeProvider(grant, OpenIDConnectProviderArn, context, { thumbprints: ThumbprintList }),
});

export const oidcProviderOperations: Readonly<Partial<Record<IamOperationName, QueryOperation>>> = {
  CreateOpenIDConnectProvider: createOidcProvider,
  GetOpenIDConnectProvider: getOidcProvider,
  ListOpenIDConnectProviders: listOidcProviders,
  DeleteOpenIDConnectProvider: deleteOidcProvider,
  AddClientIDToOpenIDConnectProvider: addClientId,
  RemoveClientIDFromOpenIDConnectProvider: removeClientId,
  UpdateOpenIDConnectProviderThumbprint: updateThumbprint,
};
