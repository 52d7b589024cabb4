import { createHash } from "node:crypto";
import { signRequest } from "@s3-credentials/protocol";
import { CommandError } from "../command-line/failures.ts";
import { regionOf, stsClient } from "./clients.ts";
import type { Connection } from "./connection.ts";

/** Operations that read events: `LookupEvents` is CloudTrail's, the others are those of the gateway alone. */
export type EventOperation = "LookupEvents" | "LookupDataEvents" | "GetDecision";

export type Members = Readonly<Record<string, unknown>>;

/** Asks for events. Rejects with a `CommandError` that says what the service answered. */
export type AskEvents = (operation: EventOperation, members: Members) => Promise<Members>;

const target = "CloudTrail_20131101";

/** Signed calls to CloudTrail, of which no SDK client is in the command: it has three operations here, in one form. */
export async function eventService(connection: Connection): Promise<AskEvents> {
  const region = regionOf(connection);
  const { iam, s3 } = connection.endpoints;
  const endpoint = new URL(iam ?? s3 ?? `https://cloudtrail.${region}.amazonaws.com`);
  const credentials = (await stsClient(connection)).config.credentials;
  return async (operation, members) => {
    const body = JSON.stringify(members);
    const headers = [
      ["host", endpoint.host],
      ["content-type", "application/x-amz-json-1.1"],
      ["x-amz-target", `${target}.${operation}`],
    ] as const;
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    const payload = createHash("sha256").update(body).digest("hex");
    const place = { region, service: "cloudtrail", time: Date.now() };
    const signed = signRequest({ method: "POST", path: "/", query: "", headers }, payload, keys, place);
    const sent = [...headers, ...signed].filter(([name]) => name !== "host").map(([name, value]) => [name, value]);
    const answer = await post(endpoint, sent as [string, string][], body);
    if (typeof answer["__type"] === "string") throw refused(operation, answer);
    return answer;
  };
}

async function post(endpoint: URL, headers: [string, string][], body: string): Promise<Members> {
  let text: string;
  try {
    text = await (await fetch(endpoint, { method: "POST", headers, body })).text();
  } catch (error) {
    throw new CommandError(`cannot reach ${endpoint.origin}: ${causeOf(error)}; is the gateway running?`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text) as Members;
  } catch (error) {
    throw new CommandError(`${endpoint.origin} does not answer as CloudTrail does: it has no record of events`, {
      cause: error,
    });
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

function refused(operation: EventOperation, answer: Members): CommandError {
  const type = String(answer["__type"]).replace(/^.*#/, "");
  if (type === "UnknownOperationException")
    return new CommandError(`this service has no ${operation}: it is a call of the gateway (s3-credentials serve)`);
  const message = answer["Message"] ?? answer["message"];
  return new CommandError(`${operation} was refused: ${typeof message === "string" ? message : type} (${type})`);
}
