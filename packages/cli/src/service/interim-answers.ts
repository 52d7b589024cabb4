import type { ClientRequest } from "node:http";
import { CommandError } from "../command-line/failures.ts";

/** Services send one or two before an answer. */
const maxInterim = 100;

/** Each interim answer (HTTP 1xx) moves something on the connection, so a service that sends nothing else would be waited for without end. */
export function limitInterimAnswers(request: ClientRequest, host: string): void {
  let interim = 0;
  request.on("information", () => {
    interim += 1;
    if (interim > maxInterim)
      request.destroy(new CommandError(`${host} sent ${interim} interim answers and no other; check the endpoint`));
  });
}
