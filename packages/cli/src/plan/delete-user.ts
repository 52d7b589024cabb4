import type { IAMClient } from "@aws-sdk/client-iam";
import { describeError, during, failedWith } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import type { Provider } from "../service/providers.ts";
import { type Attachment, findAttachments, type UnknownListing } from "./user-attachments.ts";

export interface InspectedUser {
  readonly name: string;
  /** In the order in which they go: first what can be put back when a later one fails. */
  readonly attachments: readonly Attachment[];
  /** What says that the user is a person: `a password`, `an MFA device`. */
  readonly humanIndicators: readonly string[];
  /** What the service could not list. */
  readonly unknown: readonly UnknownListing[];
}

/** Looks, changes nothing. */
export async function inspectUser(iam: IAMClient, name: string, provider: Provider): Promise<InspectedUser> {
  const { GetUserCommand } = await import("@aws-sdk/client-iam");
  try {
    await iam.send(new GetUserCommand({ UserName: name }));
    const { attachments, unknown } = await findAttachments(iam, name, provider);
    const humanIndicators = [...new Set(attachments.flatMap(({ humanIndicator }) => humanIndicator ?? []))];
    return { name, attachments: [...attachments].sort((a, b) => rank(a) - rank(b)), humanIndicators, unknown };
  } catch (error) {
    throw during(`nothing was deleted, cannot look at user ${name}`, error);
  }
}

function rank(attachment: Attachment): number {
  return attachment.restore === undefined ? 1 : 0;
}

/**
 * Takes everything from a user, then the user.
 * INVARIANT: until the first thing that cannot be put back is gone, a failure leaves the user as it was.
 */
export async function deleteUser(
  iam: IAMClient,
  user: InspectedUser,
  report: (line: string) => Promise<void>,
): Promise<void> {
  const { DeleteUserCommand } = await import("@aws-sdk/client-iam");
  const gone: Attachment[] = [];
  try {
    for (const attachment of user.attachments) {
      await orGone(attachment.remove);
      gone.push(attachment);
      await report(attachment.line);
    }
    await orGone(async () => void (await iam.send(new DeleteUserCommand({ UserName: user.name }))));
  } catch (error) {
    throw new CommandError(`user ${user.name} was not deleted: ${describeError(error)}; ${await restore(user, gone)}`, {
      cause: error,
    });
  }
  await report("Deleted user");
}

async function orGone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    // Somebody was faster.
    if (!failedWith(error, "NoSuchEntity", "NoSuchEntityException")) throw error;
  }
}

async function restore(user: InspectedUser, gone: readonly Attachment[]): Promise<string> {
  const lost = gone.filter((attachment) => attachment.restore === undefined).map(({ what }) => what);
  for (const attachment of [...gone].reverse()) {
    try {
      await attachment.restore?.();
    } catch (error) {
      lost.push(`${attachment.what} (${describeError(error)})`);
    }
  }
  const left = user.attachments
    .filter((attachment) => lost.every((what) => !what.startsWith(attachment.what)))
    .map(({ what }) => what);
  if (lost.length === 0) return "everything is as it was";
  return `gone: ${lost.join(", ")}; still there: ${["the user", ...left].join(", ")}; run the command again when the reason is removed`;
}
