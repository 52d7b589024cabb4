import { authorizeQuery } from "../authz/authorize-query.ts";
import type { Authorized } from "../authz/authorize-s3.ts";
import type { ContextFacts } from "../authz/request-context.ts";
import type { GatewayRequest } from "../authn/request.ts";
import {
  type AnyAction,
  isRefusal,
  type OperationContext,
  type Refusal,
  type Resolution,
} from "../operations/operation.ts";
import type { Admitted } from "./admit.ts";
import type { GateState } from "./gate-state.ts";
import { step } from "./step.ts";

type Asked = Pick<Admitted, "caller" | "auth" | "time">;

export function contextOf(state: GateState, request: GatewayRequest, { caller, time }: Asked): OperationContext {
  return {
    ports: state.ports,
    time,
    caller,
    principal: caller.principal,
    requestId: request.requestId,
    sourceIp: request.sourceIp,
    now: request.now,
    origin: request.origin,
  };
}

/** Asks the demands of an operation of a service other than S3, on what its input was resolved to. */
export function authorizeAction(
  state: GateState,
  request: GatewayRequest,
  { caller, auth, time }: Asked,
  row: Pick<AnyAction<unknown>, "name" | "demands" | "conditionKeys">,
  resolution: Resolution,
): Promise<Authorized> {
  const { mfaAt } = resolution;
  // `authorizeQuery` looks up the account of each resource.
  const accounts: ContextFacts["accounts"] = new Map();
  const known = { request, auth, caller, region: state.ports.region, accounts };
  return step(state, "authorize", () =>
    authorizeQuery({
      operation: row.name,
      row,
      resolution,
      facts: mfaAt === undefined ? known : { ...known, mfaAt },
      programs: state.programs,
      principals: state.ports.principals,
      messages: state.ports.messages,
      time,
      requestId: request.requestId,
    }),
  );
}

/** Whether an operation with this input would be allowed; nothing is done. */
export async function wouldAllow(
  state: GateState,
  request: GatewayRequest,
  asked: Asked,
  row: AnyAction<unknown>,
  input: unknown,
): Promise<boolean | Refusal> {
  const resolution = await row.resolve(input, contextOf(state, request, asked));
  if (isRefusal(resolution)) return resolution;
  return !isRefusal((await authorizeAction(state, request, asked, row, resolution)).outcome);
}
