/** A decision of the gateway's record, by the id of its request. */
import { type RecordedDecision, recordedDecision } from "@s3-credentials/policy";
import { CommandError } from "../command-line/failures.ts";
import type { AskEvents, Members } from "../service/event-service.ts";

/** Data events are searched from the newest on, a piece a call. */
export async function readRecordedDecision(ask: AskEvents, requestId: string): Promise<RecordedDecision> {
  let found: Members;
  let token: unknown;
  do {
    found = await ask("GetDecision", { RequestId: requestId, ...(token === undefined ? {} : { NextToken: token }) });
    token = found["NextToken"];
  } while (typeof found["CloudTrailEvent"] !== "string");
  const documents = (found["PolicyDocuments"] ?? {}) as Members;
  const recorded = recordedDecision(JSON.parse(found["CloudTrailEvent"]) as Members, documents);
  if (recorded === undefined) throw new CommandError(`no policy was asked in request ${requestId}`);
  return recorded;
}
