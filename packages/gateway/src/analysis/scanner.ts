import { aclStatements } from "@s3-credentials/policy";
import type { ScanProgress, ScanStore, ScanSubject, FoundAccess, PendingScan } from "../ports/analyzer-store.ts";
import type { Clock } from "../ports/clock.ts";
import { AnalysisRefused, type PolicyAnalysis } from "../ports/policy-analysis.ts";
import { StoreError } from "../ports/store-error.ts";

export interface ScannerParts {
  readonly store: ScanStore;
  readonly analysis: PolicyAnalysis;
  /** A stored policy with the names of its principals. */
  readonly unbind: (document: string) => Promise<string>;
  readonly clock: Pick<Clock, "now">;
  readonly failed: (error: unknown) => void;
  /** How long `settled` waits, ms. */
  readonly patienceMs?: number;
}

/** A policy may name so many principals that its findings are more than anybody reads. */
const maxFindings = 1000;
/** Each finding has the conditions of its statement, so a policy of 20 KB may have megabytes of findings. */
const maxFindingBytes = 128 * 1024;

/** Resources whose names are read at a time. */
const batch = 100;

/**
 * Scans what has changed, one resource of an account after the other, the accounts side by side. What is to be scanned is stored with each
 * change, so a restart goes on where the process before ended; a resource that changes while it is scanned is scanned once more.
 */
export class Scanner implements ScanProgress {
  readonly #parts: ScannerParts;
  /** By account; false: it failed. */
  readonly #running = new Map<string, Promise<boolean>>();
  #closed = false;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
  }

  /** Starts what is to be done and does not run. Does not wait for it. */
  async start(): Promise<void> {
    for (const account of await this.#parts.store.accountsToScan()) void this.#run(account);
  }

  async settled(accountId: string): Promise<number> {
    const { store, patienceMs = 10_000 } = this.#parts;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), patienceMs);
    });
    // A run that was about to end may have missed the last change.
    let goesOn = true;
    while (goesOn && (await store.pending(accountId)) > 0) goesOn = await Promise.race([this.#run(accountId), over]);
    clearTimeout(timer);
    return store.pending(accountId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#running.values());
  }

  #run(accountId: string): Promise<boolean> {
    let running = this.#running.get(accountId);
    if (running === undefined) {
      running = this.#succeeds(accountId).finally(() => this.#running.delete(accountId));
      this.#running.set(accountId, running);
    }
    return running;
  }

  async #succeeds(accountId: string): Promise<boolean> {
    try {
      await this.#scanAll(accountId);
      return !this.#closed;
    } catch (error) {
      if (!this.#closed) this.#parts.failed(error);
      return false;
    }
  }

  async #scanAll(accountId: string): Promise<void> {
    const { store } = this.#parts;
    await store.prepare(accountId);
    for (;;) {
      const due = await store.pendingScans(accountId, batch);
      if (due.length === 0) return;
      for (const scan of due) {
        if (this.#closed) return;
        await this.#scan(accountId, scan);
      }
    }
  }

  async #scan(accountId: string, scan: PendingScan): Promise<void> {
    const { store, clock } = this.#parts;
    const subject = await this.#subject(accountId, scan.arn);
    const at = clock.now();
    if (subject === "unreadable") {
      // Whose type nobody can read is known from its ARN alone.
      const type = scan.arn.startsWith("arn:aws:s3:::") ? "AWS::S3::Bucket" : "AWS::IAM::Role";
      await store.recordScan({ accountId, scan, at, resource: { type, createdAt: at }, found: [notAnalyzed] });
      return;
    }
    const found = subject === undefined ? [] : await this.#outside(accountId, scan.arn, subject);
    await store.recordScan({ accountId, scan, at, resource: subject, found });
  }

  async #subject(accountId: string, arn: string): Promise<ScanSubject | undefined | "unreadable"> {
    try {
      return await this.#parts.store.scanSubject(accountId, arn);
    } catch (error) {
      if (error instanceof StoreError && error.kind === "corrupt") return "unreadable";
      throw error;
    }
  }

  /** INVARIANT: a resource whose policy could not be analyzed has a finding that says so. It is never called safe. */
  async #outside(account: string, arn: string, subject: ScanSubject): Promise<readonly FoundAccess[]> {
    const { type, policy, restrictPublicBuckets, canonicalId } = subject;
    const acl = aclDocument(arn, subject);
    if (policy === undefined && acl === undefined) return [];
    try {
      const document = policy === undefined ? undefined : await this.#parts.unbind(policy);
      const of = type === "AWS::IAM::Role" ? "trust" : "resource";
      const question = { kind: "outside", document, acl, of, account, canonicalId, restrictPublicBuckets } as const;
      const answer = await this.#parts.analysis.ask(`scans of ${account}`, question);
      if (answer.answer !== "known" || answer.access.length > maxFindings) return [notAnalyzed];
      const found = answer.access.map(({ principal, actions, conditions, isPublic, sources }) => ({
        principal,
        actions,
        conditions,
        isPublic,
        sources,
      }));
      return Buffer.byteLength(JSON.stringify(found)) > maxFindingBytes ? [notAnalyzed] : found;
    } catch (error) {
      const isBusy = error instanceof AnalysisRefused && error.reason === "busy";
      if (isBusy || (error instanceof StoreError && error.kind !== "corrupt")) throw error;
      return [notAnalyzed];
    }
  }
}

/** What an ACL grants outsiders, as a policy. */
function aclDocument(arn: string, { acl, canonicalId }: ScanSubject): string | undefined {
  const grants = acl.filter(({ grantee }) => grantee !== canonicalId);
  const Statement = aclStatements(grants, { owner: "bucket", resource: arn });
  return Statement.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Statement });
}

const notAnalyzed: FoundAccess = { error: "INTERNAL_ERROR" };
