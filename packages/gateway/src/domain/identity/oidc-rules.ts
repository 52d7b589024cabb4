/** What an account may register as an identity provider. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
import type { Done, StoreRefusal } from "../../ports/identity-store.ts";
import type { OidcProviderChange, OidcProviderRecord } from "../../ports/oidc-provider-store.ts";
import { changedTags, done, exists } from "./principal-rules.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const quotas = { OpenIdConnectProvidersPerAccount: 100, ClientIdsPerOpenIdConnectProvider: 100 } as const;

/** `url`: without `https://`. */
export function oidcProviderArn(accountId: string, url: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${url}`;
}

function overQuota(what: keyof typeof quotas): StoreRefusal {
  return { kind: "limit", what, quota: quotas[what] };
}

/** `count`: how many the account has. */
export function mayCreateOidcProvider(
  { clientIds }: OidcProviderRecord,
  { isThere, count }: { readonly isThere: boolean; readonly count: number },
): Done | StoreRefusal {
  if (isThere) return exists;
  if (count >= quotas.OpenIdConnectProvidersPerAccount) return overQuota("OpenIdConnectProvidersPerAccount");
  return clientIds.length > quotas.ClientIdsPerOpenIdConnectProvider
    ? overQuota("ClientIdsPerOpenIdConnectProvider")
    : done;
}

/** What can change, after the change; undefined: nothing does. */
export function changedOidcProvider(
  { clientIds, thumbprints, tags }: Pick<OidcProviderRecord, "clientIds" | "thumbprints" | "tags">,
  change: OidcProviderChange,
): Pick<OidcProviderRecord, "clientIds" | "thumbprints" | "tags"> | StoreRefusal | undefined {
  if ("clientAdded" in change) {
    if (clientIds.includes(change.clientAdded)) return undefined;
    if (clientIds.length >= quotas.ClientIdsPerOpenIdConnectProvider)
      return overQuota("ClientIdsPerOpenIdConnectProvider");
    return { clientIds: [...clientIds, change.clientAdded], thumbprints, tags };
  }
  if ("clientRemoved" in change)
    return { clientIds: clientIds.filter((one) => one !== change.clientRemoved), thumbprints, tags };
  if ("thumbprints" in change) return { clientIds, thumbprints: change.thumbprints, tags };
  const changed = changedTags(tags, change, "TagsPerOpenIdConnectProvider");
  return changed === undefined || "kind" in changed ? changed : { clientIds, thumbprints, tags: changed };
}
