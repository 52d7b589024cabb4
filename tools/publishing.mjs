import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const isPublished = (name) => JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8")).private !== true;

/** What publint finds in each package as npm would pack it; a private one is never packed. */
export async function publishingFaults() {
  const found = await Promise.all(
    readdirSync("packages")
      .filter(isPublished)
      .map(async (name) => {
        const { messages, pkg } = await publint({ pkgDir: resolve("packages", name), pack: "npm", strict: true });
        return messages.map((message) => `${name}: ${formatMessage(message, pkg, { color: false })}`);
      }),
  );
  return found.flat();
}
