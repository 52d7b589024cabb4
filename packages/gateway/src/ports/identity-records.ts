/** Times are ms since the epoch; documents are JSON text. */
export interface AccountRecord {
  readonly id: string;
  /** 64 hexadecimal digits: how S3 names an owner. */
  readonly canonicalId: string;
  readonly alias: string | undefined;
}

interface PrincipalFields {
  readonly accountId: string;
  /** `AIDA…` or `AROA…`: immutable, never reused. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: number;
  /** ARN of the permissions boundary. */
  readonly boundary: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

export interface UserRecord extends PrincipalFields {
  readonly kind: "user";
}

export interface RoleRecord extends PrincipalFields {
  readonly kind: "role";
  readonly description: string | undefined;
  /** Principals bound to unique ids. */
  readonly trust: string;
  readonly maxSessionSeconds: number;
}

export type PrincipalRecord = UserRecord | RoleRecord;

export type PrincipalKind = PrincipalRecord["kind"];

/** Users that share policies. A group is not a principal: it has no boundary, no tags and no keys, and no policy names it. */
export interface GroupRecord {
  readonly kind: "group";
  readonly accountId: string;
  /** `AGPA…`: immutable, never reused. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: number;
}

/** What policies are put in and attached to: "users, groups and roles" are IAM identities. */
export type IdentityKind = PrincipalKind | GroupRecord["kind"];

/**
 * A user, role or group. Its id alone would reach into other accounts, so the account is beside it everywhere: an id under an account that
 * is not its own is `missing`, and lists nothing. Every record is such a reference.
 */
export interface IdentityReference {
  readonly accountId: string;
  readonly id: string;
}

export interface AccessKeyInfo {
  readonly accessKeyId: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: number;
}

export interface ManagedPolicyRecord {
  readonly arn: string;
  /** `ANPA…`. */
  readonly policyId: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | undefined;
  readonly createdAt: number;
  /** When the newest version was created. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html */
  readonly updatedAt: number;
  /** `v1`. */
  readonly defaultVersionId: string;
  /** The default version. */
  readonly document: string;
  /** AWS's have none. */
  readonly tags: ReadonlyMap<string, string>;
  /** Users, roles and groups of the account that asks: those it is attached to, and the users and roles it bounds. */
  readonly attachmentCount: number;
  readonly boundaryCount: number;
}

export interface PolicyVersionRecord {
  readonly versionId: string;
  readonly document: string;
  readonly createdAt: number;
  readonly isDefault: boolean;
}
