/** Where a policy is kept, and the words that name it in decisions. */

/** `group`: the group that a user has the policy from. */
export type PolicyOrigin =
  /** A document inside a user, role or group. */
  | { readonly kind: "inline"; readonly name: string; readonly group?: string | undefined }
  /** Attached, or a permissions boundary. */
  | { readonly kind: "managed"; readonly arn: string; readonly group?: string | undefined }
  /** `withAcl`: together with what the ACLs of the bucket and the object allow. */
  | { readonly kind: "bucket"; readonly bucket: string; readonly withAcl: boolean }
  /** The trust policy of a role. */
  | { readonly kind: "trust"; readonly roleArn: string }
  /** A policy of an organization; its id begins with `p-`. */
  | { readonly kind: "service-control" | "resource-control"; readonly name: string; readonly id: string };

/** e.g. `s3.read-write.b (inline)`, `arn:aws:iam::aws:policy/AmazonS3FullAccess (of group staff)`, `bucket policy of b`. */
export function policyNameOf(origin: PolicyOrigin): string {
  switch (origin.kind) {
    case "inline":
      return `${origin.name} (${origin.group === undefined ? "inline" : `of group ${origin.group}`})`;
    case "managed":
      return origin.group === undefined ? origin.arn : `${origin.arn} (of group ${origin.group})`;
    case "bucket":
      return `bucket policy${origin.withAcl ? " and ACL" : ""} of ${origin.bucket}`;
    case "trust":
      return `trust policy of ${origin.roleArn}`;
    case "service-control":
    case "resource-control":
      return `${origin.kind === "service-control" ? "service" : "resource"} control policy ${origin.name} (${origin.id})`;
  }
}

/** A managed policy of AWS: nobody in an account can change it. */
export function isAwsManaged(origin: PolicyOrigin | undefined): boolean {
  return origin?.kind === "managed" && /^arn:[\w-]+:iam::aws:/.test(origin.arn);
}
