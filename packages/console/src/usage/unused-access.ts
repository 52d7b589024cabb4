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
import { type Who, whoOf } from "../access/who.ts";
import { keyLastUsed } from "../api/iam/access-keys.ts";
import { getRole, listRoles } from "../api/iam/roles.ts";
import { readKeyLifetimes } from "../expiry/read-lifetimes.ts";

/** More roles than these are not asked about one by one. */
const maxRoles = 100;

/** What is older than the window and was not used in it. */
export async function readUnused(since: Date): Promise<readonly LastUsed[]> {
  const isOlder = (time: number): boolean => time < since.getTime();
  const { keys } = await readKeyLifetimes();
  const roles = (await listRoles()).filter(({ created }) => isOlder(Date.parse(created)));
  const found: LastUsed[] = [];
  for (const { id, user, from } of keys.filter((key) => isOlder(key.from))) {
    const { time } = await keyLastUsed(id);
    found.push({ kind: "access key", of: user, id, active: true, made: new Date(from), used: dateOf(time) });
  }
  for (const { name, created } of roles.slice(0, maxRoles)) {
    const { lastUsed } = await getRole(name);
    found.push({ kind: "role", of: name, active: true, made: new Date(created), used: dateOf(lastUsed) });
  }
  return unusedSince(found, since);
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
