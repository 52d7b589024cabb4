import { CommandError } from "../command-line/failures.ts";
import { isObject, type Json, type JsonObject, parseJson, textField } from "../formats/json.ts";
import { stsClient } from "./clients.ts";
import type { Connection } from "./connection.ts";
import { need } from "./providers.ts";
import type { PostAnswer } from "./post.ts";
import { refusal, signedCall } from "./signed-call.ts";

/** One call of the gateway's own service, for what AWS has no operation for. */
export async function callGateway(
  connection: Connection,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Promise<JsonObject> {
  need(connection.provider, ...needed(operation));
  const endpoint = connection.endpoints.sts;
  if (endpoint === undefined) throw new CommandError("give the gateway's address with --endpoint-url, or use --local");
  const region = await (await stsClient(connection)).config.region();
  const url = new URL("/", endpoint);
  const place = { url, region, service: "s3-credentials", contentType: "application/x-amz-json-1.1" } as const;
  return readAnswer(await signedCall(connection, { ...place, target: `S3Credentials.${operation}` }, input));
}

function needed(operation: string): readonly ["keyring" | "adopted-buckets" | "session-list" | "quotas", string] {
  if (operation.endsWith("Keyring")) return ["keyring", "show or rotate a keyring"];
  if (operation.endsWith("Quota")) return ["quotas", "show or set quotas"];
  if (operation.endsWith("Bucket") || operation.endsWith("BucketMove"))
    return ["adopted-buckets", "adopt, release or move buckets of an engine"];
  return ["session-list", "list and revoke sessions"];
}

function readAnswer({ text, status }: PostAnswer): JsonObject {
  const answer = readJson(text);
  if (!isObject(answer))
    throw new CommandError(
      `the service at this endpoint has nothing like this (HTTP ${status}); use a gateway of this version`,
    );
  if (status === 200) return answer;
  throw refusal(textField(answer, "__type"), textField(answer, "Message"), status);
}

function readJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
