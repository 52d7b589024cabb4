import type { UserRecord } from "../../ports/identity-records.ts";
import { isRefusal } from "../operation.ts";
import { optional, tags } from "../query/fields.ts";
import { requestTagKeys } from "../query/tag-keys.ts";
import { defineIam } from "./define-iam.ts";
import {
  accountOf,
  describe,
  identityTarget,
  newIdentityTarget,
  ownTarget,
  renamedTarget,
  requireUser,
  userNameOrOwn,
} from "./identities.ts";
import { existingUserName, newPath, pageFields, path, pathPrefix, policyArn, userName } from "./iam-fields.ts";
import { pageElements, rootElement, userElement } from "./shapes.ts";
import { iamRefusal, notFound } from "./store-refusals.ts";
import type { XmlNode } from "@s3-credentials/protocol";

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
export const createUser = defineIam({
  name: "CreateUser",
  resource: "user",
  fields: { UserName: userName, Path: path, PermissionsBoundary: optional(policyArn), Tags: tags },
  conditionKeys: ["iam:PermissionsBoundary", "aws:RequestTag/", "aws:TagKeys"],
  target: async ({ UserName, Path, PermissionsBoundary, Tags }, context) => ({
    resource: newIdentityTarget(context, "user", Path, UserName),
    context: {
      ...requestTagKeys(Tags),
      ...(PermissionsBoundary === undefined ? {} : { "iam:PermissionsBoundary": PermissionsBoundary }),
    },
  }),
  async run(grant, { UserName, Path, PermissionsBoundary, Tags }, context) {
    const { ports, now } = context;
    const accountId = accountOf(context);
    const id = ports.ids.uniqueId("AIDA");
    const user = {
      accountId,
      id,
      name: UserName,
      path: Path,
      createdAt: now,
      boundary: PermissionsBoundary,
      tags: Tags,
    };
    const created = await ports.identity.createPrincipal(grant, { ...user, role: undefined });
    if (created.kind === "missing") return notFound(`Scope ARN ${PermissionsBoundary ?? ""}`);
    if (created.kind !== "done") return iamRefusal(created, describe("user", UserName));
    const record: UserRecord = { kind: "user", ...user, arn: `arn:aws:iam::${accountId}:user${Path}${UserName}` };
    return [userElement("User", record, true)];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html */
export const getUser = defineIam({
  name: "GetUser",
  resource: "user",
  fields: { UserName: optional(existingUserName) },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(_grant, { UserName }, context) {
    const name = userNameOrOwn(context, UserName);
    if (isRefusal(name)) return name;
    if (name === undefined) {
      const accountId = accountOf(context);
      return [rootElement(accountId, await context.ports.identity.accountCreatedAt(accountId))];
    }
    const user = await requireUser(context, name);
    return isRefusal(user) ? user : [userElement("User", user, true, await context.ports.identity.lastUse(user.id))];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
export const listUsers = defineIam({
  name: "ListUsers",
  resource: "user",
  ofPrefix: true,
  fields: { PathPrefix: pathPrefix, ...pageFields },
  target: async ({ PathPrefix }, context) => ({ resource: newIdentityTarget(context, "user", PathPrefix, "") }),
  async run(grant, { PathPrefix, Marker, MaxItems }, context) {
    const { items, next } = await context.ports.identity.listPrincipals(grant, "user", accountOf(context), {
      pathPrefix: PathPrefix,
      after: Marker,
      limit: MaxItems,
      turn: context.time.turn,
    });
    const uses = await context.ports.identity.lastUses(items.map(({ id }) => id));
    const members: XmlNode[] = [];
    for (const user of items)
      if (user.kind === "user") members.push(userElement("member", user, false, uses.get(user.id)));
    return pageElements("Users", members, next);
  },
});

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html: the unique id stays, and with it the keys, policies
 * and groups, and the policies of buckets and roles that name the user.
 */
export const updateUser = defineIam({
  name: "UpdateUser",
  resource: "user",
  renames: true,
  fields: { UserName: existingUserName, NewUserName: optional(userName), NewPath: optional(newPath) },
  target: async ({ UserName, NewUserName, NewPath }, context) =>
    renamedTarget(context, "user", UserName, { newName: NewUserName, newPath: NewPath }),
  async run(grant, { UserName, NewUserName, NewPath }, context) {
    const user = await requireUser(context, UserName);
    if (isRefusal(user)) return user;
    const changed = await context.ports.identity.changePrincipal(grant, user, {
      ...(NewUserName === undefined ? {} : { name: NewUserName }),
      ...(NewPath === undefined ? {} : { path: NewPath }),
    });
    if (changed.kind === "exists") return iamRefusal(changed, describe("user", NewUserName ?? UserName));
    return changed.kind === "done" ? undefined : iamRefusal(changed, describe("user", UserName));
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
export const deleteUser = defineIam({
  name: "DeleteUser",
  resource: "user",
  fields: { UserName: existingUserName },
  target: async ({ UserName }, context) => identityTarget(context, "user", UserName),
  async run(grant, { UserName }, context) {
    const user = await requireUser(context, UserName);
    if (isRefusal(user)) return user;
    const deleted = await context.ports.identity.deletePrincipal(grant, user);
    return deleted.kind === "done" ? undefined : iamRefusal(deleted, describe("user", UserName));
  },
});
