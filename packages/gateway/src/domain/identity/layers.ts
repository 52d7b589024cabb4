import { type NamedProgram, type PolicyOrigin, recordedName } from "@s3-credentials/policy";
import type { Caller } from "../../ports/principal-directory.ts";
import type { InlinePolicy } from "./policy-rules.ts";

export type CallerLayers = Caller["layers"];

/** Compiles a document. Undefined means that it cannot be read: such a program denies. */
export type ReadProgram = (
  name: string,
  document: string | undefined,
  kind: "identity" | "boundary" | "session" | "guardrail" | "resource-guardrail",
) => NamedProgram;

/** A managed policy, by its ARN. */
export interface AttachedPolicy {
  readonly arn: string;
  readonly document: string | undefined;
}

/** All policies of one user, role or group, as stored. */
export interface IdentityPolicies {
  readonly inline: readonly InlinePolicy[];
  readonly attached: readonly AttachedPolicy[];
}

export const noLayers: CallerLayers = { guardrails: [], identity: [], boundary: "none", sessions: [] };

/** The layers a user or role has of itself. */
export function ownLayers(
  program: ReadProgram,
  own: IdentityPolicies,
  groups: readonly (IdentityPolicies & { readonly name: string })[],
  boundary: AttachedPolicy | undefined,
): CallerLayers {
  return {
    ...noLayers,
    identity: [
      ...identityPrograms(program, own),
      ...groups.flatMap((group) => identityPrograms(program, group, group.name)),
    ],
    // INVARIANT: `none` only when none is set; a boundary that cannot be read denies.
    boundary: boundary === undefined ? "none" : program(boundary.arn, boundary.document, "boundary"),
  };
}

/** `group`: the group that has them. Two groups may have policies of one name. */
function identityPrograms(
  program: ReadProgram,
  { inline, attached }: IdentityPolicies,
  group?: string,
): readonly NamedProgram[] {
  const named = (origin: PolicyOrigin, document: string | undefined): NamedProgram =>
    program(recordedName(origin), document, "identity");
  return [
    ...inline.map(({ name, document }) => named({ kind: "inline", name, group }, document)),
    ...attached.map(({ arn, document }) => named({ kind: "managed", arn, group }, document)),
  ];
}

/** A session's stack of policies, outermost first. */
export function sessionLayers(
  program: ReadProgram,
  stack: readonly { readonly inline: string | undefined; readonly managed: readonly AttachedPolicy[] }[],
): CallerLayers["sessions"] {
  return stack
    .filter(({ inline, managed }) => inline !== undefined || managed.length > 0)
    .map(({ inline, managed }) => [
      ...(inline === undefined ? [] : [program("session policy", inline, "session")]),
      ...managed.map(({ arn, document }) => program(arn, document, "session")),
    ]);
}
