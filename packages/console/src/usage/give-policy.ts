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
import { policyDifferences } from "../explain/recorded-event.ts";
import { checkKept } from "../shell/changed-since.ts";
import { allOrNone, type Step, type Undo } from "../shell/steps.ts";

/** Its name, as the command gives it. */
const given = "access-report";

/**
 * The new policy comes first, so that there is no moment without rights. Resolves with what takes it back. Rejects when the policies are not
 * those that `caller` has: the proposal was made for them.
 */
export async function givePolicy(who: Who, caller: PrincipalPolicies, document: string): Promise<Undo> {
  await checkUnchanged(who, caller);
  const kind: IdentityKind = who.kind === "role" ? "Role" : "User";
  const { name } = who;
  const attached = await listAttached(kind, name);
  const inline = (await listInline(kind, name)).filter((policy) => policy !== given);
  return allOrNone([
    () => putPolicy(kind, name, document),
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

async function putPolicy(kind: IdentityKind, name: string, document: string): Promise<Undo> {
  const before = await orNone(getInline(kind, name, given), "NoSuchEntity");
  await putInline(kind, name, given, document);
  return async () => {
    const now = await orNone(getInline(kind, name, given), "NoSuchEntity");
    checkKept(now, document, `the policy ${given} of ${name}`);
    await (before === undefined ? deleteInline(kind, name, given) : putInline(kind, name, given, before));
  };
}

async function checkUnchanged({ name }: Who, caller: PrincipalPolicies): Promise<void> {
  const { principals, details } = await loadAccountAccess();
  const now = principals.find(({ principal }) => arnOf(principal) === arnOf(caller.principal));
  if (now !== undefined && policyDifferences(layersOf(caller, "none"), layersOf(now, "none"), details).length === 0)
    return;
  const message = `The policies of ${name} have changed since they were looked at. Find unused access again.`;
  throw new CallError({ code: "PoliciesChanged", message, status: 0 });
}

/** Groups that give it a policy. */
function groupsOf({ layers }: PrincipalPolicies): readonly string[] {
  const names = layers.identity.map(({ origin }) => groupOf(origin));
  return [...new Set(names)].filter((name) => name !== undefined);
}
