import type { Parameters } from "../call.ts";
import { textOf } from "../tree.ts";
import { allOf, iam } from "./iam.ts";

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type TaggedKind = "User" | "Role" | "Policy";

/** `name`: the ARN of a policy. */
const ofTagged = (kind: TaggedKind, name: string): Parameters =>
  kind === "Policy" ? { PolicyArn: name } : { [`${kind}Name`]: name };

export const listTags = (kind: TaggedKind, name: string): Promise<Tag[]> =>
  allOf(`List${kind}Tags`, ofTagged(kind, name), "Tags", (node) => ({
    key: textOf(node, "Key"),
    value: textOf(node, "Value"),
  }));

/** What changed between the two lists. */
export async function saveTags(
  kind: TaggedKind,
  name: string,
  before: readonly Tag[],
  after: readonly Tag[],
): Promise<void> {
  const gone = before.filter(({ key }) => !after.some((tag) => tag.key === key));
  const set = after.filter(({ key, value }) => !before.some((tag) => tag.key === key && tag.value === value));
  if (set.length > 0) await iam(`Tag${kind}`, { ...ofTagged(kind, name), ...tagParameters(set) });
  const keys = Object.fromEntries(gone.map(({ key }, at) => [`TagKeys.member.${at + 1}`, key]));
  if (gone.length > 0) await iam(`Untag${kind}`, { ...ofTagged(kind, name), ...keys });
}

export function tagParameters(tags: readonly Tag[]): Parameters {
  return Object.fromEntries(
    tags.flatMap(({ key, value }, at) => [
      [`Tags.member.${at + 1}.Key`, key],
      [`Tags.member.${at + 1}.Value`, value],
    ]),
  );
}
