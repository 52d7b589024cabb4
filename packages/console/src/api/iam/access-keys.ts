import { childOf, textOf } from "../tree.ts";
import { allOf, iam } from "./iam.ts";

export interface AccessKey {
  readonly id: string;
  readonly active: boolean;
  readonly created: string;
}

export interface NewAccessKey {
  readonly id: string;
  readonly secret: string;
}

export const listKeys = (user: string): Promise<AccessKey[]> =>
  allOf("ListAccessKeys", { UserName: user }, "AccessKeyMetadata", (node) => ({
    id: textOf(node, "AccessKeyId"),
    active: textOf(node, "Status") === "Active",
    created: textOf(node, "CreateDate"),
  }));

export async function createKey(user: string): Promise<NewAccessKey> {
  const key = childOf(await iam("CreateAccessKey", { UserName: user }), "AccessKey");
  return { id: textOf(key, "AccessKeyId"), secret: textOf(key, "SecretAccessKey") };
}

export interface LastUse {
  /** Empty: never. */
  readonly time: string;
  readonly service: string;
}

export async function keyLastUsed(id: string): Promise<LastUse> {
  const use = childOf(await iam("GetAccessKeyLastUsed", { AccessKeyId: id }), "AccessKeyLastUsed");
  return { time: textOf(use, "LastUsedDate"), service: textOf(use, "ServiceName") };
}
