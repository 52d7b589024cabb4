/**
 * The shapes whose every field is printed, in the order of the service model; the wire name differs where a third item says so.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html, …/AmazonS3/latest/API/API_Object.html and their neighbours.
 */
export type Shape =
  | { readonly kind: "text" | "integer" | "boolean" | "date" }
  /** JSON, percent-encoded. */
  | { readonly kind: "document" }
  /** An attribute of the element itself, such as `xsi:type` of a grantee. */
  | { readonly kind: "attribute"; readonly attribute: string }
  /** `item` is the element of one member; a flat list repeats it without an element around. */
  | { readonly kind: "list"; readonly item: string; readonly flat?: true; readonly of: Shape }
  | { readonly kind: "structure"; readonly fields: readonly Field[] };

export type Field = readonly [name: string, shape: Shape, wireName?: string];

const text: Shape = { kind: "text" };
const integer: Shape = { kind: "integer" };
const boolean: Shape = { kind: "boolean" };
const date: Shape = { kind: "date" };
const document: Shape = { kind: "document" };
const structure = (...fields: readonly Field[]): Shape => ({ kind: "structure", fields });
const members = (of: Shape): Shape => ({ kind: "list", item: "member", of });

const tag = structure(["Key", text], ["Value", text]);
const boundary = structure(["PermissionsBoundaryType", text], ["PermissionsBoundaryArn", text]);
const owner = structure(["DisplayName", text], ["ID", text]);

export const userShape = structure(
  ["Path", text],
  ["UserName", text],
  ["UserId", text],
  ["Arn", text],
  ["CreateDate", date],
  ["PasswordLastUsed", date],
  ["PermissionsBoundary", boundary],
  ["Tags", members(tag)],
);

export const roleShape = structure(
  ["Path", text],
  ["RoleName", text],
  ["RoleId", text],
  ["Arn", text],
  ["CreateDate", date],
  ["AssumeRolePolicyDocument", document],
  ["Description", text],
  ["MaxSessionDuration", integer],
  ["PermissionsBoundary", boundary],
  ["Tags", members(tag)],
  ["RoleLastUsed", structure(["LastUsedDate", date], ["Region", text])],
);

export const rolePolicyShape = structure(["RoleName", text], ["PolicyName", text], ["PolicyDocument", document]);

export const managedPolicyShape = structure(
  ["PolicyName", text],
  ["PolicyId", text],
  ["Arn", text],
  ["Path", text],
  ["DefaultVersionId", text],
  ["AttachmentCount", integer],
  ["PermissionsBoundaryUsageCount", integer],
  ["IsAttachable", boolean],
  ["Description", text],
  ["CreateDate", date],
  ["UpdateDate", date],
  ["Tags", members(tag)],
);

export const policyVersionShape = structure(
  ["Document", document],
  ["VersionId", text],
  ["IsDefaultVersion", boolean],
  ["CreateDate", date],
);

export const accessKeyShape = structure(
  ["UserName", text],
  ["AccessKeyId", text],
  ["Status", text],
  ["SecretAccessKey", text],
  ["CreateDate", date],
);

export const credentialsShape = structure(
  ["AccessKeyId", text],
  ["SecretAccessKey", text],
  ["SessionToken", text],
  ["Expiration", date],
);

export const callerShape = structure(["UserId", text], ["Account", text], ["Arn", text]);

export const bucketShape = structure(
  ["Name", text],
  ["CreationDate", date],
  ["BucketRegion", text],
  ["BucketArn", text],
);

export const objectShape = structure(
  ["Key", text],
  ["LastModified", date],
  ["ETag", text],
  ["ChecksumAlgorithm", { kind: "list", item: "ChecksumAlgorithm", flat: true, of: text }],
  ["ChecksumType", text],
  ["Size", integer],
  ["StorageClass", text],
  ["Owner", owner],
  ["RestoreStatus", structure(["IsRestoreInProgress", boolean], ["RestoreExpiryDate", date])],
);

const grantee = structure(
  ["DisplayName", text],
  ["EmailAddress", text],
  ["ID", text],
  ["Type", { kind: "attribute", attribute: "xsi:type" }],
  ["URI", text],
);

export const bucketAclShape = structure(
  ["Owner", owner],
  [
    "Grants",
    { kind: "list", item: "Grant", of: structure(["Grantee", grantee], ["Permission", text]) },
    "AccessControlList",
  ],
);

export const publicAccessBlockShape = structure(
  ["BlockPublicAcls", boolean],
  ["IgnorePublicAcls", boolean],
  ["BlockPublicPolicy", boolean],
  ["RestrictPublicBuckets", boolean],
);

const flat = (item: string): Shape => ({ kind: "list", item, flat: true, of: text });

export const corsRuleShape = structure(
  ["ID", text],
  ["AllowedHeaders", flat("AllowedHeader")],
  ["AllowedMethods", flat("AllowedMethod")],
  ["AllowedOrigins", flat("AllowedOrigin")],
  ["ExposeHeaders", flat("ExposeHeader")],
  ["MaxAgeSeconds", integer],
);

export const policyStatusShape = structure(["IsPublic", boolean]);

export const websiteShape = structure(
  ["RedirectAllRequestsTo", structure(["HostName", text], ["Protocol", text])],
  ["IndexDocument", structure(["Suffix", text])],
  ["ErrorDocument", structure(["Key", text])],
  [
    "RoutingRules",
    {
      kind: "list",
      item: "RoutingRule",
      of: structure(
        ["Condition", structure(["HttpErrorCodeReturnedEquals", text], ["KeyPrefixEquals", text])],
        [
          "Redirect",
          structure(
            ["HostName", text],
            ["HttpRedirectCode", text],
            ["Protocol", text],
            ["ReplaceKeyPrefixWith", text],
            ["ReplaceKeyWith", text],
          ),
        ],
      ),
    },
  ],
);
