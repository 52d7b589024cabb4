import type { Principal } from "@s3-credentials/policy";
import type { OperationName } from "../ports/operation-name.ts";
import type { Grant } from "../ports/grant.ts";

export interface Granted {
  readonly operation: OperationName;
  readonly principal: Principal;
  readonly clientNetwork?: string | undefined;
  readonly resources: readonly string[];
  readonly requestId: string;
}

/** INVARIANT: called by `authorize-*.ts` only, after every demand was allowed. */
export function makeGrant({ operation, principal, clientNetwork, resources, requestId }: Granted): Grant {
  const accountId = "accountId" in principal ? principal.accountId : undefined;
  return Object.freeze({ operation, principal, accountId, clientNetwork, resources, requestId }) as unknown as Grant;
}
