/** A recorded decision, and what the policies of today would decide. */
import {
  type AccessRequest,
  type AccountDetails,
  arnOf,
  explain,
  type Explanation,
  isAllowed,
  decide,
  type Layers,
  mapLayers,
  type NamedProgram,
  parseArn,
  plainRequest,
  printPolicy,
  type PrincipalPolicies,
  type RecordedDecision,
  recordedDecision,
  type RoleInstead,
  rolesInstead,
  timeContext,
  trustLayers,
} from "@s3-credentials/policy";
import type { AccountAccess } from "../access/account.ts";
import { readBucketAccess } from "../access/bucket-access.ts";
import type { NamedOrigin } from "../access/policy-page.ts";
import { orNone } from "../api/call.ts";
import { type AuditEvent, getDecision } from "../api/events.ts";
import { bucketOf } from "./place-of.ts";

export interface RecordedEvent {
  readonly event: AuditEvent;
  /** Undefined: no policy was asked. */
  readonly decided: DecidedThen | undefined;
}

export interface DecidedThen extends RecordedDecision {
  readonly request: AccessRequest;
  /** With the policies as they were when it was asked. */
  readonly explanation: Explanation;
}

export async function readRecordedEvent(requestId: string): Promise<RecordedEvent> {
  const { event, record, documents } = await getDecision(requestId);
  const recorded = recordedDecision(record, documents);
  if (recorded === undefined) return { event, decided: undefined };
  const { caller, question, layers } = recorded;
  const context = Object.fromEntries(question.context ?? []);
  // The ARN of a bucket or an object names no account.
  const account = question.resourceAccount ?? (parseArn(question.resource)?.account || undefined);
  const request = plainRequest(caller, question, { account, context });
  return { event, decided: { ...recorded, request, explanation: explain(layers, request) } };
}

/** A policy that is not what it was. */
export interface PolicyDifference {
  readonly policy: NamedOrigin;
  readonly what: "changed" | "gone" | "new";
}

export interface DecidedNow {
  readonly layers: Layers;
  readonly explanation: Explanation;
  readonly differences: readonly PolicyDifference[];
  readonly roles: readonly RoleInstead[];
  /** What could not be read and so is not counted, as sentences. */
  readonly notCounted: readonly string[];
}

/**
 * The same request with the policies of today. Undefined: who asked is no user or role of the account any more, or never was. Policies of
 * the session and of an organization are taken as they were: the first never change, and the others cannot be read here.
 */
export async function decideNow(
  then: DecidedThen,
  { principals, details }: AccountAccess,
  account: string,
): Promise<DecidedNow | undefined> {
  const { request, caller, layers: old } = then;
  const found = principals.find((one) => isSame(one, caller));
  if (found === undefined) return undefined;
  const { resource, notCounted } = await resourceNow(then, { details, account });
  const layers: Layers = { ...old, ...found.layers, resource };
  const explanation = explain(layers, request);
  const context = { ...Object.fromEntries(then.question.context ?? []), ...timeContext(new Date()) };
  const refused = { request, caller: found, layers, context };
  return {
    layers,
    explanation,
    differences: policyDifferences(old, layers, details),
    roles: isAllowed(decide(layers, request)) ? [] : rolesInstead(details, refused),
    notCounted,
  };
}

/** The event of a session of a role has no path of the role. */
function isSame({ principal: known }: PrincipalPolicies, { principal: asked }: PrincipalPolicies): boolean {
  if (known.kind === "role-session")
    return asked.kind === "role-session" && known.roleName === asked.roleName && known.accountId === asked.accountId;
  return asked.kind !== "role-session" && arnOf(known) === arnOf(asked);
}

interface ResourceNow {
  readonly resource: Layers["resource"];
  readonly notCounted: readonly string[];
}

async function resourceNow(
  { request: { action, resource, resourceAccount }, layers: old }: DecidedThen,
  { details, account }: Pick<AccountAccess, "details"> & { readonly account: string },
): Promise<ResourceNow> {
  const bucket = bucketOf(resource);
  if (bucket !== "" && (resourceAccount ?? account) === account) {
    const key = resource.split("/").slice(1).join("/");
    const access = await orNone(readBucketAccess(bucket, account, key), "NoSuchBucket");
    if (access === undefined)
      return { resource: "none", notCounted: [`The bucket ${bucket} is gone, and its policy with it.`] };
    return { resource: access.layersFor(action, resource).layer, notCounted: access.notCounted };
  }
  const role = details.RoleDetailList.find(({ Arn }) => Arn === resource);
  if (old.resource !== "none" && old.resource.kind === "trust")
    return role === undefined
      ? {
          resource: old.resource,
          notCounted: [`The role is gone or of another account: its trust policy is taken as it was.`],
        }
      : { resource: trustLayers(resource, role.AssumeRolePolicyDocument ?? "").layer, notCounted: [] };
  return { resource: old.resource, notCounted: [] };
}

/** Policies that are not the same in both; policies of one name are the same policy. */
export function policyDifferences(old: Layers, now: Layers, details: AccountDetails): readonly PolicyDifference[] {
  const arns = new Map(
    [...details.UserDetailList, ...details.RoleDetailList].map((one) => [
      "UserId" in one ? one.UserId : "RoleId" in one ? one.RoleId : "",
      one.Arn,
    ]),
  );
  const [before, after] = [textsOf(old, arns), textsOf(now, arns)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name): readonly PolicyDifference[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was?.text === is?.text) return [];
    const policy = { name, origin: (is ?? was)?.origin };
    return [{ policy, what: was === undefined ? "new" : is === undefined ? "gone" : "changed" }];
  });
}

/** A stored policy of a resource names users and roles by their unique ids, and IAM and S3 show their ARNs. */
function textsOf(
  layers: Layers,
  arns: ReadonlyMap<string | undefined, string | undefined>,
): ReadonlyMap<string, Pick<NamedProgram, "origin"> & { readonly text: string }> {
  const texts = new Map<string, Pick<NamedProgram, "origin"> & { readonly text: string }>();
  mapLayers(layers, ({ name, origin, program }: NamedProgram) => {
    const stored = program === "unreadable" ? "" : printPolicy(program.source);
    const text = stored.replaceAll(/"(A[IR][DO]A\w+)"/g, (whole, id: string) => {
      const arn = arns.get(id);
      return arn === undefined ? whole : JSON.stringify(arn);
    });
    texts.set(name, { origin, text });
  });
  return texts;
}
