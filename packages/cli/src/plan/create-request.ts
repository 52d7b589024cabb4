import type { PolicyText } from "../input/policy-text.ts";

/** What `create` was asked for, checked, with every name and document. No service has been asked anything yet. */
export interface CreateRequest {
  readonly buckets: readonly string[];
  /** `aws`, `aws-cn` …: the first part of every ARN. */
  readonly partition: string;
  readonly bucketCreation: BucketCreation;
  /** In words, for tags and the ledger: `read-only my-bucket/reports/`. */
  readonly purpose: string;
  readonly credentials: PermanentRequest | TemporaryRequest;
  /** What is tried with the credentials before they are handed over. */
  readonly check: "none" | "wait" | "verify";
  /** Key prefixes the credentials are for; none: every key. */
  readonly prefixes: readonly string[];
}

export interface BucketCreation {
  readonly wanted: boolean;
  readonly region?: string;
  readonly public: boolean;
  readonly website: boolean;
  /** The command has no --create-bucket. */
  readonly elsewhere?: true;
}

export interface PermanentRequest {
  readonly kind: "permanent";
  readonly userName: string;
  /** What was asked for with `--tag`. */
  readonly tags: ReadonlyMap<string, string>;
  /** When the rights end; the documents have this date already. */
  readonly expires?: Date;
  /** The policy's ARN, or none. */
  readonly boundary?: string;
  /** The user did not ask for this boundary. */
  readonly boundaryIsDefault: boolean;
  readonly policies: readonly NamedPolicy[];
  /** The same rights with another end, or with none. */
  readonly policiesUntil: (end: Date | undefined) => readonly NamedPolicy[];
  /** Whether a policy of a user that has keys may change. */
  readonly replacePolicy: boolean;
}

export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyText;
}

/**
 * `own`: the S3 role of this tool, which is made when it does not exist. `self`: no role, but a session of the caller with fewer rights.
 */
export type RoleChoice =
  | { readonly kind: "own" }
  | { readonly kind: "self" }
  | { readonly kind: "arn"; readonly arn: string };

export interface TemporaryRequest {
  readonly kind: "temporary";
  readonly role: RoleChoice;
  /** Tags of the session. */
  readonly tags: ReadonlyMap<string, string>;
  readonly sourceIdentity?: string;
  readonly sessionName: string;
  readonly seconds: number;
  readonly policy: PolicyText;
  /** Service prefixes of actions the role, which has S3 only, can never allow. */
  readonly beyondS3: readonly string[];
}
