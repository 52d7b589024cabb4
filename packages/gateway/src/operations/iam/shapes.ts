import { element, type XmlNode } from "@s3-credentials/protocol";
import type {
  GroupRecord,
  ManagedPolicyRecord,
  PolicyVersionRecord,
  PrincipalRecord,
  RoleRecord,
  UserRecord,
} from "../../ports/identity-records.ts";
import type { Page } from "../../ports/page.ts";
import type { LastUse } from "../../ports/last-used.ts";
import type { LoginProfileRecord } from "../../ports/password-store.ts";

/** The structures of IAM's answers. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Types.html */

export function iamTime(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

export function boundaryElement({ boundary }: Pick<PrincipalRecord, "boundary">): XmlNode | undefined {
  if (boundary === undefined) return undefined;
  return element("PermissionsBoundary", [
    element("PermissionsBoundaryType", "Policy"),
    element("PermissionsBoundaryArn", boundary),
  ]);
}

function tagMembers(tags: Iterable<readonly [string, string]>): readonly XmlNode[] {
  return Array.from(tags, ([key, value]) => element("member", [element("Key", key), element("Value", value)]));
}

export function tagsElement(tags: ReadonlyMap<string, string>): XmlNode {
  return element("Tags", tagMembers(tags));
}

export function optionalTags(tags: ReadonlyMap<string, string>): XmlNode | undefined {
  return tags.size === 0 ? undefined : tagsElement(tags);
}

/** One of AttachedPolicies; AWS's name is the last part of the ARN. */
export function attachedPolicyElement(arn: string): XmlNode {
  return element("member", [element("PolicyName", arn.slice(arn.lastIndexOf("/") + 1)), element("PolicyArn", arn)]);
}

/** `from`: how many items earlier pages had. */
export function tagPage(tags: ReadonlyMap<string, string>, from: number, limit: number): readonly XmlNode[] {
  const { items, next } = pageFrom([...tags], from, limit);
  return pageElements("Tags", tagMembers(items), next);
}

/** `whole`: with the attributes that lists leave out ("this operation does not return the following attributes"). */
export function userElement(name: string, user: UserRecord, whole: boolean, passwordLastUse?: LastUse): XmlNode {
  return element(name, [
    element("Path", user.path),
    element("UserName", user.name),
    element("UserId", user.id),
    element("Arn", user.arn),
    element("CreateDate", iamTime(user.createdAt)),
    passwordLastUse === undefined ? undefined : element("PasswordLastUsed", iamTime(passwordLastUse.at)),
    whole ? boundaryElement(user) : undefined,
    whole ? optionalTags(user.tags) : undefined,
  ]);
}

/** The root of an account, which has no name and no path. `createdAt`: of the account. */
export function rootElement(accountId: string, createdAt: number): XmlNode {
  return element("User", [
    element("UserId", accountId),
    element("Arn", `arn:aws:iam::${accountId}:root`),
    element("CreateDate", iamTime(createdAt)),
  ]);
}

export function groupElement(name: string, group: GroupRecord): XmlNode {
  return element(name, [
    element("Path", group.path),
    element("GroupName", group.name),
    element("GroupId", group.id),
    element("Arn", group.arn),
    element("CreateDate", iamTime(group.createdAt)),
  ]);
}

export function loginProfileElement(
  userName: string,
  { createdAt, resetRequired }: Pick<LoginProfileRecord, "createdAt" | "resetRequired">,
): XmlNode {
  return element("LoginProfile", [
    element("UserName", userName),
    element("CreateDate", iamTime(createdAt)),
    element("PasswordResetRequired", resetRequired),
  ]);
}

/** Documents travel percent-encoded (RFC 3986). */
export function documentText(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Empty for a role that was never used. */
export function roleLastUsed(use: LastUse | undefined): XmlNode {
  if (use === undefined) return element("RoleLastUsed", []);
  return element("RoleLastUsed", [element("LastUsedDate", iamTime(use.at)), element("Region", use.region)]);
}

/** `more`: further elements that only some operations answer with. They stand last. */
export function roleElement(
  name: string,
  role: RoleRecord,
  trust: string,
  whole: boolean,
  more: readonly XmlNode[] = [],
): XmlNode {
  return element(name, [
    element("Path", role.path),
    element("RoleName", role.name),
    element("RoleId", role.id),
    element("Arn", role.arn),
    element("CreateDate", iamTime(role.createdAt)),
    element("AssumeRolePolicyDocument", documentText(trust)),
    role.description === undefined ? undefined : element("Description", role.description),
    element("MaxSessionDuration", role.maxSessionSeconds),
    whole ? boundaryElement(role) : undefined,
    whole ? optionalTags(role.tags) : undefined,
    ...more,
  ]);
}

/** `detail`: of GetAccountAuthorizationDetails, which has no tags of a policy, and more behind the rest. */
export function policyElement(
  name: string,
  policy: ManagedPolicyRecord,
  what: "whole" | "in a list" | "detail",
  more: readonly XmlNode[] = [],
): XmlNode {
  return element(name, [
    element("PolicyName", policy.name),
    element("PolicyId", policy.policyId),
    element("Arn", policy.arn),
    element("Path", policy.path),
    element("DefaultVersionId", policy.defaultVersionId),
    element("AttachmentCount", policy.attachmentCount),
    element("PermissionsBoundaryUsageCount", policy.boundaryCount),
    element("IsAttachable", true),
    what !== "in a list" && policy.description !== undefined ? element("Description", policy.description) : undefined,
    element("CreateDate", iamTime(policy.createdAt)),
    element("UpdateDate", iamTime(policy.updatedAt)),
    what === "whole" ? optionalTags(policy.tags) : undefined,
    ...more,
  ]);
}

export function versionElement(name: string, version: PolicyVersionRecord, withDocument: boolean): XmlNode {
  return element(name, [
    withDocument ? element("Document", documentText(version.document)) : undefined,
    element("VersionId", version.versionId),
    element("IsDefaultVersion", version.isDefault),
    element("CreateDate", iamTime(version.createdAt)),
  ]);
}

/** A list with IAM's paging: `IsTruncated`, and a `Marker` that is the last name, encoded. Without a name: the paging alone. */
export function pageElements(
  listName: string | undefined,
  members: readonly XmlNode[],
  next: string | undefined,
): readonly XmlNode[] {
  return [
    ...(listName === undefined ? [] : [element(listName, members)]),
    element("IsTruncated", next !== undefined),
    ...(next === undefined ? [] : [element("Marker", Buffer.from(next).toString("base64"))]),
  ];
}

/** Pages of a list that is small enough to be held whole. */
export function pageOfNames(names: readonly string[], after: string | undefined, limit: number): Page<string> {
  const from = after === undefined ? 0 : names.findIndex((name) => name.toLowerCase() > after.toLowerCase());
  const rest = from === -1 ? [] : names.slice(from);
  const items = rest.slice(0, limit);
  return { items, next: rest.length > limit ? items.at(-1) : undefined };
}

/** Pages of a short list that is not ordered by name. The marker is the number of items on earlier pages. */
export function pageFrom<T>(all: readonly T[], from: number, limit: number): Page<T> {
  const end = from + limit;
  return { items: all.slice(from, end), next: end < all.length ? String(end) : undefined };
}
