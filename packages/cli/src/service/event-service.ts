import { CommandError } from "../command-line/failures.ts";
import { regionOf } from "./clients.ts";
import type { Connection } from "./connection.ts";
import { checkAnswer, signedCall } from "./signed-call.ts";

/** Operations that read events: `LookupEvents` is CloudTrail's, the others are those of the gateway alone. */
export type EventOperation = "LookupEvents" | "LookupDataEvents" | "GetDecision";

export type Members = Readonly<Record<string, unknown>>;

/** Asks for events. Rejects with what the service answered. */
export type AskEvents = (operation: EventOperation, members: Members) => Promise<Members>;

/** Calls to CloudTrail: it has three operations here, in one form. */
export function eventService(connection: Connection): AskEvents {
  const region = regionOf(connection);
  const { iam, s3 } = connection.endpoints;
  const url = new URL(iam ?? s3 ?? `https://cloudtrail.${region}.amazonaws.com`);
  const place = { url, region, service: "cloudtrail", contentType: "application/x-amz-json-1.1" } as const;
  return async (operation, members) => {
    const sent = await signedCall(connection, { ...place, target: `CloudTrail_20131101.${operation}` }, members);
    const answer = readAnswer(sent.text, url);
    const type = answer["__type"];
    if (typeof type === "string" && /(^|#)UnknownOperationException$/.test(type))
      throw new CommandError(`this service has no ${operation}: it is a call of the gateway (s3-credentials serve)`);
    checkAnswer(sent, type, answer["Message"] ?? answer["message"]);
    return answer;
  };
}

function readAnswer(text: string, url: URL): Members {
  try {
    return JSON.parse(text) as Members;
  } catch (error) {
    throw new CommandError(`${url.origin} does not answer as CloudTrail does: it has no record of events`, {
      cause: error,
    });
  }
}
