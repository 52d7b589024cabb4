import type { OrganizationsOperationName } from "../../ports/operation-name.ts";
import type { JsonOperation } from "../operation.ts";
import { describeOrganization } from "./organization.ts";

export const organizationsOperations: Readonly<Partial<Record<OrganizationsOperationName, JsonOperation>>> = {
  DescribeOrganization: describeOrganization,
};
