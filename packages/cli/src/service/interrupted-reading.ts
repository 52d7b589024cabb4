import { setMaxListeners } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { CommandError } from "../command-line/failures.ts";

/** What is looked at here of a request of the SDK. */
interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Whether a request changes nothing, by its method or the name of its operation. */
export function isReading({ method, headers, body }: Sent): boolean {
  if (method !== "POST") return method === "GET" || method === "HEAD";
  const target = headers["x-amz-target"]?.replace(/^.*\./, "");
  const operation = target ?? (typeof body === "string" ? new URLSearchParams(body).get("Action") : null) ?? "";
  return /^(Get|List|Describe|Lookup)/.test(operation);
}

/**
 * An interrupt ends a request that only reads: nobody needs its answer, and it may never come. Requests that change something
 * are waited for, because what they did has to be known to be undone; and those that begin later undo it.
 */
export function endWhenInterrupted(request: ClientRequest, signal: AbortSignal): void {
  let response: IncomingMessage | undefined;
  request.once("response", (answer: IncomingMessage) => (response = answer));
  const end = (): void => {
    const error = new CommandError("interrupted");
    response?.destroy(error);
    request.destroy(error);
  };
  // Many requests listen at once, which is not a leak.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", end);
  request.once("close", () => signal.removeEventListener("abort", end));
}
