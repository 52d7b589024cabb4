import { isRefusal } from "../operations/operation.ts";
import type { StepName, Tracing } from "../ports/tracing.ts";

/** Does a step of a request, and traces it when somebody collects traces. */
export function step<T>(
  { tracing }: { readonly tracing?: Tracing | undefined },
  name: StepName,
  work: () => Promise<T>,
): Promise<T> {
  return tracing === undefined ? work() : tracing.step(name, work, refusalOf);
}

function refusalOf(result: unknown): string | undefined {
  return isRefusal(result) ? result.code : undefined;
}
