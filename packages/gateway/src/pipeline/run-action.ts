import type { GatewayRequest, Service } from "../authn/request.ts";
import { type AnyAction, isRefusal, type Refusal } from "../operations/operation.ts";
import type { Admitted } from "./admit.ts";
import type { Progress } from "./answer.ts";
import { authorizeAction, contextOf } from "./authorize-action.ts";
import type { GateState } from "./gate-state.ts";
import { step } from "./step.ts";

/** An operation whose input was read: its demands are asked, and it runs with their grant. The same for every service but S3. */
export async function runAction<Result>(
  state: GateState,
  request: GatewayRequest,
  admitted: Admitted,
  { service, row, input }: { readonly service: Service; readonly row: AnyAction<Result>; readonly input: unknown },
  progress: Progress,
): Promise<Result | Refusal> {
  const context = contextOf(state, request, admitted);
  const resolution = await row.resolve(input, context);
  if (isRefusal(resolution)) return resolution;
  progress.resources = Object.values(resolution.resources).filter((one) => one !== "not-asked");
  const { identity, mfaAt } = resolution;
  const { decision, outcome } = await authorizeAction(state, request, admitted, row, resolution);
  progress.decision = decision;
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
