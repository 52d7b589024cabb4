import { canAllow } from "@s3-credentials/policy";
import { type Demand, type Refusal, refuse } from "../operations/operation.ts";
import { accountOf, denial, loggedDecision } from "./authorize.ts";
import {
  applies,
  appliesToPlain,
  askOn,
  type Authorized,
  bucketLayer,
  plainTarget,
  type S3Case,
  type Target,
} from "./authorize-s3.ts";

/**
 * For a row whose demands depend on its body: refuses callers whom no Allow could concern, whatever the body says, so that
 * their body is not read. Undefined: the demands have to be asked with the body.
 */
export function refuseImpossible(test: S3Case): (Omit<Authorized, "outcome"> & { outcome: Refusal }) | undefined {
  const { demands } = test.row;
  for (const demand of demands) {
    if (demand.resource === "item" || !appliesToPlain(test, demand)) continue;
    const target = plainTarget(demand, test);
    if (!isPossible(test, demand, target, target.resource)) return refused(test, demand, target);
  }
  const items = demands.filter(({ resource }) => resource === "item");
  if (items.length === 0) return undefined;
  const target: Target = {
    resource: `arn:aws:s3:::${test.subject.bucket ?? ""}/*`,
    bucket: test.buckets.bucket,
    versionId: undefined,
  };
  // An item may or may not name a version: some key of either kind must be allowed everything that is asked of it.
  const impossible = ["", undefined].map((versionId) =>
    items.find(
      (demand) => applies(test, demand, versionId) && !isPossible(test, demand, target, target.resource.slice(0, -1)),
    ),
  );
  const [versioned, plain] = impossible;
  return versioned === undefined || plain === undefined ? undefined : refused(test, plain, target);
}

function isPossible(test: S3Case, { action, unlessDenied }: Demand, { bucket }: Target, prefix: string): boolean {
  const { principal, layers } = test.facts.caller;
  return (
    unlessDenied === true ||
    canAllow(
      { ...layers, resource: bucketLayer(test, bucket) },
      {
        principal,
        action,
        resourceAccount: bucket?.owner ?? accountOf(principal),
        resourcePrefix: prefix === "*" ? "" : prefix,
      },
    )
  );
}

/** INVARIANT: what is refused here is refused, whatever the demand itself would answer. */
function refused(test: S3Case, demand: Demand, target: Target): { outcome: Refusal; decision: Authorized["decision"] } {
  const answered = askOn(test, demand, target);
  const outcome = answered.allowed ? refuse("AccessDenied") : denial(answered, "nothing");
  return { outcome, decision: loggedDecision(answered) };
}
