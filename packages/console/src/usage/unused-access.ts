/** Keys and roles that nobody used, and what each user and role could have in place of its policies. */
import {
  type LastUsed,
  layersOf,
  maxInlineLength,
  type NarrowerPolicy,
  narrowerPolicy,
  type PrincipalPolicies,
  type RecordedUsage,
  unusedSince,
} from "@s3-credentials/policy";
import { eachOf } from "../api/each-of.ts";
import { type Who, whoOf } from "../access/who.ts";
import { keyLastUsed } from "../api/iam/access-keys.ts";
import { listRoleUses } from "../api/iam/roles.ts";
import { readAllKeys } from "../expiry/read-lifetimes.ts";

/** What is older than the window and was not used in it, of the whole account. */
export async function readUnused(since: Date): Promise<readonly LastUsed[]> {
  const isOlder = (time: number): boolean => time < since.getTime();
  const [keys, roles] = await Promise.all([readAllKeys(), listRoleUses()]);
  const ofKeys = await eachOf(
    keys.filter(({ from }) => isOlder(from)),
    async ({ id, user, from }): Promise<LastUsed> => {
      const { time } = await keyLastUsed(id);
      return { kind: "access key", of: user, id, active: true, made: new Date(from), used: dateOf(time) };
    },
  );
  const ofRoles = roles
    .filter(({ created }) => isOlder(Date.parse(created)))
    .map(({ name, created, lastUsed }): LastUsed => ({
      kind: "role",
      of: name,
      active: true,
      made: new Date(created),
      used: dateOf(lastUsed),
    }));
  return unusedSince([...ofKeys, ...ofRoles], since);
}

function dateOf(time: string): Date | undefined {
  return time === "" ? undefined : new Date(time);
}

/** About a second of work: the page stands still meanwhile. */
const steps = 3_000_000;

/** What one user or role could have. */
export interface UsageProposal {
  readonly who: Who;
  readonly caller: PrincipalPolicies;
  readonly result: NarrowerPolicy;
}

/** One for each that has more than it used, as they are found out: each takes its time. */
export function* usageProposals(
  principals: readonly PrincipalPolicies[],
  { used }: RecordedUsage,
): Generator<UsageProposal> {
  for (const caller of principals) {
    const { principal, tags } = caller;
    const who = whoOf({ who: "", caller, isOutside: false });
    if (!("accountId" in principal) || who.kind === "outside") continue;
    const arn = principal.kind === "role-session" ? principal.roleArn : principal.arn;
    const requests = used.get(`${who.kind}s/${who.name}`) ?? new Map();
    const result = narrowerPolicy({
      layers: layersOf(caller, "none"),
      principal,
      tags,
      arn,
      used: [...requests.values()],
      maxLength: maxInlineLength[who.kind],
      steps,
    });
    if (result.kind !== "as-used") yield { who, caller, result };
  }
}
