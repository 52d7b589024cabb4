import { element, type XmlNode } from "@s3-credentials/protocol";
import { isRefusal, type QueryOperation, refuse } from "../operation.ts";
import type { IamOperationName } from "../../ports/operation-name.ts";
import { type Field, flag, optional, text, withDefault } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { identityTarget, newIdentityTarget, ownTarget, requireRole, requireUser, userNameOrOwn } from "./identities.ts";
import { existingUserName, pageFields, pathPrefix, roleName, userName } from "./iam-fields.ts";

/**
 * What users, roles and accounts may have at AWS and never have here. The lists are empty and true, so that clients which
 * look before they delete go on; the operations that would make such things are not implemented.
 */

/** An operation's list without members. */
function emptyList(name: string) {
  return [element(name, []), element("IsTruncated", false)];
}

/** A list of a user's; of the caller's own without `UserName`, which for the root is empty too. */
function ofUser(name: IamOperationName, listName: string, user = existingUserName): QueryOperation {
  return defineIam({
    name,
    resource: "user",
    fields: { UserName: optional(user), ...pageFields },
    target: async ({ UserName }, context) => ownTarget(context, UserName),
    async run(_grant, { UserName }, context) {
      const own = userNameOrOwn(context, UserName);
      if (isRefusal(own)) return own;
      const user = own === undefined ? undefined : await requireUser(context, own);
      return isRefusal(user) ? user : emptyList(listName);
    },
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html */
export const listSigningCertificates = ofUser("ListSigningCertificates", "Certificates");

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html */
export const listSshPublicKeys = ofUser("ListSSHPublicKeys", "SSHPublicKeys", userName);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html: of one user, or of all. */
export const listServiceSpecificCredentials = defineIam({
  name: "ListServiceSpecificCredentials",
  resource: "user",
  fields: {
    UserName: optional(userName),
    ServiceName: optional(text({ max: 128 })),
    AllUsers: withDefault(flag, false),
    ...pageFields,
  },
  target: async ({ UserName, AllUsers }, context) =>
    AllUsers ? { resource: newIdentityTarget(context, "user", "/", "") } : ownTarget(context, UserName),
  async run(_grant, { UserName, AllUsers }, context) {
    if (AllUsers && UserName !== undefined)
      return refuse("ValidationError", "UserName and AllUsers cannot be used together.");
    const own = AllUsers ? undefined : userNameOrOwn(context, UserName);
    if (isRefusal(own)) return own;
    const user = own === undefined ? undefined : await requireUser(context, own);
    return isRefusal(user) ? user : emptyList("ServiceSpecificCredentials");
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html */
export const listInstanceProfilesForRole = defineIam({
  name: "ListInstanceProfilesForRole",
  resource: "role",
  fields: { RoleName: roleName, ...pageFields },
  target: async ({ RoleName }, context) => identityTarget(context, "role", RoleName),
  async run(_grant, { RoleName }, context) {
    const role = await requireRole(context, RoleName);
    return isRefusal(role) ? role : emptyList("InstanceProfiles");
  },
});

/** A list of the account's. */
function ofAccount(
  name: IamOperationName,
  fields: Readonly<Record<string, Field<unknown>>>,
  list: readonly XmlNode[],
): QueryOperation {
  return defineIam({
    name,
    resource: "none",
    fields,
    target: async () => ({ resource: undefined }),
    run: async () => list,
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html */
export const listInstanceProfiles = ofAccount(
  "ListInstanceProfiles",
  { PathPrefix: pathPrefix, ...pageFields },
  emptyList("InstanceProfiles"),
);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html */
export const listServerCertificates = ofAccount(
  "ListServerCertificates",
  { PathPrefix: pathPrefix, ...pageFields },
  emptyList("ServerCertificateMetadataList"),
);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviders.html: the list has no pages. */
export const listSamlProviders = ofAccount("ListSAMLProviders", {}, [element("SAMLProviderList", [])]);
