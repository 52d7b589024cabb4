import type { Grant } from "./grant.ts";
import type { Done, StoreRefusal, TagChange } from "./identity-store.ts";

/** An identity provider that an account trusts to name whom its roles let in. */
export interface OidcProviderRecord {
  readonly accountId: string;
  /** `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`: it is the provider's identity, because it says the issuer. */
  readonly arn: string;
  /** The issuer without `https://`. */
  readonly url: string;
  /** For whom its tokens may be; as they were added. */
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates, hexadecimal. They are kept and shown; authorities vouch for the issuer's certificate. */
  readonly thumbprints: readonly string[];
  readonly tags: ReadonlyMap<string, string>;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** What is there afterwards: a client that is there already, or gone already, is no mistake. */
export type OidcProviderChange =
  | { readonly clientAdded: string }
  | { readonly clientRemoved: string }
  | { readonly thumbprints: readonly string[] }
  | TagChange;

/** The OIDC providers of all accounts. A call sees one account. */
export interface OidcProviderStore {
  findOidcProvider(accountId: string, arn: string): Promise<OidcProviderRecord | undefined>;
  /** In the order of their ARNs. */
  listOidcProviders(grant: Grant, accountId: string): Promise<readonly OidcProviderRecord[]>;
  createOidcProvider(grant: Grant, provider: OidcProviderRecord): Promise<Done | StoreRefusal>;
  changeOidcProvider(
    grant: Grant,
    accountId: string,
    arn: string,
    change: OidcProviderChange,
  ): Promise<Done | StoreRefusal>;
  deleteOidcProvider(grant: Grant, accountId: string, arn: string): Promise<Done | StoreRefusal>;
}
