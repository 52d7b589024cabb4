import type { IAMClient } from "@aws-sdk/client-iam";
import { describeError, during, failedWith } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import type { Provider } from "../service/providers.ts";
import { type Attachment, findAttachments, type Found, type UnknownListing } from "./attachments.ts";
import { roleListings } from "./role-attachments.ts";
import { isUnknownOutcome } from "./run-undoable.ts";
import { userListings } from "./user-attachments.ts";

/** A user or a role that was looked at and can be deleted. */
export interface InspectedIdentity {
  readonly kind: "user" | "role";
  readonly name: string;
  /** In the order of their deletion: first those that can be put back when a later one fails. */
  readonly attachments: readonly Attachment[];
  /** What says that the user is a person: `a password`, `an MFA device`. */
  readonly humanIndicators: readonly string[];
  /** What the service could not list. */
  readonly unknown: readonly UnknownListing[];
  /** Deletes it, once nothing belongs to it. */
  readonly remove: () => Promise<void>;
}

/** Reads only; changes nothing. */
export async function inspectUser(iam: IAMClient, name: string, provider: Provider): Promise<InspectedIdentity> {
  const { DeleteUserCommand, GetUserCommand } = await import("@aws-sdk/client-iam");
  const found = await inspect("user", name, async () => {
    await iam.send(new GetUserCommand({ UserName: name }));
    return findAttachments(iam, name, userListings(provider));
  });
  return { ...found, remove: async () => void (await iam.send(new DeleteUserCommand({ UserName: name }))) };
}

/** Reads only; changes nothing. */
export async function inspectRole(iam: IAMClient, name: string): Promise<InspectedIdentity> {
  const { DeleteRoleCommand, GetRoleCommand } = await import("@aws-sdk/client-iam");
  const found = await inspect("role", name, async () => {
    await iam.send(new GetRoleCommand({ RoleName: name }));
    return findAttachments(iam, name, roleListings);
  });
  return { ...found, remove: async () => void (await iam.send(new DeleteRoleCommand({ RoleName: name }))) };
}

async function inspect(kind: "user" | "role", name: string, look: () => Promise<Found>) {
  try {
    const { attachments, unknown } = await look();
    const humanIndicators = [...new Set(attachments.flatMap(({ humanIndicator }) => humanIndicator ?? []))];
    return { kind, name, attachments: attachments.toSorted((a, b) => rank(a) - rank(b)), humanIndicators, unknown };
  } catch (error) {
    throw during(`nothing was deleted, cannot look at ${kind} ${name}`, error);
  }
}

function rank(attachment: Attachment): number {
  return attachment.restore === undefined ? 1 : 0;
}

/**
 * Takes everything from a user or role, then deletes it.
 * INVARIANT: until the first thing that cannot be put back is gone, a failure leaves it as it was.
 */
export async function deleteIdentity(
  identity: InspectedIdentity,
  report: (line: string) => Promise<void>,
): Promise<void> {
  const { kind, name } = identity;
  const gone: Attachment[] = [];
  let removing: Attachment | InspectedIdentity = identity;
  try {
    for (const attachment of identity.attachments) {
      removing = attachment;
      await orGone(attachment.remove);
      gone.push(attachment);
      await report(attachment.line);
    }
    removing = identity;
    await orGone(identity.remove);
  } catch (error) {
    const unsure = isUnknownOutcome(error) ? removing : undefined;
    const failed =
      unsure === identity ? `it is not known whether ${kind} ${name} was deleted` : `${kind} ${name} was not deleted`;
    throw new CommandError(`${failed}: ${describeError(error)}; ${await restore(identity, gone, unsure)}`, {
      cause: error,
    });
  }
  await report(`Deleted ${kind}`);
}

async function orGone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    // Somebody else has deleted it already.
    if (!failedWith(error, "NoSuchEntity", "NoSuchEntityException")) throw error;
  }
}

/** Puts back what is `gone`. The deletion of `unsure` got no answer, so it may be gone too. Returns what stands now, in words. */
async function restore(
  identity: InspectedIdentity,
  gone: readonly Attachment[],
  unsure: Attachment | InspectedIdentity | undefined,
): Promise<string> {
  const { kind, attachments } = identity;
  const lost = gone.filter((attachment) => attachment.restore === undefined).map(({ what }) => what);
  const perhaps = attachments.filter((attachment) => attachment === unsure && !gone.includes(attachment));
  for (const { what, restore: again } of perhaps) if (again === undefined) lost.push(`${what} perhaps`);
  for (const attachment of [...perhaps, ...[...gone].reverse()]) {
    try {
      await attachment.restore?.();
    } catch (error) {
      lost.push(`${attachment.what} (${describeError(error)})`);
    }
  }
  const left = attachments
    .filter((attachment) => lost.every((what) => !what.startsWith(attachment.what)))
    .map(({ what }) => what);
  if (lost.length === 0)
    return unsure === identity ? `if the ${kind} is still there, everything is as it was` : "everything is as it was";
  return `gone: ${lost.join(", ")}; still there: ${[unsure === identity ? `the ${kind} perhaps` : `the ${kind}`, ...left].join(", ")}; run the command again when the reason is removed`;
}
