import type { IncomingHttpHeaders } from "node:http";
import type { RequestLine } from "./request-log.ts";

/** What a request goes through, as its trace names it; `resolve`: what it is about is looked up, as far as a decision needs it. */
export type StepName = "authenticate" | "resolve" | "authorize" | "execute";

/** Tells a collector how a request went. Where nobody collects there is none, and nothing is done. */
export interface Tracing {
  /** All that is done for a request; what is traced within it belongs to it. */
  request<T>(headers: IncomingHttpHeaders, work: () => Promise<T>): Promise<T>;
  /** `refusalOf`: the code with which the step refused the request; undefined when it went on. */
  step<T>(name: StepName, work: () => Promise<T>, refusalOf: (result: T) => string | undefined): Promise<T>;
  /** Says of the request under way what its line says, and gives the id of its trace for the line. */
  describe(line: RequestLine): string | undefined;
}
