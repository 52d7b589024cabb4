import type { NamedProgram } from "@s3-credentials/policy";
import type { GroupRecord, PrincipalRecord } from "../../../ports/identity-store.ts";
import type { Caller, SealedPolicies } from "../../../ports/principal-directory.ts";
import type { PolicyPrograms } from "../../../authz/policy-programs.ts";
import type { Reader } from "../connection.ts";
import { groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies, usableDocument } from "./policy-rows.ts";

export type CallerLayers = Caller["layers"];

export const noLayers: CallerLayers = { guardrails: [], identity: [], boundary: "none", sessions: [] };

/** A group's policies as its users have them. `policy readers of group staff`: two groups may have policies of one name. */
function groupPolicies(reader: Reader, programs: PolicyPrograms, group: GroupRecord): readonly NamedProgram[] {
  const named = (name: string, document: string | undefined): NamedProgram =>
    programs.named(`policy ${name} of group ${group.name}`, document, "identity");
  return [
    ...inlinePolicies(reader, group.id).map(({ name, document }) => named(name, document)),
    ...attachedPolicies(reader, group.id).map((arn) => named(arn, usableDocument(reader, group.accountId, arn))),
  ];
}

/** The layers a user or role has of itself, as the directory stands now. */
export function ownLayers(reader: Reader, programs: PolicyPrograms, holder: PrincipalRecord): CallerLayers {
  const inline = inlinePolicies(reader, holder.id).map(({ name, document }) =>
    programs.named(name, document, "identity"),
  );
  const attached = attachedPolicies(reader, holder.id).map((arn) =>
    programs.named(arn, usableDocument(reader, holder.accountId, arn), "identity"),
  );
  const groups = holder.kind === "user" ? groupsOf(reader, holder.id) : [];
  return {
    ...noLayers,
    identity: [...inline, ...attached, ...groups.flatMap((group) => groupPolicies(reader, programs, group))],
    // INVARIANT: `none` only when none is set; a boundary that cannot be read denies.
    boundary:
      holder.boundary === undefined
        ? "none"
        : programs.named(holder.boundary, usableDocument(reader, holder.accountId, holder.boundary), "boundary"),
  };
}

/** A session's stack of policies, outermost first. Managed ones are as they stand now. */
export function sessionLayers(
  reader: Reader,
  programs: PolicyPrograms,
  accountId: string,
  stack: readonly SealedPolicies[],
): CallerLayers["sessions"] {
  return stack
    .filter(({ inline, managed }) => inline !== undefined || managed.length > 0)
    .map(({ inline, managed }) => [
      ...(inline === undefined ? [] : [programs.named("session policy", inline, "session")]),
      ...managed.map((arn) => programs.named(arn, usableDocument(reader, accountId, arn), "session")),
    ]);
}
