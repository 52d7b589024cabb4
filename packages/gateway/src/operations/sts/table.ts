import type { QueryOperation } from "../operation.ts";
import type { StsOperationName } from "../../ports/operation-name.ts";
import { assumeRole } from "./assume-role.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";

export const stsOperations: Readonly<Partial<Record<StsOperationName, QueryOperation>>> = {
  AssumeRole: assumeRole,
  GetCallerIdentity: getCallerIdentity,
};
