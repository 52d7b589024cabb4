import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError, UsageError } from "../command-line/failures.ts";

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function credentialsFile(env: NodeJS.ProcessEnv): string {
  return env["AWS_SHARED_CREDENTIALS_FILE"] || join(env["HOME"] || homedir(), ".aws", "credentials");
}

export function checkProfileName(name: string): void {
  if (!/^[\w.@,+=/-]{1,64}$/.test(name))
    throw new UsageError(`invalid profile name "${name}": it has 1 to 64 letters, digits and any of _.@,+=/-`);
}

/**
 * Puts a section into the shared credentials file in place of one of that name; everything else stays as it is.
 * INVARIANT: readers find the old file or the new one, never a part; only the user may read it (0600).
 */
export function writeProfile(file: string, name: string, section: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const target = existing(file);
    const next = replaceSection(target.text, name, section);
    const temporary = `${target.path}.${randomBytes(6).toString("hex")}`;
    try {
      writeFileSync(temporary, next, { mode: 0o600, flag: "wx" });
      chmodSync(temporary, 0o600);
      renameSync(temporary, target.path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
    throw new CommandError(`cannot write profile ${name} to ${file} (${code})`);
  }
}

/** A link to the file is followed, so that it stays a link. */
function existing(file: string): { readonly path: string; readonly text: string } {
  try {
    return { path: realpathSync(file), text: readFileSync(file, "utf8") };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { path: file, text: "" };
    throw error;
  }
}

/** Sections end where the next begins; keys of the old one that are not written anew are gone with it. */
export function replaceSection(text: string, name: string, section: string): string {
  const kept: string[] = [];
  let inside = false;
  for (const line of text.split("\n")) {
    const header = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line);
    if (header !== null) inside = header[1] === name;
    if (!inside) kept.push(line);
  }
  const before = kept.join("\n").trimEnd();
  return `${before === "" ? "" : `${before}\n\n`}${section}\n`;
}
