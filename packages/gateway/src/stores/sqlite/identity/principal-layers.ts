import {
  type AttachedPolicy,
  type CallerLayers,
  type IdentityPolicies,
  ownLayers,
  type ReadProgram,
  sessionLayers,
} from "../../../domain/identity/layers.ts";
import type { GroupRecord, PrincipalRecord } from "../../../ports/identity-store.ts";
import type { SealedPolicies } from "../../../ports/principal-directory.ts";
import type { Reader } from "../connection.ts";
import { groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies, usableDocument } from "./policy-rows.ts";

function managed(reader: Reader, accountId: string, arn: string): AttachedPolicy {
  return { arn, document: usableDocument(reader, accountId, arn) };
}

function policiesOf(reader: Reader, { id, accountId }: { id: string; accountId: string }): IdentityPolicies {
  return {
    inline: inlinePolicies(reader, id),
    attached: attachedPolicies(reader, id).map((arn) => managed(reader, accountId, arn)),
  };
}

/** The layers of a user or role, as the directory is now. */
export function readOwnLayers(reader: Reader, program: ReadProgram, principal: PrincipalRecord): CallerLayers {
  const { boundary, accountId } = principal;
  const groups = principal.kind === "user" ? groupsOf(reader, principal.id) : [];
  return ownLayers(
    program,
    policiesOf(reader, principal),
    groups.map((group) => ({ name: group.name, ...policiesOf(reader, group) })),
    boundary === undefined ? undefined : managed(reader, accountId, boundary),
  );
}

/** The layers that the policies of a group alone would give. */
export function readGroupLayers(reader: Reader, program: ReadProgram, group: GroupRecord): CallerLayers {
  return ownLayers(program, policiesOf(reader, group), [], undefined);
}

/** The layers of a session's stack of policies; managed ones as they are now. */
export function readSessionLayers(
  reader: Reader,
  program: ReadProgram,
  accountId: string,
  stack: readonly SealedPolicies[],
): CallerLayers["sessions"] {
  return sessionLayers(
    program,
    stack.map((level) => ({
      inline: level.inline,
      managed: level.managed.map((arn) => managed(reader, accountId, arn)),
    })),
  );
}
