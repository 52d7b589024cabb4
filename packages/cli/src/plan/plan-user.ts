import type { IAMClient } from "@aws-sdk/client-iam";
import { parseJson } from "../formats/json.ts";
import { CommandError } from "../command-line/failures.ts";
import { bucketOwner } from "../service/caller.ts";
import { serviceTime } from "../service/clients.ts";
import { type ExistingUser, findUser, listKeyIds, userPolicyTexts } from "../service/users.ts";
import { beyondWarnings } from "./beyond-warnings.ts";
import type { NamedPolicy, PermanentRequest } from "./create-request.ts";
import { isSamePolicy, refuseChange } from "./policy-change.ts";
import { documentOf } from "../service/document.ts";
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
  const plan =
    existing === undefined
      ? await planNew(request, purpose, services)
      : await planExisting(request, existing, services);
  return { ...plan, warnings: [...plan.warnings, ...clockWarnings(request, await serviceTime(iam))] };
}

/** `30d` was counted from this machine's time, and the service compares the end with its own. */
function clockWarnings({ expires }: PermanentRequest, now: Date): readonly string[] {
  const minutes = Math.round((Date.now() - now.getTime()) / 60_000);
  if (expires === undefined || minutes === 0) return [];
  return [
    `the clock of this machine is ${Math.abs(minutes)} min ${minutes > 0 ? "ahead of" : "behind"} the service's, by which the rights end at ${isoSeconds(expires)}`,
  ];
}

async function planNew(request: PermanentRequest, purpose: string, services: Services): Promise<Plan> {
  refuseTooLong(request.userName, request.policies, new Map());
  const steps: Step[] = [
    {
      kind: "create-user",
      user: request.userName,
      ...(request.boundary === undefined ? {} : { boundary: request.boundary }),
      tags: new Map([
        [toolTags.creator, tagValue(await creatorOf(services))],
        [toolTags.purpose, tagValue(purpose)],
        ...askedTags(request),
      ]),
    },
    ...policySteps(request.userName, request.policies, new Map()),
    { kind: "create-access-key", user: request.userName },
  ];
  return { steps, warnings: [] };
}

async function planExisting(request: PermanentRequest, existing: ExistingUser, services: Services): Promise<Plan> {
  const { userName: user } = request;
  const { iam } = services;
  const inline = await userPolicyTexts(iam, user);
  const keys = await keysOf(iam, user);
  const { policies, end, warnings } = endOf(request, existing, await serviceTime(iam));
  if (!request.replacePolicy) {
    // A new end is all that --expires asks for.
    const others = request.expires === undefined ? [] : request.policiesUntil(end);
    refuseChange({ name: user, keys, policies: inline }, policies, others);
  }
  refuseTooLong(user, policies, inline);
  const steps: Step[] = [
    ...(askedTags(request).size > 0 ? [retagging(request, existing.tags)] : []),
    ...policySteps(user, policies, inline),
    { kind: "create-access-key", user },
  ];
  return {
    steps,
    warnings: [
      ...boundaryWarnings(request, existing.boundary),
      ...warnings,
      ...wideningWarnings(user, keys, policies, inline),
      ...(await beyondWarnings({ user, policies, inline, existing }, services)),
    ],
  };
}

interface Ending {
  readonly policies: readonly NamedPolicy[];
  /** The end that the user has had until now. */
  readonly end: Date | undefined;
  readonly warnings: readonly string[];
}

/** The end of a user's rights stays until somebody asks for another. */
function endOf(request: PermanentRequest, { tags }: ExistingUser, now: Date): Ending {
  const tag = tags.get(toolTags.expires);
  const end = tag === undefined || Number.isNaN(Date.parse(tag)) ? undefined : new Date(tag);
  if (request.expires !== undefined || end === undefined) return { policies: request.policies, end, warnings: [] };
  if (end <= now)
    throw new CommandError(
      `user ${request.userName} expired at ${isoSeconds(end)}, so a new key would not work; --expires WHEN sets another end`,
    );
  return {
    policies: request.policiesUntil(end),
    end,
    warnings: [`user ${request.userName} still expires at ${isoSeconds(end)}; --expires WHEN sets another end`],
  };
}

function policySteps(
  user: string,
  policies: readonly NamedPolicy[],
  inline: ReadonlyMap<string, string>,
): readonly Step[] {
  return policies.map(({ name, document }) => {
    const previous = inline.get(name);
    const step = { kind: "put-user-policy", user, policy: name, document } as const;
    return previous === undefined ? step : { ...step, previous };
  });
}

function wideningWarnings(
  user: string,
  keys: readonly string[],
  policies: readonly NamedPolicy[],
  inline: ReadonlyMap<string, string>,
): readonly string[] {
  const changed = policies.some(
    ({ name, document }) => !isSamePolicy(documentOf(inline.get(name) ?? ""), document.value),
  );
  if (keys.length === 0 || !changed) return [];
  return [`the access keys that user ${user} has already (${keys.join(", ")}) get the new policy too`];
}

/** Leaves the default boundary out at services without boundaries. A boundary that the user asked for is refused there. */
function withoutBoundary(request: PermanentRequest, provider: Provider): PermanentRequest {
  const { boundary, ...rest } = request;
  if (boundary === undefined || provider.lacks.boundaries === undefined) return request;
  return rest;
}

/** The tags that were asked for, and the tag with the end. */
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

/** Refuses a third access key. */
async function keysOf(iam: IAMClient, user: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of listKeyIds(iam, user)) keys.push(key);
  if (keys.length >= quota.accessKeys) {
    throw new CommandError(
      `user ${user} has ${keys.length} access keys already (${keys.join(", ")}) and may not have more; s3-credentials delete-key ${user} KEY deletes one, s3-credentials rotate-key ${user} puts a new one in its place, and --username NAME is for another user`,
    );
  }
  return keys;
}

function refuseTooLong(user: string, policies: readonly NamedPolicy[], inline: ReadonlyMap<string, string>): void {
  const replaced = new Set(policies.map(({ name }) => name));
  const kept = [...inline].filter(([name]) => !replaced.has(name));
  const existing = kept.reduce((sum, [, text]) => sum + compactLength(text), 0);
  const added = policies.reduce((sum, { document }) => sum + compact(document.value).length, 0);
  if (existing + added > quota.inlinePolicies) {
    const already = existing === 0 ? "" : `, ${existing} of them in the ${kept.length} policies it has`;
    throw new CommandError(
      `the inline policies of user ${user} would have ${existing + added} characters${already}; at most ${quota.inlinePolicies} are allowed: use fewer buckets, or --username for another user`,
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
