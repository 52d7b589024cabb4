import type { AccessChange } from "@s3-credentials/policy";

export interface Verdict {
  /** `user ann`, `the trust policy of role deploy` */
  readonly of: string;
  readonly change: AccessChange;
}
