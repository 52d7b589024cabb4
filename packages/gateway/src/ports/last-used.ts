import type { Grant } from "./grant.ts";
import type { AccessKeyInfo } from "./identity-records.ts";

/** When something was used last, and where. `at`: ms. */
export interface LastUse {
  readonly at: number;
  /** As in signatures: `s3`, `iam`, `sts`. */
  readonly service: string;
  readonly region: string;
}

/**
 * Remembers uses until they are stored: of long-term access keys by their id, of roles by `AROA…`, of passwords by the user's `AIDA…`.
 * Costs nothing but memory, of which it has a limit.
 */
export interface UsageNotes {
  note(subject: string, at: number, service: string, region: string): void;
}

export interface LastUsedStore {
  lastUse(subject: string): Promise<LastUse | undefined>;
  /** Of those that were used. */
  lastUses(subjects: readonly string[]): Promise<ReadonlyMap<string, LastUse>>;
  /** Keeps the latest use of each; what no longer exists is left out. Without a grant, because no request asks for it. */
  recordUses(uses: readonly (LastUse & { readonly subject: string })[]): Promise<void>;
  /** Whose key it is, for the account that asks. `ownerId` undefined: the root. */
  findAccessKey(
    accountId: string,
    accessKeyId: string,
  ): Promise<(AccessKeyInfo & { readonly ownerId: string | undefined }) | undefined>;
}

/** An account's credential report, as it was made. */
export interface CredentialReport {
  /** ms. */
  readonly generatedAt: number;
  /** CSV. */
  readonly content: string;
}

export interface CredentialReportStore {
  accountCreatedAt(accountId: string): Promise<number>;
  findCredentialReport(accountId: string): Promise<CredentialReport | undefined>;
  saveCredentialReport(accountId: string, report: CredentialReport): Promise<void>;
}

export interface CredentialReports {
  /** Begins a report unless there is one of the last four hours. The report is made after the request, in slices. */
  generate(grant: Grant, accountId: string): Promise<"STARTED" | "INPROGRESS" | "COMPLETE">;
  /** The report of the last four hours. */
  find(accountId: string): Promise<CredentialReport | "in-progress" | "expired" | "missing">;
}
