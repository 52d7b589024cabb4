import { type Authenticated, authenticate } from "../authn/authenticate.ts";
import type { GatewayRequest, Service } from "../authn/request.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import { callerKey } from "./caller-limits.ts";
import type { GateState } from "./gate-state.ts";
import { step } from "./step.ts";

/** A request whose caller is known, and which counts against the limits of that caller. */
export interface Admitted extends Authenticated {
  /** Whose limits the request counts against: see `callerKey`. */
  readonly callerKey: string;
  readonly time: RequestTime;
}

/** Finds out who sends a request, by what the directory has now. */
type Authenticate = () => Promise<Authenticated | Refusal>;

/** Authenticates a request, and lets it wait while too many requests of the same caller run. */
export async function admit(
  state: GateState,
  request: GatewayRequest,
  service: Service,
  bodySha256?: string,
): Promise<Admitted | Refusal> {
  const again: Authenticate = () =>
    step(state, "authenticate", () => authenticate(state.authentication, request, service, bodySha256));
  const authenticated = await again();
  return isRefusal(authenticated) ? authenticated : letIn(state, request, service, { authenticated, again });
}

/**
 * A request whose caller is known, as `admit`. INVARIANT: one that waited is authenticated `again`. The caller decides how long it waits, by
 * uploads that do not end, and its keys and rights may have been taken away meanwhile.
 */
export async function letIn(
  state: GateState,
  request: GatewayRequest,
  service: Service,
  { authenticated: first, again }: { readonly authenticated: Authenticated; readonly again: Authenticate },
): Promise<Admitted | Refusal> {
  const key = callerKey(first.caller, request);
  const isFree = first.caller.principal.kind === "root" && service !== "s3";
  if (!isFree && isTooFast(state, request, key)) return refuse(service === "s3" ? "SlowDown" : "Throttling");
  const entry = await state.callers.enter(request, key);
  if (entry === "refused") return refuse(service === "s3" ? "SlowDown" : "ServiceUnavailable");
  const authenticated = entry === "after-waiting" ? await authenticatedAgain(state, request, again) : first;
  if (isRefusal(authenticated)) return authenticated;
  const { caller, auth, chunkSigning } = authenticated;
  return { caller, auth, chunkSigning, callerKey: key, time: state.time.of(key, request.signal) };
}

/** INVARIANT: a request that goes no further gives its place back, because a form counts by itself and not as the request that brought it. */
async function authenticatedAgain(
  { callers }: GateState,
  request: GatewayRequest,
  again: Authenticate,
): Promise<Authenticated | Refusal> {
  let goesOn = false;
  try {
    const authenticated = await again();
    goesOn = !isRefusal(authenticated);
    return authenticated;
  } finally {
    if (!goesOn) callers.leave(request);
  }
}

/**
 * INVARIANT: an administration by the root of an account is never refused for its rate. Whoever else of the account has been taken over,
 * or has gone wild, root can take rights, keys and sessions away.
 */
function isTooFast({ rate, callers, ports }: GateState, request: GatewayRequest, key: string): boolean {
  // A request whose document has come is authenticated once more, and is the same request.
  return rate !== undefined && !callers.has(request) && !rate.take(key, ports.clock.monotonic());
}

/** Lets in a request without a signature, of which its network alone is known. */
export async function letInUnsigned(
  state: GateState,
  request: GatewayRequest,
  key: string,
): Promise<Refusal | undefined> {
  if (isTooFast(state, request, key)) return refuse("Throttling");
  return (await state.callers.enter(request, key)) === "refused" ? refuse("ServiceUnavailable") : undefined;
}
