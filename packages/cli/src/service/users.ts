import type { IAMClient } from "@aws-sdk/client-iam";
import { type JsonObject, textField } from "../formats/json.ts";
import { decodeDocument } from "./document.ts";
import { userShape, accessKeyShape } from "./shapes.ts";
import { readItems, sendForXml } from "./wire.ts";
import { failedWith } from "../output/errors.ts";

/** Every user of the account with all its fields, page by page. */
export async function* listUsers(iam: IAMClient): AsyncGenerator<JsonObject> {
  const { ListUsersCommand } = await import("@aws-sdk/client-iam");
  let marker: string | undefined;
  do {
    const command = new ListUsersCommand(marker === undefined ? {} : { Marker: marker });
    const { output, document } = await sendForXml(command, () => iam.send(command));
    yield* readItems(document, ["ListUsersResult", "Users"], "member", userShape);
    marker = nextMarker(output);
  } while (marker !== undefined);
}

export async function* listUserNames(iam: IAMClient): AsyncGenerator<string> {
  for await (const user of listUsers(iam)) yield textField(user, "UserName");
}

export async function* listUserPolicyNames(iam: IAMClient, user: string): AsyncGenerator<string> {
  const { ListUserPoliciesCommand } = await import("@aws-sdk/client-iam");
  let marker: string | undefined;
  do {
    const output = await iam.send(
      new ListUserPoliciesCommand({ UserName: user, ...(marker === undefined ? {} : { Marker: marker }) }),
    );
    yield* output.PolicyNames ?? [];
    marker = nextMarker(output);
  } while (marker !== undefined);
}

/** The ids of a user's access keys. */
export async function* listKeyIds(iam: IAMClient, user: string): AsyncGenerator<string> {
  for await (const key of listKeys(iam, user)) yield textField(key, "AccessKeyId");
}

/** The text of an inline policy. */
export async function userPolicyText(iam: IAMClient, user: string, policy: string): Promise<string> {
  const { GetUserPolicyCommand } = await import("@aws-sdk/client-iam");
  const { PolicyDocument } = await iam.send(new GetUserPolicyCommand({ UserName: user, PolicyName: policy }));
  return decodeDocument(PolicyDocument ?? "");
}

/** The texts of all inline policies of a user, by their names. */
export async function userPolicyTexts(iam: IAMClient, user: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for await (const name of listUserPolicyNames(iam, user)) texts.set(name, await userPolicyText(iam, user, name));
  return texts;
}

export function nextMarker(page: {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}): string | undefined {
  return page.IsTruncated === true && page.Marker !== "" ? page.Marker : undefined;
}

/** The access keys of a user with every field the service gives (never a secret). */
export async function* listKeys(iam: IAMClient, user: string): AsyncGenerator<JsonObject> {
  const { ListAccessKeysCommand } = await import("@aws-sdk/client-iam");
  let marker: string | undefined;
  do {
    const command = new ListAccessKeysCommand({ UserName: user, ...(marker === undefined ? {} : { Marker: marker }) });
    const { output, document } = await sendForXml(command, () => iam.send(command));
    yield* readItems(document, ["ListAccessKeysResult", "AccessKeyMetadata"], "member", accessKeyShape);
    marker = nextMarker(output);
  } while (marker !== undefined);
}

/** Tags of a user; lists of users do not have them. */
export async function userTags(iam: IAMClient, user: string): Promise<ReadonlyMap<string, string>> {
  const { paginateListUserTags } = await import("@aws-sdk/client-iam");
  const tags = new Map<string, string>();
  for await (const page of paginateListUserTags({ client: iam }, { UserName: user })) {
    for (const { Key = "", Value = "" } of page.Tags ?? []) tags.set(Key, Value);
  }
  return tags;
}

export interface ExistingUser {
  readonly arn: string;
  readonly userId: string;
  readonly boundary?: string;
  readonly tags: ReadonlyMap<string, string>;
}

export async function findUser(iam: IAMClient, name: string): Promise<ExistingUser | undefined> {
  const { GetUserCommand } = await import("@aws-sdk/client-iam");
  try {
    const { User } = await iam.send(new GetUserCommand({ UserName: name }));
    const boundary = User?.PermissionsBoundary?.PermissionsBoundaryArn;
    const tags = new Map(User?.Tags?.map(({ Key = "", Value = "" }) => [Key, Value]));
    const { Arn: arn = "", UserId: userId = "" } = User ?? {};
    return { arn, userId, tags, ...(boundary === undefined ? {} : { boundary }) };
  } catch (error) {
    if (failedWith(error, "NoSuchEntity", "NoSuchEntityException")) return undefined;
    throw error;
  }
}
