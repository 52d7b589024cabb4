import { createHash } from "node:crypto";
import { signRequest } from "@s3-credentials/protocol";
import { type Json, isObject, type JsonObject, parseJson, textField } from "../formats/json.ts";
import { CommandError } from "../command-line/failures.ts";
import { stsClient } from "./clients.ts";
import type { Connection } from "./connection.ts";
import { need } from "./providers.ts";

/** One call of the gateway's own service, for what AWS has no operation for: a signed JSON document. */
export async function callGateway(
  connection: Connection,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Promise<JsonObject> {
  need(connection.provider, "session-list", "list and revoke sessions");
  const endpoint = connection.endpoints.sts;
  if (endpoint === undefined) throw new CommandError("give the gateway's address with --endpoint-url, or use --local");
  const { origin, host } = new URL(endpoint);
  // The client finds credentials and region as it does for every other command.
  const { config } = await stsClient(connection);
  const [keys, region] = await Promise.all([config.credentials(), config.region()]);
  const body = JSON.stringify(input);
  const headers = [
    ["host", host],
    ["content-type", "application/x-amz-json-1.1"],
    ["x-amz-target", `S3Credentials.${operation}`],
  ] as const;
  const wire = { method: "POST", path: "/", query: "", headers } as const;
  const digest = createHash("sha256").update(body).digest("hex");
  const signed = signRequest(wire, digest, keys, { region, service: "s3-credentials", time: Date.now() });
  const response = await fetch(`${origin}/`, {
    method: "POST",
    body,
    headers: Object.fromEntries([...headers, ...signed].filter(([name]) => name !== "host")),
    redirect: "error",
  });
  return readAnswer(await response.text(), response.status);
}

function readAnswer(text: string, status: number): JsonObject {
  const answer = readJson(text);
  if (!isObject(answer))
    throw new CommandError(
      `the service at this endpoint has no list of sessions (HTTP ${status}); use a gateway of this version`,
    );
  if (status === 200) return answer;
  const error = new Error(textField(answer, "Message"));
  throw Object.assign(error, { name: textField(answer, "__type"), $metadata: { httpStatusCode: status } });
}

function readJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
