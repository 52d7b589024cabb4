import { element } from "@s3-credentials/protocol";
import { randomBytes } from "node:crypto";
import type { Grant } from "../../ports/grant.ts";
import { isRefusal, type OperationContext, type Refusal } from "../operation.ts";
import { oneOf, optional } from "../query/fields.ts";
import { resourceTagKeys } from "../query/tag-keys.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf, ownTarget, requireUser, userNameOrOwn } from "./identities.ts";
import { accessKeyId, placedPageFields, existingUserName } from "./iam-fields.ts";
import { iamTime, pageElements, pageFrom } from "./shapes.ts";
import { iamRefusal, notFound } from "./store-refusals.ts";

/** Whose keys are meant: a user of the account, or its root (`ownerId` undefined). */
interface KeyOwner {
  readonly accountId: string;
  readonly ownerId: string | undefined;
  readonly name: string;
}

async function ownerOf(context: OperationContext, given: string | undefined): Promise<KeyOwner | Refusal> {
  const name = userNameOrOwn(context, given);
  if (isRefusal(name)) return name;
  const accountId = accountOf(context);
  if (name === undefined) return { accountId, ownerId: undefined, name: "<root_account>" };
  const user = await requireUser(context, name);
  return isRefusal(user) ? user : { accountId, ownerId: user.id, name: user.name };
}

const ownFields = { UserName: optional(existingUserName) } as const;
const keyFields = { ...ownFields, AccessKeyId: accessKeyId } as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
export const createAccessKey = defineIam({
  name: "CreateAccessKey",
  resource: "user",
  fields: ownFields,
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(grant, { UserName }, context) {
    const owner = await ownerOf(context, UserName);
    if (isRefusal(owner)) return owner;
    const { accountId, ownerId, name } = owner;
    const { ports, now } = context;
    const key = {
      accountId,
      ownerId,
      accessKeyId: ports.ids.uniqueId("AKIA"),
      secretAccessKey: randomBytes(30).toString("base64"),
      createdAt: now,
    };
    const created = await ports.identity.createAccessKey(grant, key);
    if (created.kind !== "done") return iamRefusal(created, `The user with name ${name}`);
    return [
      element("AccessKey", [
        element("UserName", name),
        element("AccessKeyId", key.accessKeyId),
        element("Status", "Active"),
        element("SecretAccessKey", key.secretAccessKey),
        element("CreateDate", iamTime(now)),
      ]),
    ];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html */
export const listAccessKeys = defineIam({
  name: "ListAccessKeys",
  resource: "user",
  fields: { ...ownFields, ...placedPageFields },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(grant, { UserName, Marker, MaxItems }, context) {
    const owner = await ownerOf(context, UserName);
    if (isRefusal(owner)) return owner;
    const keys = await context.ports.identity.listAccessKeys(grant, owner.accountId, owner.ownerId);
    const { items, next } = pageFrom(keys, Marker, MaxItems);
    const members = items.map((key) =>
      element("member", [
        element("UserName", owner.name),
        element("AccessKeyId", key.accessKeyId),
        element("Status", key.status),
        element("CreateDate", iamTime(key.createdAt)),
      ]),
    );
    return pageElements("AccessKeyMetadata", members, next);
  },
});

async function changeKey(
  given: string | undefined,
  keyId: string,
  context: OperationContext,
  change: (owner: KeyOwner) => ReturnType<OperationContext["ports"]["identity"]["deleteAccessKey"]>,
): Promise<undefined | Refusal> {
  const owner = await ownerOf(context, given);
  if (isRefusal(owner)) return owner;
  const changed = await change(owner);
  return changed.kind === "done" ? undefined : notFound(`The Access Key with id ${keyId}`);
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
export const updateAccessKey = defineIam({
  name: "UpdateAccessKey",
  resource: "user",
  fields: { ...keyFields, Status: oneOf("Active", "Inactive") },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  run: (grant: Grant, { UserName, AccessKeyId, Status }, context) =>
    changeKey(UserName, AccessKeyId, context, ({ accountId, ownerId }) =>
      context.ports.identity.setAccessKeyStatus(grant, accountId, ownerId, AccessKeyId, Status),
    ),
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html */
export const deleteAccessKey = defineIam({
  name: "DeleteAccessKey",
  resource: "user",
  fields: keyFields,
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  run: (grant: Grant, { UserName, AccessKeyId }, context) =>
    changeKey(UserName, AccessKeyId, context, ({ accountId, ownerId }) =>
      context.ports.identity.deleteAccessKey(grant, accountId, ownerId, AccessKeyId),
    ),
});

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html: asked on the key's user. A key that the account does
 * not have is refused in the same words as one that the caller may not ask about.
 */
export const getAccessKeyLastUsed = defineIam({
  name: "GetAccessKeyLastUsed",
  resource: "user",
  fields: { AccessKeyId: accessKeyId },
  async target({ AccessKeyId }, context) {
    const accountId = accountOf(context);
    const resourceAsSent = `access key ${AccessKeyId}`;
    const key = await context.ports.identity.findAccessKey(accountId, AccessKeyId);
    const of = (name: string): string => `arn:aws:iam::${accountId}:${name}`;
    if (key === undefined) return { resource: { arn: of("user/"), accountId, resourceAsSent } };
    const { ownerId } = key;
    if (ownerId === undefined) return { resource: { arn: of("root"), accountId, resourceAsSent } };
    const user = await context.ports.identity.findUserById({ accountId, id: ownerId });
    return {
      resource: { arn: user?.arn ?? of("user/"), accountId, resourceAsSent },
      context: user === undefined ? {} : resourceTagKeys("user", user.tags),
    };
  },
  async run(_grant, { AccessKeyId }, context) {
    const { identity } = context.ports;
    const accountId = accountOf(context);
    const key = await identity.findAccessKey(accountId, AccessKeyId);
    if (key === undefined) return notFound(`The Access Key with id ${AccessKeyId}`);
    const { ownerId } = key;
    const user = ownerId === undefined ? undefined : await identity.findUserById({ accountId, id: ownerId });
    const use = await identity.lastUse(AccessKeyId);
    return [
      element("UserName", ownerId === undefined ? "<root_account>" : (user?.name ?? "")),
      element("AccessKeyLastUsed", [
        use === undefined ? undefined : element("LastUsedDate", iamTime(use.at)),
        element("ServiceName", use?.service ?? "N/A"),
        element("Region", use?.region ?? "N/A"),
      ]),
    ];
  },
});
