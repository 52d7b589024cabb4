import type { JsonObject } from "../input/json.ts";

/** One change, or the issue of credentials, with everything resolved. A plan is a list of these in order. */
export type Step =
  | { readonly kind: "create-bucket"; readonly bucket: string; readonly region?: string }
  | { readonly kind: "open-public-access"; readonly bucket: string; readonly region?: string }
  | { readonly kind: "attach-public-policy"; readonly bucket: string; readonly region?: string }
  | { readonly kind: "configure-website"; readonly bucket: string; readonly region?: string }
  | { readonly kind: "create-role"; readonly role: string; readonly trust: JsonObject; readonly maxSeconds: number }
  /** `repair`: the role was there without it. */
  | { readonly kind: "attach-role-policy"; readonly role: string; readonly policyArn: string; readonly repair: boolean }
  | { readonly kind: "lengthen-role-sessions"; readonly role: string; readonly from: number; readonly to: number }
  | { readonly kind: "create-user"; readonly user: string; readonly boundary?: string }
  | {
      readonly kind: "put-user-policy";
      readonly user: string;
      readonly policy: string;
      readonly document: JsonObject;
      /** The text it replaces, to be put back when a later step fails. */
      readonly previous?: string;
    }
  | { readonly kind: "create-access-key"; readonly user: string }
  | {
      readonly kind: "assume-role";
      readonly roleArn: string;
      readonly session: string;
      readonly policy: JsonObject;
      readonly seconds: number;
      /** Changed in this run: IAM takes seconds to spread that, and denies meanwhile. */
      readonly fresh: boolean;
    };

export type StepKind = Step["kind"];
export type StepOf<K extends StepKind> = Extract<Step, { readonly kind: K }>;

export interface Plan {
  readonly steps: readonly Step[];
  /** What the user should know before it runs. */
  readonly warnings: readonly string[];
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
