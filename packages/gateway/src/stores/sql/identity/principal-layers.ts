import { inTurn } from "../in-turn.ts";
import {
  type AttachedPolicy,
  type CallerLayers,
  type IdentityPolicies,
  ownLayers,
  type ReadProgram,
  sessionLayers,
} from "../../../domain/identity/layers.ts";
import type { GroupRecord, PrincipalRecord } from "../../../ports/identity-records.ts";
import type { SealedPolicies } from "../../../ports/principal-directory.ts";
import type { Reader } from "../database.ts";
import { groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies, usableDocument } from "./policy-rows.ts";

async function managed(reader: Reader, accountId: string, arn: string): Promise<AttachedPolicy> {
  return { arn, document: await usableDocument(reader, accountId, arn) };
}

async function policiesOf(
  reader: Reader,
  { id, accountId }: { id: string; accountId: string },
): Promise<IdentityPolicies> {
  return {
    inline: await inlinePolicies(reader, id),
    attached: await inTurn(await attachedPolicies(reader, id), (arn) => managed(reader, accountId, arn)),
  };
}

/** The layers of a user or role, as the directory is now. */
export async function readOwnLayers(
  reader: Reader,
  program: ReadProgram,
  principal: PrincipalRecord,
): Promise<CallerLayers> {
  const { boundary, accountId } = principal;
  const groups = principal.kind === "user" ? await groupsOf(reader, principal.id) : [];
  return ownLayers(
    program,
    await policiesOf(reader, principal),
    await inTurn(groups, async (group) => ({ name: group.name, ...(await policiesOf(reader, group)) })),
    boundary === undefined ? undefined : await managed(reader, accountId, boundary),
  );
}

/** The layers that the policies of a group alone would give. */
export async function readGroupLayers(reader: Reader, program: ReadProgram, group: GroupRecord): Promise<CallerLayers> {
  return ownLayers(program, await policiesOf(reader, group), [], undefined);
}

/** The layers of a session's stack of policies; managed ones as they are now. */
export async function readSessionLayers(
  reader: Reader,
  program: ReadProgram,
  accountId: string,
  stack: readonly SealedPolicies[],
): Promise<CallerLayers["sessions"]> {
  return sessionLayers(
    program,
    await inTurn(stack, async (level) => ({
      inline: level.inline,
      managed: await inTurn(level.managed, (arn) => managed(reader, accountId, arn)),
    })),
  );
}
