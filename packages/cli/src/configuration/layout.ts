/** The layout of a directory of configuration, as a table: reading, checks and the reference page are made from it. */
import type { PolicyUse } from "@s3-credentials/policy";
import { allBlocked, type SettingName } from "./bucket-settings.ts";

export type MemberType =
  | "text"
  | "number"
  | "flag"
  /** A list of texts, sorted: names or ARNs. */
  | "texts"
  /** `[{ "Key": …, "Value": … }]`, sorted by key. */
  | "tags"
  /** A policy document. */
  | "document"
  /** `[{ "PolicyName": …, "PolicyDocument": … }]`, sorted by name. */
  | "inline"
  /** What a control policy is attached to. */
  | "targets"
  | "object"
  /** A setting of a bucket, as `bucket-settings.ts` has its form. */
  | "setting"
  /** Settings of one kind, each with an `Id`, sorted by it. */
  | "settings";

export interface MemberRow {
  readonly type: MemberType;
  readonly summary: string;
  readonly required?: true;
  /** What its absence means; such a value is not written. */
  readonly default?: string;
  /** The service has no call that changes it later. */
  readonly fixed?: true;
  /** Of policies: what their documents are used as. */
  readonly use?: PolicyUse;
}

export interface KindRow {
  /** The folder, or the file when there is one of it alone. */
  readonly path: string;
  /** In sentences: `user ann`. */
  readonly word: string;
  /** The member that names it; absent when there is one alone. */
  readonly key?: string;
  readonly members: Readonly<Record<string, MemberRow>>;
}

const path = {
  type: "text",
  default: "/",
  fixed: true,
  summary: "path in the ARN",
} as const;
const tags = { type: "tags", summary: "`Key` and `Value` of each" } as const;
const attached = { type: "texts", summary: "ARNs of the managed policies that are attached" } as const;
const boundary = { type: "text", summary: "ARN of the managed policy that is the permissions boundary" } as const;
const name = (summary: string) => ({ type: "text", required: true, summary }) as const;
const inline = (use: PolicyUse) =>
  ({ type: "inline", use, summary: "inline policies: `PolicyName` and `PolicyDocument` of each" }) as const;
const controlPolicy = (use: PolicyUse) =>
  ({
    Name: name("name"),
    Description: { type: "text", default: "", summary: "description" },
    Content: { type: "document", use, summary: "the document; not of AWS's own" },
    Targets: {
      type: "targets",
      summary:
        "what it is attached to: `Type` is `ROOT`, `MANAGEMENT_ACCOUNT`, or `ACCOUNT` with the account's `Email`",
    },
  }) as const;

/** By kind, in the order of the reference page. */
export const layout = {
  users: {
    path: "users",
    word: "user",
    key: "UserName",
    members: {
      UserName: name("name"),
      Path: path,
      PermissionsBoundary: boundary,
      Tags: tags,
      UserPolicyList: inline("user-inline"),
      AttachedManagedPolicies: attached,
    },
  },
  groups: {
    path: "groups",
    word: "group",
    key: "GroupName",
    members: {
      GroupName: name("name"),
      Path: path,
      Users: { type: "texts", summary: "names of its members" },
      GroupPolicyList: inline("group-inline"),
      AttachedManagedPolicies: attached,
    },
  },
  roles: {
    path: "roles",
    word: "role",
    key: "RoleName",
    members: {
      RoleName: name("name"),
      Path: path,
      Description: { type: "text", default: "", summary: "description" },
      AssumeRolePolicyDocument: { type: "document", required: true, use: "trust", summary: "the trust policy" },
      MaxSessionDuration: { type: "number", default: "3600", summary: "longest session, in seconds" },
      PermissionsBoundary: boundary,
      Tags: tags,
      RolePolicyList: inline("role-inline"),
      AttachedManagedPolicies: attached,
    },
  },
  policies: {
    path: "policies",
    word: "policy",
    key: "PolicyName",
    members: {
      PolicyName: name("name"),
      Path: path,
      Description: { type: "text", default: "", fixed: true, summary: "description" },
      PolicyDocument: { type: "document", required: true, use: "identity", summary: "the default version" },
      Tags: tags,
    },
  },
  buckets: {
    path: "buckets",
    word: "bucket",
    key: "Bucket",
    members: {
      Bucket: name("name of a bucket, which must be there"),
      Policy: { type: "document", use: "resource", summary: "its policy" },
      Versioning: { type: "text", summary: "`Enabled` or `Suspended`; it cannot be taken away later" },
      ObjectLockConfiguration: { type: "setting", summary: "`ObjectLockEnabled` and the default retention" },
      ServerSideEncryptionConfiguration: { type: "setting", summary: "default encryption" },
      ObjectOwnership: { type: "text", default: "BucketOwnerEnforced", summary: "whether there are ACLs" },
      PublicAccessBlockConfiguration: {
        type: "setting",
        default: JSON.stringify(allBlocked),
        summary: "what public access is blocked, all four settings",
      },
      LifecycleConfiguration: {
        type: "setting",
        summary: "`Rules` of what ends, or gets another storage class, by itself",
      },
      CORSConfiguration: { type: "setting", summary: "`CORSRules`" },
      WebsiteConfiguration: { type: "setting", summary: "index and error documents, redirects" },
      NotificationConfiguration: { type: "setting", summary: "whom it tells what happens to objects" },
      LoggingEnabled: { type: "setting", summary: "the bucket that gets its access logs" },
      InventoryConfigurationList: {
        type: "settings",
        summary: "lists of its objects that are written again and again",
      },
      RequestPayer: { type: "text", default: "BucketOwner", summary: "`BucketOwner` or `Requester`" },
      Tags: tags,
    } satisfies Readonly<Record<"Bucket" | "Policy" | "InventoryConfigurationList" | SettingName, MemberRow>>,
  },
  account: {
    path: "account.json",
    word: "the account",
    members: {
      AccountAlias: { type: "text", summary: "alias of the account" },
      PasswordPolicy: { type: "object", summary: "password policy, as GetAccountPasswordPolicy has it" },
    },
  },
  organization: {
    path: "organization/organization.json",
    word: "the organization",
    members: {
      PolicyTypes: { type: "texts", summary: "types of control policies that are enabled at the root" },
    },
  },
  accounts: {
    path: "organization/accounts",
    word: "account",
    key: "Email",
    members: {
      Email: name("address, which no other account has"),
      AccountName: { type: "text", required: true, fixed: true, summary: "name" },
    },
  },
  "service-control-policies": {
    path: "organization/service-control-policies",
    word: "service control policy",
    key: "Name",
    members: {
      ...controlPolicy("guardrail"),
      AwsManaged: { type: "flag", summary: "true: it is AWS's own, and only what it is attached to is kept here" },
    },
  },
  "resource-control-policies": {
    path: "organization/resource-control-policies",
    word: "resource control policy",
    key: "Name",
    members: controlPolicy("resource-guardrail"),
  },
} as const satisfies Readonly<Record<string, KindRow>>;

export type Kind = keyof typeof layout;

export const kinds = Object.keys(layout) as readonly Kind[];

export function rowOf(kind: Kind): KindRow {
  return layout[kind];
}

export function isOfOrganization(kind: Kind): boolean {
  return rowOf(kind).path.startsWith("organization/");
}

/** Says of which account a directory is, and which of its files an export made. */
export const manifestName = "export.json";

/** 2: the file of a bucket has its settings. */
export const manifestVersion = 2;
