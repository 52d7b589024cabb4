import type { AccountOperationName } from "../../ports/operation-name.ts";
import type { JsonOperation } from "../operation.ts";
import { getAccountInformation, putAccountName } from "./account-name.ts";

export const accountOperations: Readonly<Partial<Record<AccountOperationName, JsonOperation>>> = {
  GetAccountInformation: getAccountInformation,
  PutAccountName: putAccountName,
};
