import type { Context } from "../command-line/context.ts";

/** One line for each name that was asked for and is not there; the exit code. */
export function tellMissing(context: Context, what: "bucket" | "role", missing: ReadonlySet<string>): number {
  for (const name of missing) context.say(`Error: there is no ${what} ${name} in this account`);
  return missing.size === 0 ? 0 : 1;
}
