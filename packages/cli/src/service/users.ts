import type { IAMClient } from "@aws-sdk/client-iam";
import { type JsonObject, textField } from "../formats/json.ts";
import { decodeDocument } from "./document.ts";
import { userShape } from "./shapes.ts";
import { readItems, sendForXml } from "./wire.ts";

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

export async function* listAccessKeys(iam: IAMClient, user: string): AsyncGenerator<string> {
  const { ListAccessKeysCommand } = await import("@aws-sdk/client-iam");
  let marker: string | undefined;
  do {
    const output = await iam.send(
      new ListAccessKeysCommand({ UserName: user, ...(marker === undefined ? {} : { Marker: marker }) }),
    );
    for (const { AccessKeyId } of output.AccessKeyMetadata ?? []) if (AccessKeyId !== undefined) yield AccessKeyId;
    marker = nextMarker(output);
  } while (marker !== undefined);
}

/** The text of an inline policy. */
export async function userPolicyText(iam: IAMClient, user: string, policy: string): Promise<string> {
  const { GetUserPolicyCommand } = await import("@aws-sdk/client-iam");
  const { PolicyDocument } = await iam.send(new GetUserPolicyCommand({ UserName: user, PolicyName: policy }));
  return decodeDocument(PolicyDocument ?? "");
}

export function nextMarker(page: {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}): string | undefined {
  return page.IsTruncated === true && page.Marker !== "" ? page.Marker : undefined;
}
