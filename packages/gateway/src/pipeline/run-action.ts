import { authorizeQuery } from "../authz/authorize-query.ts";
import type { GatewayRequest, Service } from "../authn/request.ts";
import { type AnyAction, isRefusal, type OperationContext, type Refusal } from "../operations/operation.ts";
import type { ContextFacts } from "../authz/request-context.ts";
import type { Admitted } from "./admit.ts";
import type { Progress } from "./answer.ts";
import type { GateState } from "./gate-state.ts";
import { step } from "./step.ts";

/** An operation whose input was read: its demands are asked, and it runs with their grant. The same for every service but S3. */
export async function runAction<Result>(
  state: GateState,
  request: GatewayRequest,
  { caller, auth, time }: Admitted,
  { service, row, input }: { readonly service: Service; readonly row: AnyAction<Result>; readonly input: unknown },
  progress: Progress,
): Promise<Result | Refusal> {
  const context: OperationContext = {
    ports: state.ports,
    time,
    caller,
    principal: caller.principal,
    requestId: request.requestId,
    sourceIp: request.sourceIp,
    now: request.now,
    origin: request.origin,
  };
  const resolution = await row.resolve(input, context);
  if (isRefusal(resolution)) return resolution;
  progress.resources = Object.values(resolution.resources).filter((one) => one !== "not-asked");
  const { identity, mfaAt } = resolution;
  // `authorizeQuery` looks up the account of each resource.
  const accounts: ContextFacts["accounts"] = new Map();
  const facts = {
    request,
    auth,
    caller,
    region: state.ports.region,
    accounts,
    ...(mfaAt === undefined ? {} : { mfaAt }),
  };
  const outcome = await step(state, "authorize", async () => {
    const authorized = await authorizeQuery({
      operation: row.name,
      row,
      resolution,
      facts,
      programs: state.programs,
      principals: state.ports.principals,
      messages: state.ports.messages,
      time,
      requestId: request.requestId,
    });
    progress.decision = authorized.decision;
    return authorized.outcome;
  });
  if (isRefusal(outcome)) return outcome;
  const ports = await state.record.portsFor({ request, service }, progress);
  const whole = {
    ...context,
    ports,
    ...(identity === undefined ? {} : { identity }),
    ...(mfaAt === undefined ? {} : { mfaAt }),
  };
  return step<Result | Refusal>(state, "execute", async () => row.run(outcome, input, whole));
}
