import type { AccessAnalyzerOperationName } from "../../ports/operation-name.ts";
import type { JsonOperation } from "../operation.ts";
import * as checks from "./policy-checks.ts";
import { validatePolicy } from "./validate-policy.ts";

export const accessAnalyzerOperations: Readonly<Partial<Record<AccessAnalyzerOperationName, JsonOperation>>> = {
  ValidatePolicy: validatePolicy,
  CheckNoNewAccess: checks.checkNoNewAccess,
  CheckAccessNotGranted: checks.checkAccessNotGranted,
  CheckNoPublicAccess: checks.checkNoPublicAccess,
};
