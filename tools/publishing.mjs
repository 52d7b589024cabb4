import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** What publint finds in each package as npm would pack it. */
export async function publishingFaults() {
  const found = await Promise.all(
    readdirSync("packages").map(async (name) => {
      const { messages, pkg } = await publint({ pkgDir: resolve("packages", name), pack: "npm", strict: true });
      return messages.map((message) => `${name}: ${formatMessage(message, pkg, { color: false })}`);
    }),
  );
  return found.flat();
}
