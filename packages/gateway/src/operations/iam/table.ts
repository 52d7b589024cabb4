import type { QueryOperation } from "../operation.ts";
import type { IamOperationName } from "../operation-name.ts";

export const iamOperations: Readonly<Partial<Record<IamOperationName, QueryOperation>>> = {};
