import type { IAMClient } from "@aws-sdk/client-iam";
import { failedWith, serviceFailure } from "../output/errors.ts";

/** Something that IAM wants gone before it deletes a user or a role. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
export interface Attachment {
  readonly what: string;
  /** Printed when it is gone. */
  readonly line: string;
  readonly remove: () => Promise<void>;
  /** Absent when it cannot be made again. */
  readonly restore?: () => Promise<void>;
  /** Set when it shows that the user is a person. */
  readonly humanIndicator?: string;
}

type Finder = (iam: IAMClient, name: string) => AsyncIterable<Attachment>;

export interface Listing {
  readonly what: string;
  readonly find: Finder;
  /** Every service that has users or roles has these, so a failure of the service does not mean that it lacks them. */
  readonly always?: true;
}

export interface UnknownListing {
  readonly what: string;
  /** The service's code and status. */
  readonly answer: string;
}

/** What belongs to a user or role, and which listings the service does not have. */
export interface Found {
  readonly attachments: readonly Attachment[];
  readonly unknown: readonly UnknownListing[];
}

export async function findAttachments(iam: IAMClient, name: string, listings: readonly Listing[]): Promise<Found> {
  const attachments: Attachment[] = [];
  const unknown: UnknownListing[] = [];
  for (const { what, find, always = false } of listings) {
    try {
      for await (const attachment of find(iam, name)) attachments.push(attachment);
    } catch (error) {
      // The service has no such things. After any other failure it is not known whether there are any, so it stops.
      if (failedWith(error, "NotImplemented")) continue;
      if (!isUnknownOperation(error, always)) throw error;
      const { code, status } = serviceFailure(error);
      unknown.push({ what, answer: [code === "Unknown" ? "" : `${code}, `, `HTTP ${status ?? "?"}`].join("") });
    }
  }
  return { attachments, unknown };
}

/**
 * Some services answer an operation they do not know with a page of 500. A 500 with a code (`InternalFailure`) is from one that knows it and
 * could not answer: taken for one that has no passwords, it would let a person be deleted.
 */
function isUnknownOperation(error: unknown, always: boolean): boolean {
  const { code, status } = serviceFailure(error);
  if (failedWith(error, "InvalidAction", "UnknownOperation", "UnknownOperationException", "UnsupportedOperation"))
    return true;
  return !always && (status === 501 || (status === 500 && code === "Unknown"));
}
