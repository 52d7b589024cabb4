import type { JsonObject } from "../formats/json.ts";
import type { PolicyText } from "../input/policy-text.ts";

/** One change, or the issue of credentials, with everything resolved. A plan is a list of these in order. */
export type Step =
  | { readonly kind: "create-bucket"; readonly bucket: string; readonly region?: string }
  | { readonly kind: "open-public-access"; readonly bucket: string; readonly region?: string }
  | { readonly kind: "attach-public-policy"; readonly bucket: string; readonly region?: string }
  | { readonly kind: "configure-website"; readonly bucket: string; readonly region?: string }
  | {
      readonly kind: "create-role";
      readonly role: string;
      readonly trust: JsonObject;
      readonly maxSeconds: number;
      readonly description: string;
      readonly tags: ReadonlyMap<string, string>;
    }
  /** `repair`: the role was there without it. */
  | { readonly kind: "attach-role-policy"; readonly role: string; readonly policyArn: string; readonly repair: boolean }
  | { readonly kind: "lengthen-role-sessions"; readonly role: string; readonly from: number; readonly to: number }
  /** `extend`: actions the trust policy lacked. */
  | {
      readonly kind: "put-role-trust";
      readonly role: string;
      readonly trust: JsonObject;
      readonly previous: string;
      readonly extend: readonly string[];
    }
  | {
      readonly kind: "create-user";
      readonly user: string;
      readonly boundary?: string;
      readonly tags: ReadonlyMap<string, string>;
    }
  | {
      readonly kind: "tag-user";
      readonly user: string;
      readonly tags: ReadonlyMap<string, string>;
      /** Values to restore; tags that did not exist are removed. */
      readonly previous: ReadonlyMap<string, string>;
    }
  | {
      readonly kind: "put-user-policy";
      readonly user: string;
      readonly policy: string;
      readonly document: PolicyText;
      /** The text it replaces, to be put back when a later step fails. */
      readonly previous?: string;
    }
  | { readonly kind: "create-access-key"; readonly user: string }
  | { readonly kind: "deactivate-access-key"; readonly user: string; readonly accessKeyId: string }
  /** Cannot be undone, so it is only for an inactive key or one that the user names. */
  | { readonly kind: "delete-access-key"; readonly user: string; readonly accessKeyId: string }
  | {
      readonly kind: "put-role-policy";
      readonly role: string;
      readonly policy: string;
      readonly document: PolicyText;
      readonly previous?: string;
    }
  | {
      readonly kind: "assume-role";
      /** Absent: the caller's own session, cut down by the policy. */
      readonly roleArn?: string;
      readonly session: string;
      readonly tags: ReadonlyMap<string, string>;
      readonly sourceIdentity?: string;
      readonly policy: PolicyText;
      readonly seconds: number;
      /** Changed in this run: IAM needs seconds to spread the change, and denies until then. */
      readonly fresh: boolean;
    }
  /** Waits until the service knows the new credentials. */
  | { readonly kind: "wait" }
  /** Tries everything that the credentials should be able to do, and what they should not. */
  | {
      readonly kind: "verify";
      readonly buckets: readonly string[];
      readonly prefixes: readonly string[];
      readonly policies: readonly PolicyText[];
    };

export type StepKind = Step["kind"];
export type StepOf<K extends StepKind> = Extract<Step, { readonly kind: K }>;

export interface Plan {
  readonly steps: readonly Step[];
  /** What the user should know before it runs. */
  readonly warnings: readonly string[];
  /** What was proved of it, for people. */
  readonly proved?: string | undefined;
  /** When a step fails, what was done stays: to turn a leaked key on again would be worse than half of a revocation. */
  readonly stays?: true;
}

/**
 * What a public bucket needs: new buckets block public policies.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export const publicAccessBlock = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
} as const;

export const website = { index: "index.html", error: "error.html" } as const;
