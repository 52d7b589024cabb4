import { type NamedProgram, type PolicyOrigin, recordedName } from "@s3-credentials/policy";
import type { Caller } from "../../ports/principal-directory.ts";
import type { InlinePolicy } from "./policy-rules.ts";

export type CallerLayers = Caller["layers"];

/** Compiles a document, which takes milliseconds when it is long. Undefined means that it cannot be read: such a program denies. */
export type ReadProgram = (
  name: string,
  document: string | undefined,
  kind: "identity" | "boundary" | "session" | "guardrail" | "resource-guardrail",
) => NamedProgram | Promise<NamedProgram>;

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
export async function ownLayers(
  program: ReadProgram,
  own: IdentityPolicies,
  groups: readonly (IdentityPolicies & { readonly name: string })[],
  boundary: AttachedPolicy | undefined,
): Promise<CallerLayers> {
  const identity = [...(await identityPrograms(program, own))];
  for (const group of groups) identity.push(...(await identityPrograms(program, group, group.name)));
  return {
    ...noLayers,
    identity,
    // INVARIANT: `none` only when none is set; a boundary that cannot be read denies.
    boundary: boundary === undefined ? "none" : await program(boundary.arn, boundary.document, "boundary"),
  };
}

/** `group`: the group that has them. Two groups may have policies of one name. */
async function identityPrograms(
  program: ReadProgram,
  { inline, attached }: IdentityPolicies,
  group?: string,
): Promise<readonly NamedProgram[]> {
  const programs: NamedProgram[] = [];
  const add = async (origin: PolicyOrigin, document: string | undefined): Promise<unknown> =>
    programs.push(await program(recordedName(origin), document, "identity"));
  for (const { name, document } of inline) await add({ kind: "inline", name, group }, document);
  for (const { arn, document } of attached) await add({ kind: "managed", arn, group }, document);
  return programs;
}

/** A session's stack of policies, outermost first. */
export async function sessionLayers(
  program: ReadProgram,
  stack: readonly { readonly inline: string | undefined; readonly managed: readonly AttachedPolicy[] }[],
): Promise<CallerLayers["sessions"]> {
  const levels: (readonly NamedProgram[])[] = [];
  for (const { inline, managed } of stack) {
    const level = inline === undefined ? [] : [await program("session policy", inline, "session")];
    for (const { arn, document } of managed) level.push(await program(arn, document, "session"));
    if (level.length > 0) levels.push(level);
  }
  return levels;
}
