import type { OidcProviderStore } from "../../../ports/oidc-provider-store.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import { oidcProvider, oidcProvidersIn } from "./oidc-provider-rows.ts";

export function oidcProviderStore(database: DirectoryDatabase): OidcProviderStore {
  const { reader } = database;
  return {
    findOidcProvider: (accountId, arn) => oidcProvider(reader, accountId, arn),
    listOidcProviders: (_grant, accountId) => oidcProvidersIn(reader, accountId),
    createOidcProvider: (_grant, provider) => database.write("createOidcProvider", provider),
    changeOidcProvider: (_grant, accountId, arn, change) =>
      database.write("changeOidcProvider", { accountId, arn, change }),
    deleteOidcProvider: (_grant, accountId, arn) => database.write("deleteOidcProvider", { accountId, arn }),
  };
}
