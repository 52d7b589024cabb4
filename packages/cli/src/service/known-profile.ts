import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../command-line/failures.ts";
import { credentialsFile } from "./profile-file.ts";

/**
 * Throws `UsageError` when neither of the shared files has the profile: the SDK would say only that it found no credentials.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function requireProfile(env: NodeJS.ProcessEnv, name: string): void {
  const files = [credentialsFile(env), env["AWS_CONFIG_FILE"] || join(env["HOME"] || homedir(), ".aws", "config")];
  if (!files.some((file) => sectionsOf(file).has(name)))
    throw new UsageError(`there is no profile ${name} in ${files.join(" or ")}`);
}

function sectionsOf(file: string): ReadonlySet<string> {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // A file that is not there has no profiles.
  }
  const heads = text.matchAll(/^\s*\[\s*(?:profile\s+)?["']?([^\]"']+?)["']?\s*\]/gm);
  return new Set([...heads].map(([, name = ""]) => name));
}
