import type { NamedPolicy } from "@s3-credentials/policy";
import type { GroupRecord, PrincipalRecord } from "../ports/identity-store.ts";
import type { Caller, SealedPolicies } from "../ports/principal-directory.ts";
import type { Reader } from "../sqlite/connection.ts";
import { groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies, usableDocument } from "./policy-rows.ts";
import type { PolicyTexts } from "./policy-texts.ts";

export type CallerLayers = Caller["layers"];

export const noLayers: CallerLayers = { guardrails: [], identity: [], boundary: "none", sessions: [] };

/** A group's policies as its users have them. `policy readers of group staff`: two groups may have policies of one name. */
function groupPolicies(reader: Reader, texts: PolicyTexts, group: GroupRecord): readonly NamedPolicy[] {
  const named = (name: string, document: string | undefined): NamedPolicy =>
    texts.named(`policy ${name} of group ${group.name}`, document, "identity");
  return [
    ...inlinePolicies(reader, group.id).map(({ name, document }) => named(name, document)),
    ...attachedPolicies(reader, group.id).map((arn) => named(arn, usableDocument(reader, group.accountId, arn))),
  ];
}

/** The layers of a user or role as they stand now: read on each request, so that a change bites at once. */
export function layersOf(
  reader: Reader,
  texts: PolicyTexts,
  holder: PrincipalRecord,
  stack: readonly SealedPolicies[],
): CallerLayers {
  const inline = inlinePolicies(reader, holder.id).map(({ name, document }) => texts.named(name, document, "identity"));
  const attached = attachedPolicies(reader, holder.id).map((arn) =>
    texts.named(arn, usableDocument(reader, holder.accountId, arn), "identity"),
  );
  const groups = holder.kind === "user" ? groupsOf(reader, holder.id) : [];
  return {
    guardrails: [],
    identity: [...inline, ...attached, ...groups.flatMap((group) => groupPolicies(reader, texts, group))],
    // INVARIANT: `none` only when none is set; a boundary that cannot be read denies.
    boundary:
      holder.boundary === undefined
        ? "none"
        : texts.named(holder.boundary, usableDocument(reader, holder.accountId, holder.boundary), "boundary"),
    sessions: stack
      .filter(({ inline, managed }) => inline !== undefined || managed.length > 0)
      .map((policies) => sessionPolicies(reader, texts, holder.accountId, policies)),
  };
}

function sessionPolicies(
  reader: Reader,
  texts: PolicyTexts,
  accountId: string,
  { inline, managed }: SealedPolicies,
): readonly NamedPolicy[] {
  return [
    ...(inline === undefined ? [] : [texts.named("session policy", inline, "session")]),
    ...managed.map((arn) => texts.named(arn, usableDocument(reader, accountId, arn), "session")),
  ];
}
