import { toolTags } from "../tool-tags.ts";

/**
 * Ceph's users have no tags, but a display name of any length: `KEY = VALUE; KEY = VALUE`. The first is always this tool's
 * own creator tag, which marks its users. The display names of other users belong to somebody else.
 */
export function displayNameOf(tags: ReadonlyMap<string, string>): string | undefined {
  const creator = tags.get(toolTags.creator);
  if (creator === undefined) return undefined;
  const text = [...new Map([[toolTags.creator, creator], ...tags])]
    .map(([key, value]) => `${key} = ${value}`)
    .join("; ");
  const read = tagsOf(text);
  return read.size === tags.size && [...tags].every(([key, value]) => read.get(key) === value) ? text : undefined;
}

/** None for a display name that is not this tool's. */
export function tagsOf(displayName: string): ReadonlyMap<string, string> {
  if (!displayName.startsWith(`${toolTags.creator} = `)) return new Map();
  return new Map(
    displayName.split("; ").map((part) => {
      const at = part.indexOf(" = ");
      return at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 3)];
    }),
  );
}
