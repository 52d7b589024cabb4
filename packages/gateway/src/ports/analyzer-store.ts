import type { ExternalAccess } from "@s3-credentials/policy";
import type { Acl } from "./acl.ts";
import type { Done } from "./identity-store.ts";
import type { Page } from "./page.ts";
import type { Grant } from "./grant.ts";

export interface AnalyzerRecord {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly tags: ReadonlyMap<string, string>;
  /** The `clientToken` that made it. */
  readonly token: string | undefined;
  /** The resource that was scanned last, and when; undefined before the first scan. */
  readonly lastScan: { readonly arn: string; readonly at: number } | undefined;
}

/** What a finding has to be for a rule: every property fulfils its criterion. */
export type FindingFilter = Readonly<Record<string, FindingCriterion>>;

/** Each part that is there has to hold. */
export interface FindingCriterion {
  readonly eq?: readonly string[];
  readonly neq?: readonly string[];
  readonly contains?: readonly string[];
  readonly exists?: boolean;
}

export interface ArchiveRule {
  readonly name: string;
  readonly filter: FindingFilter;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly token: string | undefined;
}

export const analyzedTypes = ["AWS::S3::Bucket", "AWS::IAM::Role"] as const;
export type AnalyzedType = (typeof analyzedTypes)[number];

export const findingStatuses = ["ACTIVE", "ARCHIVED", "RESOLVED"] as const;
export type FindingStatus = (typeof findingStatuses)[number];

/**
 * What a finding says of an access. `error`: the resource could not be analyzed, so that it may allow anything. `sources` are absent in
 * findings of older versions, which analyzed only policies.
 */
export type FoundAccess =
  | (Omit<ExternalAccess, "witness" | "sources"> & Partial<Pick<ExternalAccess, "sources">>)
  | { readonly error: "INTERNAL_ERROR"; readonly principal?: undefined; readonly isPublic?: undefined };

export interface FindingRecord {
  readonly id: string;
  readonly arn: string;
  readonly type: AnalyzedType;
  readonly owner: string;
  readonly status: FindingStatus;
  readonly createdAt: number;
  readonly analyzedAt: number;
  readonly updatedAt: number;
  readonly access: FoundAccess;
}

export interface AnalyzedResource {
  readonly arn: string;
  readonly type: AnalyzedType;
  readonly owner: string;
  readonly createdAt: number;
  readonly analyzedAt: number;
  readonly updatedAt: number;
  readonly isPublic: boolean;
  /** All that somebody outside may do. */
  readonly actions: readonly string[];
  /** Of a bucket: whether its policy, its ACL or both allow it. */
  readonly sharedVia: readonly string[];
  readonly error: "INTERNAL_ERROR" | undefined;
}

export type FindingOrder = "createdAt" | "analyzedAt" | "updatedAt" | "resource" | "resourceType" | "status" | "id";

export interface FindingQuery {
  readonly order: FindingOrder;
  readonly descending: boolean;
  /** Where the page before ended, as `next` of it said. */
  readonly after: readonly [value: string | number, id: string] | undefined;
  readonly limit: number;
}

export interface AnalyzerTagChange {
  readonly set: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

export type AnalyzerOutcome =
  | Done
  | { readonly kind: "analyzer-missing" | "analyzer-exists" | "too-many-analyzers" | "too-many-tags" }
  | { readonly kind: "rule-missing" | "rule-exists" | "too-many-rules" | "too-large-rules" };

/** Analyzers, their rules and what they found. Rejects with `StoreError` only. */
export interface AnalyzerStore {
  findAnalyzer(accountId: string, name: string): Promise<AnalyzerRecord | undefined>;
  /** Of one account; there are few. */
  listAnalyzers(grant: Grant, accountId: string): Promise<readonly AnalyzerRecord[]>;
  /** Everything of the account is to be scanned. An analyzer that the same `token` made is done already. */
  createAnalyzer(
    grant: Grant,
    analyzer: Omit<AnalyzerRecord, "id" | "lastScan">,
    rules: readonly ArchiveRule[],
  ): Promise<AnalyzerOutcome>;
  /** With its rules and findings. Nobody finds it afterwards; many findings are removed later. */
  deleteAnalyzer(grant: Grant, analyzerId: string): Promise<AnalyzerOutcome>;
  changeAnalyzerTags(grant: Grant, analyzerId: string, change: AnalyzerTagChange): Promise<AnalyzerOutcome>;

  findRule(grant: Grant, analyzerId: string, name: string): Promise<ArchiveRule | undefined>;
  /** There are few, by name. */
  listRules(grant: Grant, analyzerId: string): Promise<readonly ArchiveRule[]>;
  createRule(grant: Grant, analyzerId: string, rule: ArchiveRule): Promise<AnalyzerOutcome>;
  changeRule(
    grant: Grant,
    analyzerId: string,
    rule: Pick<ArchiveRule, "name" | "filter" | "updatedAt">,
  ): Promise<AnalyzerOutcome>;
  deleteRule(grant: Grant, analyzerId: string, name: string): Promise<AnalyzerOutcome>;
  /** Archives the active findings that fit the rule, a part of them at a time. */
  applyRule(grant: Grant, analyzerId: string, name: string, at: number): Promise<AnalyzerOutcome>;

  findFinding(grant: Grant, analyzerId: string, id: string): Promise<FindingRecord | undefined>;
  listFindings(grant: Grant, analyzerId: string, query: FindingQuery): Promise<readonly FindingRecord[]>;
  /** Resolved ones stay as they are. `arn`: all findings of the resource. */
  setFindingStatus(
    grant: Grant,
    analyzerId: string,
    which: { readonly ids: readonly string[] } | { readonly arn: string },
    status: "ACTIVE" | "ARCHIVED",
    at: number,
  ): Promise<void>;

  findResource(grant: Grant, analyzerId: string, arn: string): Promise<AnalyzedResource | undefined>;
  listResources(
    grant: Grant,
    analyzerId: string,
    query: { readonly type: AnalyzedType | undefined; readonly after: string; readonly limit: number },
  ): Promise<Page<AnalyzedResource>>;
  /** False when the account has no such resource. */
  requestScan(grant: Grant, accountId: string, arn: string): Promise<boolean>;
}

/** A resource that changed after it was scanned. */
export interface PendingScan {
  readonly arn: string;
  /** Moves when the resource changes once more. */
  readonly generation: number;
}

/** A resource as it is now. `policy`: as it is stored. */
export interface ScanSubject {
  readonly type: AnalyzedType;
  readonly createdAt: number;
  readonly policy: string | undefined;
  /** Of a bucket: the grants of its ACL that count. */
  readonly acl: Acl;
  readonly restrictPublicBuckets: boolean;
  /** Of the account. */
  readonly canonicalId: string | undefined;
}

export interface ScanResult {
  readonly accountId: string;
  readonly scan: PendingScan;
  readonly at: number;
  /** Undefined: there is no such resource any more. */
  readonly resource: Pick<ScanSubject, "type" | "createdAt"> | undefined;
  readonly found: readonly FoundAccess[];
}

/** For the scans, which the gateway does by itself and which no request pays for. */
export interface ScanStore {
  /** Also those with a deleted analyzer of which something is left. */
  accountsToScan(): Promise<readonly string[]>;
  /** Removes what a deleted analyzer left, and enqueues all resources for a new one, with room for other writes between. */
  prepare(accountId: string): Promise<void>;
  /** How many resources of an account are to be scanned. */
  pending(accountId: string): Promise<number>;
  pendingScans(accountId: string, limit: number): Promise<readonly PendingScan[]>;
  scanSubject(accountId: string, arn: string): Promise<ScanSubject | undefined>;
  /** Stores what was found, and that the resource is scanned when it has not changed meanwhile. */
  recordScan(result: ScanResult): Promise<void>;
}

/** Whether what is known of an account is up to date. */
export interface ScanProgress {
  /** Waits, up to some seconds, until every change of the account is scanned. Gives how many resources are left. */
  settled(accountId: string): Promise<number>;
}
