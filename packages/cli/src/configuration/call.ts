/** Calls of the services as data: they are planned, shown, made, and kept in files that undo them. */
import { fieldsOf } from "@s3-credentials/policy";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Iam from "@aws-sdk/client-iam";
import type { SchemaRef } from "@smithy/types";
import { CommandError } from "../command-line/failures.ts";
import { failedWith } from "../output/errors.ts";
import { shellWord } from "../output/quoting.ts";
import { retryWhile } from "../plan/retry.ts";
import type { Services } from "../plan/services.ts";
import type { AskOrganization } from "../service/organization-service.ts";
import { inputFrom } from "./setting-document.ts";

type IamOperation =
  | "AddUserToGroup"
  | "AttachGroupPolicy"
  | "AttachRolePolicy"
  | "AttachUserPolicy"
  | "CreateAccountAlias"
  | "CreateGroup"
  | "CreatePolicy"
  | "CreatePolicyVersion"
  | "CreateRole"
  | "CreateUser"
  | "DeleteAccountAlias"
  | "DeleteAccountPasswordPolicy"
  | "DeleteGroup"
  | "DeleteGroupPolicy"
  | "DeletePolicy"
  | "DeletePolicyVersion"
  | "DeleteRole"
  | "DeleteRolePermissionsBoundary"
  | "DeleteRolePolicy"
  | "DeleteUser"
  | "DeleteUserPermissionsBoundary"
  | "DeleteUserPolicy"
  | "DetachGroupPolicy"
  | "DetachRolePolicy"
  | "DetachUserPolicy"
  | "PutGroupPolicy"
  | "PutRolePermissionsBoundary"
  | "PutRolePolicy"
  | "PutUserPermissionsBoundary"
  | "PutUserPolicy"
  | "RemoveUserFromGroup"
  | "SetDefaultPolicyVersion"
  | "TagPolicy"
  | "TagRole"
  | "TagUser"
  | "UntagPolicy"
  | "UntagRole"
  | "UntagUser"
  | "UpdateAccountPasswordPolicy"
  | "UpdateAssumeRolePolicy"
  | "UpdateRole";
type OrganizationChange =
  | "AttachPolicy"
  | "CreateAccount"
  | "CreatePolicy"
  | "DeletePolicy"
  | "DetachPolicy"
  | "DisablePolicyType"
  | "EnablePolicyType"
  | "UpdatePolicy";

export interface Call {
  readonly service: "iam" | "s3api" | "organizations";
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

type IamInput<Name extends IamOperation> = ConstructorParameters<(typeof Iam)[`${Name}Command`]>[0];

export function iamCall<Name extends IamOperation>(operation: Name, input: IamInput<Name>): Call {
  return { service: "iam", operation, input: { ...input } };
}

/** `input` is as JSON has it, times as texts. */
export function bucketCall(operation: string, input: Readonly<Record<string, unknown>>): Call {
  return { service: "s3api", operation, input };
}

export function organizationCall(operation: OrganizationChange, input: Readonly<Record<string, string>>): Call {
  return { service: "organizations", operation, input };
}

/** Makes a call; resolves to the members of its answer. */
export type MakeCall = (call: Call) => Promise<unknown>;

type AnyCommand = new (input: object) => never;

/** The service did not begin to do it, so it may be asked again. */
const notBegun = ["Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"];
/** What AWS answers about something that was made a moment ago and that not all of its servers know yet. */
const notKnownYet = ["MalformedPolicyDocument", "MalformedPolicy", "NoSuchEntity", "InvalidInput"];
/** Seconds. */
const patience = { throttled: 60, spreading: 20 };

export interface CallOptions {
  readonly signal: AbortSignal;
  /** What is made is known at once; at AWS it has to spread first. */
  readonly consistent: boolean;
}

/** No call is repeated whose answer was lost: a second CreatePolicyVersion would leave a version that nobody knows of. */
export function callMaker(
  { s3, iamOnce }: Pick<Services, "s3" | "iamOnce">,
  ask: AskOrganization,
  { signal, consistent }: CallOptions,
): MakeCall {
  const send = async ({ service, operation, input }: Call): Promise<unknown> => {
    if (service === "organizations") {
      const answer = await ask(operation as OrganizationChange, input as Readonly<Record<string, string>>);
      return operation === "CreateAccount" ? accountMade(ask, answer, signal) : answer;
    }
    if (service === "s3api") {
      const sdk: Readonly<Record<string, unknown>> = await import("@aws-sdk/client-s3");
      const Command = sdk[`${operation}Command`] as AnyCommand;
      return s3.send(new Command(inputFrom(sdk[`${operation}Request$`] as SchemaRef, input)));
    }
    const sdk: Readonly<Record<string, unknown>> = await import("@aws-sdk/client-iam");
    const Command = sdk[`${operation}Command`] as AnyCommand;
    return iamOnce.send(new Command(input));
  };
  let made = false;
  return async (call) => {
    const spreads = made && !consistent && !call.operation.startsWith("Delete");
    const passes = (error: unknown): boolean => failedWith(error, ...notBegun);
    const answer = await retryWhile(
      () =>
        retryWhile(
          () => send(call),
          (error) => spreads && failedWith(error, ...notKnownYet),
          patience.spreading,
          signal,
        ),
      passes,
      patience.throttled,
      signal,
    );
    made ||= call.operation.startsWith("Create");
    return answer;
  };
}

/** Seconds between two questions. */
const accountPause = 2;

/** AWS makes an account in some minutes. https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html */
async function accountMade(ask: AskOrganization, first: unknown, signal: AbortSignal): Promise<unknown> {
  const member = (answer: unknown, name: string) => answeredText(answer, "CreateAccountStatus", name);
  let answer = first;
  while (member(answer, "State") === "IN_PROGRESS") {
    await sleep(accountPause * 1000, undefined, { signal });
    answer = await ask("DescribeCreateAccountStatus", { CreateAccountRequestId: member(first, "Id") });
  }
  if (member(answer, "State") === "SUCCEEDED") return answer;
  throw new CommandError(`the account was not made: ${member(answer, "FailureReason")}`);
}

/** A text in an answer, by the names that lead to it. @throws {CommandError} when it is not there. */
export function answeredText(answer: unknown, ...names: readonly string[]): string {
  let value: unknown = answer;
  for (const name of names) {
    if (value instanceof Map) value = value.get(name);
    else value = fieldsOf(value)[name];
  }
  if (typeof value === "string") return value;
  throw new CommandError(`the service's answer has no ${names.join(".")}`);
}

/** The command line of the AWS CLI that makes the call. */
export function callText({ service, operation, input }: Call): string {
  const options = Object.entries(input).map(([name, value]) => {
    const option = kebab(name);
    if (value === true) return `--${option}`;
    if (value === false) return `--no-${option}`;
    return `--${option} ${shellWord(typeof value === "string" ? value : JSON.stringify(value))}`;
  });
  return ["aws", service, kebab(operation), ...options].join(" ");
}

function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z\d])[A-Z]/g, "-$&").toLowerCase();
}
