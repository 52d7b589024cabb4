import { type Authenticated, authenticate } from "../authn/authenticate.ts";
import type { GatewayRequest, Service } from "../authn/request.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import { callerKey } from "./caller-limits.ts";
import type { GateState } from "./gate-state.ts";

/** A request whose caller is known, and which counts against the limits of that caller. */
export interface Admitted extends Authenticated {
  /** Whose limits the request counts against: see `callerKey`. */
  readonly callerKey: string;
  readonly time: RequestTime;
}

/** Authenticates a request, and lets it wait while too many requests of the same caller run. */
export async function admit(
  state: GateState,
  request: GatewayRequest,
  service: Service,
  bodySha256?: string,
): Promise<Admitted | Refusal> {
  const authenticated = await authenticate(state.authentication, request, service, bodySha256);
  return isRefusal(authenticated) ? authenticated : letIn(state, request, service, authenticated);
}

/** A request whose caller is known, as `admit`. */
export async function letIn(
  state: GateState,
  request: GatewayRequest,
  service: Service,
  authenticated: Authenticated,
): Promise<Admitted | Refusal> {
  const key = callerKey(authenticated.caller, request);
  const admitted = await state.callers.enter(request, key);
  if (!admitted) return refuse(service === "s3" ? "SlowDown" : "ServiceUnavailable");
  const { caller, auth, chunkSigning } = authenticated;
  return { caller, auth, chunkSigning, callerKey: key, time: state.time.of(key, request.signal) };
}
