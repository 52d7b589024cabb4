import type { IAMClient } from "@aws-sdk/client-iam";
import { type JsonObject, textField } from "../formats/json.ts";
import { isOurs, toolTags } from "./tool-tags.ts";
import { listUsers, userTags } from "./users.ts";

/** A user this tool made. */
export interface IssuedUser {
  readonly user: JsonObject;
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly expires?: Date;
}

/** Every user of the account that carries this tool's tags; one call a user, because lists have no tags. */
export async function* issuedUsers(iam: IAMClient): AsyncGenerator<IssuedUser> {
  for await (const user of listUsers(iam)) {
    const name = textField(user, "UserName");
    const tags = await userTags(iam, name);
    if (!isOurs(tags)) continue;
    const expires = new Date(tags.get(toolTags.expires) ?? "");
    yield { user, name, tags, ...(Number.isNaN(expires.getTime()) ? {} : { expires }) };
  }
}
