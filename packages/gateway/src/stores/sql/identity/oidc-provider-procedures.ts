import { changedOidcProvider, mayCreateOidcProvider } from "../../../domain/identity/oidc-rules.ts";
import { done, missing } from "../../../domain/identity/principal-rules.ts";
import type { Done, StoreRefusal } from "../../../ports/identity-store.ts";
import type { OidcProviderChange, OidcProviderRecord } from "../../../ports/oidc-provider-store.ts";
import type { Writer } from "../database.ts";
import { tagsDocument } from "../sql-value.ts";
import { oidcProvider, oidcProvidersIn } from "./oidc-provider-rows.ts";

type Result = Done | StoreRefusal;

const listDocument = (texts: readonly string[]): Buffer => Buffer.from(JSON.stringify(texts), "utf8");

export async function createOidcProvider(writer: Writer, provider: OidcProviderRecord): Promise<Result> {
  const { accountId, arn, url, clientIds, thumbprints, tags, createdAt } = provider;
  const outcome = mayCreateOidcProvider(provider, {
    isThere: (await oidcProvider(writer, accountId, arn)) !== undefined,
    count: (await oidcProvidersIn(writer, accountId)).length,
  });
  if (outcome.kind !== "done") return outcome;
  await writer.run(
    "INSERT INTO oidc_providers (arn, account_id, url, client_ids, thumbprints, tags, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [arn, accountId, url, listDocument(clientIds), listDocument(thumbprints), tagsDocument(tags), createdAt],
  );
  return done;
}

interface NamedProvider {
  readonly accountId: string;
  readonly arn: string;
}

export async function changeOidcProvider(
  writer: Writer,
  { accountId, arn, change }: NamedProvider & { readonly change: OidcProviderChange },
): Promise<Result> {
  const provider = await oidcProvider(writer, accountId, arn);
  if (provider === undefined) return missing;
  const changed = changedOidcProvider(provider, change);
  if (changed === undefined) return done;
  if ("kind" in changed) return changed;
  const { clientIds, thumbprints, tags } = changed;
  await writer.run(
    "UPDATE oidc_providers SET client_ids = ?, thumbprints = ?, tags = ? WHERE account_id = ? AND arn = ?",
    [listDocument(clientIds), listDocument(thumbprints), tagsDocument(tags), accountId, arn],
  );
  return done;
}

export async function deleteOidcProvider(writer: Writer, { accountId, arn }: NamedProvider): Promise<Result> {
  const deleted = await writer.run("DELETE FROM oidc_providers WHERE account_id = ? AND arn = ?", [accountId, arn]);
  return deleted === 0 ? missing : done;
}
