import type { Context } from "../command-line/context.ts";

/** One line for each name that was asked for and is not there. It is no failure: scripts of the original go on. */
export function warnMissing(context: Context, what: "bucket" | "role", missing: ReadonlySet<string>): void {
  for (const name of missing) context.say(`Warning: there is no ${what} ${name} in this account`);
}
