import type { NamedPolicy } from "@s3-credentials/policy";
import type { PrincipalRecord } from "../ports/identity-store.ts";
import type { Caller, SealedPolicies } from "../ports/principal-directory.ts";
import type { Reader } from "../sqlite/connection.ts";
import { attachedPolicies, inlinePolicies, usableDocument } from "./policy-rows.ts";
import type { PolicyTexts } from "./policy-texts.ts";

export type CallerLayers = Caller["layers"];

export const noLayers: CallerLayers = { guardrails: [], identity: [], boundary: "none", sessions: [] };

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
  return {
    guardrails: [],
    identity: [...inline, ...attached],
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
