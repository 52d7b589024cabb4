import type { QueryKey } from "@tanstack/react-query";
import { checkKept } from "../shell/changed-since.ts";
import type { Undo } from "../shell/steps.ts";

/** A setting of one bucket. Its values are compared as JSON. */
export interface Setting<T> {
  /** "the lifecycle of reports" */
  readonly words: string;
  readonly key: QueryKey;
  readonly read: () => Promise<T>;
  readonly write: (value: T) => Promise<unknown>;
}

/** How a setting is read: whoever asks for the same one at the same time shares the answer. */
export function settingQuery<T>({ key, read }: Pick<Setting<T>, "key" | "read">) {
  return { queryKey: key, queryFn: async () => ({ value: await read() }) };
}

/** Rejects when the setting is not `before` any more: what somebody has set since it was read would be gone. Resolves with what takes it back. */
export async function replaceSetting<T>(setting: Setting<T>, before: T, after: T): Promise<Undo> {
  const { words, read, write } = setting;
  const now = async (): Promise<string> => JSON.stringify(await read());
  checkKept(await now(), JSON.stringify(before), words);
  await write(after);
  // The gateway gives names to what has none.
  const written = await now();
  return async () => {
    checkKept(await now(), written, words);
    await write(before);
  };
}
