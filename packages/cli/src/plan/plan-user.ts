import type { IAMClient } from "@aws-sdk/client-iam";
import { parseJson } from "../formats/json.ts";
import { failedWith } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import { bucketOwner } from "../service/bucket-owner.ts";
import { listAccessKeys, listUserPolicyNames, userPolicyText } from "../service/users.ts";
import type { PermanentRequest } from "./create-request.ts";
import type { Provider } from "../service/providers.ts";
import { compact } from "./documents.ts";
import { quota } from "./quota.ts";
import type { Services } from "./services.ts";
import type { Plan, Step } from "./steps.ts";
import { isOurs, isoSeconds, tagValue, toolTags } from "../service/tool-tags.ts";

/** A user, made or found, gets the policies and one more access key. */
export async function planUser(asked: PermanentRequest, purpose: string, services: Services): Promise<Plan> {
  const { iam, provider } = services;
  const request = withoutBoundary(asked, provider);
  const existing = await findUser(iam, request.userName);
  const previous = existing === undefined ? new Map<string, string>() : await inlinePolicies(iam, request.userName);
  if (existing !== undefined) await refuseThirdKey(iam, request.userName);
  refuseTooLong(request, previous);
  const steps: Step[] = [];
  if (existing === undefined) {
    steps.push({
      kind: "create-user",
      user: request.userName,
      ...(request.boundary === undefined ? {} : { boundary: request.boundary }),
      tags: new Map([
        [toolTags.creator, tagValue(await creatorOf(services))],
        [toolTags.purpose, tagValue(purpose)],
        ...askedTags(request),
      ]),
    });
  } else if (askedTags(request).size > 0) {
    steps.push(retagging(request, existing.tags));
  }
  for (const { name, document } of request.policies) {
    const replaced = previous.get(name);
    steps.push({
      kind: "put-user-policy",
      user: request.userName,
      policy: name,
      document,
      ...(replaced === undefined ? {} : { previous: replaced }),
    });
  }
  steps.push({ kind: "create-access-key", user: request.userName });
  return { steps, warnings: existing === undefined ? [] : boundaryWarnings(request, existing.boundary) };
}

/** The boundary that is there by itself is left out where there are none; one that was asked for is refused. */
function withoutBoundary(request: PermanentRequest, provider: Provider): PermanentRequest {
  const { boundary, ...rest } = request;
  if (boundary === undefined || provider.lacks.boundaries === undefined) return request;
  return rest;
}

/** What was asked for, and the date. */
function askedTags({ tags, expires }: PermanentRequest): ReadonlyMap<string, string> {
  return expires === undefined ? tags : new Map([...tags, [toolTags.expires, isoSeconds(expires)]]);
}

function retagging(request: PermanentRequest, tags: ReadonlyMap<string, string>): Step {
  if (request.expires !== undefined && !isOurs(tags)) {
    throw new CommandError(
      `user ${request.userName} was not made by this tool, so --expires is not for it: \`expire\` would delete the user; use --username for another user`,
    );
  }
  const asked = askedTags(request);
  const previous = new Map([...tags].filter(([key]) => asked.has(key)));
  return { kind: "tag-user", user: request.userName, tags: asked, previous };
}

/** Who runs the tool; some services do not say. */
async function creatorOf({ provider, s3, sts, partition }: Services): Promise<string> {
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  try {
    if (provider.callerFrom === "bucket-owner") return (await bucketOwner(s3, partition)).arn;
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? "unknown";
  } catch {
    return "unknown";
  }
}

interface ExistingUser {
  readonly boundary?: string;
  readonly tags: ReadonlyMap<string, string>;
}

async function findUser(iam: IAMClient, name: string): Promise<ExistingUser | undefined> {
  const { GetUserCommand } = await import("@aws-sdk/client-iam");
  try {
    const { User } = await iam.send(new GetUserCommand({ UserName: name }));
    const boundary = User?.PermissionsBoundary?.PermissionsBoundaryArn;
    const tags = new Map(User?.Tags?.map(({ Key = "", Value = "" }) => [Key, Value]));
    return { tags, ...(boundary === undefined ? {} : { boundary }) };
  } catch (error) {
    if (failedWith(error, "NoSuchEntity", "NoSuchEntityException")) return undefined;
    throw error;
  }
}

async function inlinePolicies(iam: IAMClient, user: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for await (const name of listUserPolicyNames(iam, user)) texts.set(name, await userPolicyText(iam, user, name));
  return texts;
}

async function refuseThirdKey(iam: IAMClient, user: string): Promise<void> {
  const keys: string[] = [];
  for await (const key of listAccessKeys(iam, user)) keys.push(key);
  if (keys.length >= quota.accessKeys) {
    throw new CommandError(
      `user ${user} has ${keys.length} access keys already (${keys.join(", ")}) and may not have more; s3-credentials revoke ${user} --key ID turns one off and s3-credentials rotate-key ${user} puts a new one in its place; or use --username for another user`,
    );
  }
}

function refuseTooLong(request: PermanentRequest, previous: ReadonlyMap<string, string>): void {
  const replaced = new Set(request.policies.map(({ name }) => name));
  const kept = [...previous].filter(([name]) => !replaced.has(name));
  const existing = kept.reduce((sum, [, text]) => sum + compactLength(text), 0);
  const added = request.policies.reduce((sum, { document }) => sum + compact(document).length, 0);
  if (existing + added > quota.inlinePolicies) {
    const already = existing === 0 ? "" : `, ${existing} of them in the ${kept.length} policies it has`;
    throw new CommandError(
      `the inline policies of user ${request.userName} would have ${existing + added} characters${already}; at most ${quota.inlinePolicies} are allowed: use fewer buckets, or --username for another user`,
    );
  }
}

function compactLength(text: string): number {
  try {
    return compact(parseJson(text)).length;
  } catch {
    return text.replace(/\s+/g, "").length;
  }
}

function boundaryWarnings(request: PermanentRequest, actual: string | undefined): readonly string[] {
  if (actual === request.boundary) return [];
  const has = actual === undefined ? "has no permissions boundary" : `has the permissions boundary ${actual}`;
  return [`user ${request.userName} exists already and ${has}; it is not changed`];
}
