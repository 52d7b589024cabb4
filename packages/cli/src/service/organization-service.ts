import { CommandError } from "../command-line/failures.ts";
import { isList, isObject, type JsonObject, parseJson, textField } from "../formats/json.ts";
import { failedWith } from "../output/errors.ts";
import type { Connection } from "./connection.ts";
import type { PostAnswer } from "./post.ts";
import { checkAnswer, type JsonCall, signedCall } from "./signed-call.ts";

/** What the command asks of AWS Organizations, and of the Account API, whose operations are named by the path. */
export type OrganizationOperation =
  | "CreateAccount"
  | "DescribeCreateAccountStatus"
  | "ListAccounts"
  | "CloseAccount"
  | "PutAccountName"
  | "DescribeOrganization"
  | "ListParents"
  | "ListPoliciesForTarget"
  | "ListRoots"
  | "EnablePolicyType"
  | "DisablePolicyType"
  | "ListPolicies"
  | "DescribePolicy"
  | "ListTargetsForPolicy"
  | "CreatePolicy"
  | "UpdatePolicy"
  | "DeletePolicy"
  | "AttachPolicy"
  | "DetachPolicy";

/** The service does not have AWS Organizations. */
export class NoOrganizations extends CommandError {}

export type AskOrganization = (
  operation: OrganizationOperation,
  members: Readonly<Record<string, string>>,
) => Promise<JsonObject>;

/** Both services are in one region. */
const region = "us-east-1";

/** Rejects with what the service answered. */
export function organizationService(connection: Connection): AskOrganization {
  const given = connection.endpoints.iam ?? connection.endpoints.s3;
  return async (operation, members) =>
    answerOf(operation, await signedCall(connection, callOf(operation, given), members));
}

function callOf(operation: OrganizationOperation, given: string | undefined): JsonCall {
  const service = operation === "PutAccountName" ? "account" : "organizations";
  const endpoint = given ?? `https://${service}.${region}.amazonaws.com`;
  return service === "account"
    ? { url: new URL("/putAccountName", endpoint), service, region, contentType: "application/json" }
    : {
        url: new URL("/", endpoint),
        service,
        region,
        contentType: "application/x-amz-json-1.1",
        target: `AWSOrganizationsV20161128.${operation}`,
      };
}

function answerOf(operation: string, answer: PostAnswer): JsonObject {
  const read = answer.text === "" ? new Map() : readObject(answer.text);
  if (read === undefined)
    throw new NoOrganizations(`${operation} was not answered as AWS Organizations does: this service has no accounts`);
  checkAnswer(answer, read.get("__type"), read.get("Message") ?? read.get("message"));
  return read;
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: the account is in no organization. */
export async function managementAccount(ask: AskOrganization): Promise<string | undefined> {
  try {
    const organization = (await ask("DescribeOrganization", {})).get("Organization");
    return isObject(organization) ? textField(organization, "MasterAccountId") : undefined;
  } catch (error) {
    if (failedWith(error, "AWSOrganizationsNotInUseException")) return undefined;
    throw error;
  }
}

/** The structures of a list that is answered page by page. */
export async function* listedBy(
  ask: AskOrganization,
  operation: OrganizationOperation,
  list: string,
  members: Readonly<Record<string, string>> = {},
): AsyncGenerator<JsonObject> {
  let token: string | undefined;
  do {
    const page = await ask(operation, token === undefined ? members : { ...members, NextToken: token });
    const found = page.get(list);
    if (!isList(found)) throw new CommandError(`${operation} was answered without ${list}`);
    yield* found.filter(isObject);
    const next = page.get("NextToken");
    token = typeof next === "string" && next !== token ? next : undefined;
  } while (token !== undefined);
}
