import { createHash } from "node:crypto";
import { signRequest } from "@s3-credentials/protocol";
import { CommandError } from "../command-line/failures.ts";
import { isObject, type JsonObject, parseJson } from "../formats/json.ts";
import { stsClient } from "./clients.ts";
import type { Connection } from "./connection.ts";

/** What the command asks of AWS Organizations, and of the Account API, whose operations are named by the path. */
export type OrganizationOperation = "CreateAccount" | "ListAccounts" | "CloseAccount" | "PutAccountName";

export type AskOrganization = (
  operation: OrganizationOperation,
  members: Readonly<Record<string, string>>,
) => Promise<JsonObject>;

/** Both services are in one region. */
const region = "us-east-1";

/** Signed calls; no SDK client for these few operations is in the command. Rejects with a `CommandError`. */
export async function organizationService(connection: Connection): Promise<AskOrganization> {
  const given = connection.endpoints.iam ?? connection.endpoints.s3;
  const credentials = (await stsClient(connection)).config.credentials;
  return async (operation, members) => {
    const service = operation === "PutAccountName" ? "account" : "organizations";
    const endpoint = new URL(given ?? `https://${service}.${region}.amazonaws.com`);
    const path = service === "account" ? "/putAccountName" : "/";
    const body = JSON.stringify(members);
    const headers: [string, string][] = [
      ["host", endpoint.host],
      ...(service === "account"
        ? ([["content-type", "application/json"]] as [string, string][])
        : ([
            ["content-type", "application/x-amz-json-1.1"],
            ["x-amz-target", `AWSOrganizationsV20161128.${operation}`],
          ] as [string, string][])),
    ];
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    const digest = createHash("sha256").update(body).digest("hex");
    const place = { region, service, time: Date.now() };
    const signed = signRequest({ method: "POST", path, query: "", headers }, digest, keys, place);
    const sent = [...headers, ...signed]
      .filter(([name]) => name !== "host")
      .map(([name, value]): [string, string] => [name, value]);
    return answerOf(operation, await post(new URL(path, endpoint), sent, body));
  };
}

async function post(url: URL, headers: [string, string][], body: string): Promise<string> {
  try {
    return await (await fetch(url, { method: "POST", headers, body, redirect: "error" })).text();
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const why =
      cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : String(cause);
    throw new CommandError(`cannot reach ${url.origin}: ${why}; is the gateway running?`, { cause: error });
  }
}

function answerOf(operation: string, text: string): JsonObject {
  const read = text === "" ? new Map() : readObject(text);
  if (read === undefined)
    throw new CommandError(`${operation} was not answered as AWS Organizations does: this service has no accounts`);
  const type = read.get("__type");
  if (typeof type !== "string") return read;
  const message = read.get("Message") ?? read.get("message");
  const name = type.replace(/^.*#/, "");
  throw new CommandError(`${operation} was refused: ${typeof message === "string" ? message : name} (${name})`);
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
