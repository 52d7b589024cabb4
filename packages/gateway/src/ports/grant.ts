import type { Principal } from "@s3-credentials/policy";
import type { OperationName } from "./operation-name.ts";

declare const granted: unique symbol;

/**
 * Proof that a request was authorized for one operation. Every reading or changing method of the data plane and the stores takes one, so
 * that an unchecked path does not compile.
 * INVARIANT: only `authz/` makes a grant (the lint rule `house/no-grant-assertion` checks this).
 */
export interface Grant<Name extends OperationName = OperationName> {
  readonly [granted]: true;
  readonly operation: Name;
  readonly principal: Principal;
  /** The caller's account; undefined for an anonymous caller. */
  readonly accountId: string | undefined;
  /** What a caller without an identity counts as, where use is counted: see `clientNetwork`. Undefined: no client sent it. */
  readonly clientNetwork: string | undefined;
  /** ARNs the demands were allowed on; for per-item operations exactly the allowed items. */
  readonly resources: readonly string[];
  readonly requestId: string;
}
