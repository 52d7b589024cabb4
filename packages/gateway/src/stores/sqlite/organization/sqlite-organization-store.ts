import type { OrganizationStore } from "../../../ports/organization-store.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import { organizationAccount, organizationRow } from "./organization-rows.ts";

/** The organization in directory.db. */
export function sqliteOrganizationStore({ reader }: DirectoryDatabase): OrganizationStore {
  return {
    findOrganization: async () => organizationRow(reader),
    findAccount: async (id) => organizationAccount(reader, id),
  };
}
