/** Gives a user or role one policy in place of all that it has. What it shared with others stays as it is for them. */
import { arnOf, layersOf, type PrincipalPolicies } from "@s3-credentials/policy";
import { loadAccountAccess } from "../access/account.ts";
import { groupOf } from "../access/policy-page.ts";
import type { Who } from "../access/who.ts";
import { CallError, orNone } from "../api/call.ts";
import { iam } from "../api/iam/iam.ts";
import {
  attachPolicy,
  deleteInline,
  detachPolicy,
  getInline,
  type IdentityKind,
  listAttached,
  listInline,
  putInline,
} from "../api/iam/identity-policies.ts";
import { type PolicyDifference, policyDifferences } from "../explain/recorded-event.ts";
import { changedSince, checkKept } from "../shell/changed-since.ts";
import { allOrNone, type Step, type Undo } from "../shell/steps.ts";

/** Its name, as the command gives it. */
const given = "access-report";

/**
 * The new policy comes first and goes last, so that there is no moment without rights, whoever else gives it the same at that moment. Resolves
 * with what takes it back. Rejects when the policies are not those that `caller` has: the proposal was made for them.
 */
export async function givePolicy(who: Who, caller: PrincipalPolicies, document: string): Promise<Undo> {
  if ((await differencesSince(caller))?.length !== 0) {
    const message = `The policies of ${who.name} have changed since they were looked at. Find unused access again.`;
    throw new CallError({ code: "PoliciesChanged", message, status: 0 });
  }
  const kind: IdentityKind = who.kind === "role" ? "Role" : "User";
  const { name } = who;
  const attached = await listAttached(kind, name);
  const inline = (await listInline(kind, name)).filter((policy) => policy !== given);
  return allOrNone([
    () => putPolicy(kind, name, document, caller),
    ...attached.map(({ arn }): Step => async () => {
      await detachPolicy(kind, name, arn);
      return () => attachPolicy(kind, name, arn);
    }),
    ...inline.map((policy): Step => async () => {
      const text = await getInline(kind, name, policy);
      await deleteInline(kind, name, policy);
      return () => putInline(kind, name, policy, text);
    }),
    ...groupsOf(caller).map((group): Step => async () => {
      const membership = { UserName: name, GroupName: group };
      await iam("RemoveUserFromGroup", membership);
      return () => iam("AddUserToGroup", membership);
    }),
  ]);
}

async function putPolicy(kind: IdentityKind, name: string, document: string, caller: PrincipalPolicies): Promise<Undo> {
  const before = await orNone(getInline(kind, name, given), "NoSuchEntity");
  await putInline(kind, name, given, document);
  return async () => {
    const now = await orNone(getInline(kind, name, given), "NoSuchEntity");
    checkKept(now, document, `the policy ${given} of ${name}`);
    // INVARIANT: it goes only when nothing that it stands in for is gone: somebody who gave the same policy meanwhile took that away.
    const isGone = (await differencesSince(caller))?.some(({ what }) => what === "gone");
    if (isGone !== false) throw changedSince(`the policies of ${name}`);
    await (before === undefined ? deleteInline(kind, name, given) : putInline(kind, name, given, before));
  };
}

/** Policies of the user or role that are not what `caller` has; undefined: it is gone. */
async function differencesSince(caller: PrincipalPolicies): Promise<readonly PolicyDifference[] | undefined> {
  const { principals, details } = await loadAccountAccess();
  const now = principals.find(({ principal }) => arnOf(principal) === arnOf(caller.principal));
  return now && policyDifferences(layersOf(caller, "none"), layersOf(now, "none"), details);
}

/** Groups that give it a policy. */
function groupsOf({ layers }: PrincipalPolicies): readonly string[] {
  const names = layers.identity.map(({ origin }) => groupOf(origin));
  return [...new Set(names)].filter((name) => name !== undefined);
}
