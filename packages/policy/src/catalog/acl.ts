/**
 * What the access control lists of S3 allow, in the words of policies: a grant counts as a bucket policy that allows the same.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
 */

export const aclPermissions = ["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"] as const;
export type AclPermission = (typeof aclPermissions)[number];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups */
export const aclGroups = {
  everyone: "http://acs.amazonaws.com/groups/global/AllUsers",
  authenticated: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
  logDelivery: "http://acs.amazonaws.com/groups/s3/LogDelivery",
} as const;

export interface AclGrant {
  /** The canonical user id of an account, or the URI of a group. */
  readonly grantee: string;
  readonly permission: AclPermission;
}

export function isPublicGrant({ grantee }: Pick<AclGrant, "grantee">): boolean {
  return grantee === aclGroups.everyone || grantee === aclGroups.authenticated;
}

export type AclOwner = "bucket" | "object";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions; `WRITE` of a bucket is its `s3:PutObject` alone. */
const allowed: Readonly<Record<AclOwner, Readonly<Record<Exclude<AclPermission, "FULL_CONTROL">, readonly string[]>>>> =
  {
    bucket: {
      READ: ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
      WRITE: ["s3:PutObject"],
      READ_ACP: ["s3:GetBucketAcl"],
      WRITE_ACP: ["s3:PutBucketAcl"],
    },
    object: {
      READ: ["s3:GetObject", "s3:GetObjectVersion"],
      WRITE: [],
      READ_ACP: ["s3:GetObjectAcl", "s3:GetObjectVersionAcl"],
      WRITE_ACP: ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
    },
  };

/** The actions that a permission allows in the ACL of a bucket, or in that of an object. */
export function aclActions(owner: AclOwner, permission: AclPermission): readonly string[] {
  return permission === "FULL_CONTROL" ? Object.values(allowed[owner]).flat() : allowed[owner][permission];
}

const granteeNames: Readonly<Record<string, string>> = {
  [aclGroups.everyone]: "everyone",
  [aclGroups.authenticated]: "everyone with an account",
};

/** The resource and the actions that the statements are for. */
export interface AclStatementPlace {
  readonly owner: AclOwner;
  /** The ARN of the bucket or object whose ACL it is, or `*`. */
  readonly resource: string;
  /** Only this one of the actions that the permission allows. */
  readonly action?: string;
}

/** As the text of a policy has it. */
export type AclStatement = Readonly<Record<string, unknown>>;

/**
 * The `Sid` of each is a sentence that names the grant, so that explanations and records, which show the deciding statement, show the grant.
 * A policy has each `Sid` once, so a grant that is written twice counts once. Grants to log delivery, which is a service, are left out.
 */
export function aclStatements(grants: readonly AclGrant[], place: AclStatementPlace): readonly AclStatement[] {
  const all = grants.flatMap((grant) => statementsOf(grant, place));
  return [...new Map(all.map((statement) => [statement["Sid"], statement])).values()];
}

function statementsOf(
  { grantee, permission }: AclGrant,
  { owner, resource, action }: AclStatementPlace,
): readonly AclStatement[] {
  if (grantee === aclGroups.logDelivery) return [];
  const actions = aclActions(owner, permission).filter((one) => action === undefined || one === action);
  const name = granteeNames[grantee] ?? `the account with the canonical user id ${grantee}`;
  const statement = (target: string, allows: readonly string[], more = ""): readonly AclStatement[] => {
    if (allows.length === 0) return [];
    return [
      {
        Sid: `the ACL of the ${owner} grants ${permission} to ${name}${more}`,
        Effect: "Allow",
        // Everyone includes anonymous callers, who have no account.
        Principal: isPublicGrant({ grantee }) ? "*" : { CanonicalUser: grantee },
        Action: allows,
        Resource: target,
        ...(grantee === aclGroups.authenticated ? { Condition: { Null: { "aws:PrincipalAccount": "false" } } } : {}),
      },
    ];
  };
  if (owner === "object" || resource === "*") return statement(resource, actions);
  // The ACL of a bucket also allows to put objects into it, which is an action on objects.
  const isPut = (one: string): boolean => one === "s3:PutObject";
  return [
    ...statement(
      resource,
      actions.filter((one) => !isPut(one)),
    ),
    ...statement(`${resource}/*`, actions.filter(isPut), ", for its objects"),
  ];
}
