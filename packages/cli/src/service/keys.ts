import type { IAMClient } from "@aws-sdk/client-iam";
import type { JsonObject } from "../formats/json.ts";
import { accessKeyShape } from "./shapes.ts";
import { nextMarker } from "./users.ts";
import { readItems, sendForXml } from "./wire.ts";

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
