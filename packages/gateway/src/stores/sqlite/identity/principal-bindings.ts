import { bindPrincipals, type PrincipalRows, unbindPrincipals } from "../../../domain/identity/bindings.ts";
import type { PrincipalBindings } from "../../../ports/principal-directory.ts";
import type { Reader } from "../connection.ts";
import { accountById, principalById, principalByName } from "./principal-rows.ts";

export function sqlitePrincipalBindings(reader: Reader): PrincipalBindings {
  const rows: PrincipalRows = {
    account: (id) => accountById(reader, id),
    byId: (id) => principalById(reader, id),
    byName: (accountId, kind, name) => principalByName(reader, accountId, kind, name),
  };
  return {
    bind: async (document) => bindPrincipals(rows, document),
    unbind: async (document) => unbindPrincipals(rows, document),
  };
}
