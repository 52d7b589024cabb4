/** Names and secrets are split: a test may replace the names, never the secrets. */
export interface Ids {
  /** `AIDA`, `AROA`, `AKIA`, `ASIA`, `ANPA`, `AGPA` and sixteen characters more (A-Z, 2-7). */
  uniqueId(prefix: "AIDA" | "AROA" | "AKIA" | "ASIA" | "ANPA" | "AGPA"): string;
  /** 16 hex digits, upper case, as S3 prints them. */
  requestId(): string;
  /** 32 unguessable URL-safe characters. */
  versionId(): string;
  uploadId(): string;
  bucketId(): string;
}
