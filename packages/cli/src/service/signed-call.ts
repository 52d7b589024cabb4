import { createHash } from "node:crypto";
import { signRequest } from "@s3-credentials/protocol";
import { CommandError } from "../command-line/failures.ts";
import { stsClient } from "./clients.ts";
import type { Connection } from "./connection.ts";
import { post, type PostAnswer } from "./post.ts";

/** Where a call goes, and what its signature says. `target` names the operation where the path does not. */
export interface JsonCall {
  readonly url: URL;
  readonly service: string;
  readonly region: string;
  readonly contentType: "application/json" | "application/x-amz-json-1.1";
  readonly target?: string;
}

/** A signed call of a service that speaks JSON, of which no SDK client is in the command. */
export async function signedCall(connection: Connection, call: JsonCall, members: object): Promise<PostAnswer> {
  const { url, service, region } = call;
  const body = JSON.stringify(members);
  const headers: [string, string][] = [
    ["host", url.host],
    ["content-type", call.contentType],
    ...(call.target === undefined ? [] : [["x-amz-target", call.target] as [string, string]]),
  ];
  // The client finds credentials as it does for every other command.
  const { accessKeyId, secretAccessKey, sessionToken } = await (await stsClient(connection)).config.credentials();
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const digest = createHash("sha256").update(body).digest("hex");
  const wire = { method: "POST", path: url.pathname, query: "", headers };
  const signed = signRequest(wire, digest, keys, { region, service, time: Date.now() });
  return post(connection.network, url, [...headers, ...signed], body);
}

/** What the service refused, in the form of the SDK's errors, so that it is described as those are. */
export function refusal(type: string, message: unknown, status: number): Error {
  const name = type.replace(/^.*#/, "");
  const error = new Error(typeof message === "string" ? message : undefined);
  return Object.assign(error, { name, $metadata: { httpStatusCode: status } });
}

/** Rejects an answer that is an error. Only 200 says that a call was done: a redirection, or what a proxy says, is no answer of the service. */
export function checkAnswer({ status, errorType }: PostAnswer, type: unknown, message: unknown): void {
  const name = typeof type === "string" ? type : errorType;
  if (name !== undefined) throw refusal(name, message, status);
  if (status !== 200) throw new CommandError(`the service at this endpoint answered with HTTP ${status} and no reason`);
}
