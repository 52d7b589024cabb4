import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { errorCode } from "../files/file-error.ts";
import { replaceFile } from "../files/replace-file.ts";
import { withFileLock } from "../files/file-lock.ts";
import { hasSetting, sectionsNamed } from "./ini-section.ts";
import { type ProfileChange, refusal, replaceKeys, settingBeforeKeys } from "./profile-section.ts";

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function credentialsFile(env: NodeJS.ProcessEnv): string {
  return env["AWS_SHARED_CREDENTIALS_FILE"] || join(env["HOME"] || homedir(), ".aws", "credentials");
}

function configFile(env: NodeJS.ProcessEnv): string {
  return env["AWS_CONFIG_FILE"] || join(env["HOME"] || homedir(), ".aws", "config");
}

export function checkProfileName(name: string): void {
  if (!/^[\w.@,+=/-]{1,64}$/.test(name))
    throw new UsageError(`invalid profile name "${name}": it has 1 to 64 letters, digits and any of _.@,+=/-`);
}

/** Refuses, before any key is made, a profile whose keys or other source of credentials are not this tool's to replace. */
export function checkProfileFree(env: NodeJS.ProcessEnv, change: Omit<ProfileChange, "settings">): void {
  const { profile } = change;
  const file = credentialsFile(env);
  const why =
    refusal(readText(file, profile), [profile], change) ??
    refusal(readText(configFile(env), profile), configSections(profile), change, configFile(env));
  if (why !== undefined) throw new CommandError(`${why}; choose another name, or add --force to replace it`);
}

/** Why AWS tools will not use keys written to this profile; undefined when they will. */
export function unusedKeysWarning(env: NodeJS.ProcessEnv, profile: string): string | undefined {
  const file = configFile(env);
  const setting = settingBeforeKeys(readText(file, profile), configSections(profile));
  if (setting === undefined) return undefined;
  return `profile ${profile} in ${file} still has ${setting}, which AWS tools prefer to these keys; take it out of that file to use them`;
}

function configSections(profile: string): readonly string[] {
  return profile === "default" ? ["default", "profile default"] : [`profile ${profile}`];
}

/** The credentials file goes before the configuration file, where somebody may have chosen a region for the profile. */
function withoutChosenRegion(env: NodeJS.ProcessEnv, change: ProfileChange): ProfileChange {
  const lines = readText(configFile(env), change.profile).split("\n");
  const sections = configSections(change.profile).flatMap((name) => sectionsNamed(lines, name));
  const { region: _, ...settings } = change.settings;
  return hasSetting(sections, "region") ? { ...change, settings } : change;
}

/**
 * Puts keys into a section of the shared credentials file; everything else in it stays as it is, byte for byte.
 * INVARIANT: when several commands write at once, none of them loses what another wrote.
 */
export async function writeProfile(env: NodeJS.ProcessEnv, change: ProfileChange): Promise<string> {
  const file = credentialsFile(env);
  try {
    const target = targetOf(file);
    makeFolder(dirname(target), 0o700);
    await withFileLock(`${target}.s3-credentials.lock`, () => {
      // Another command may have written since the check.
      checkProfileFree(env, change);
      replaceFile(target, replaceKeys(readText(target, change.profile), withoutChosenRegion(env, change)), "latin1");
    });
    return file;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw failure(`cannot write profile ${change.profile} to ${file}`, error);
  }
}

function failure(what: string, error: unknown): CommandError {
  return new CommandError(`${what} (${errorCode(error) ?? "failed"})`, { cause: error });
}

/** Bytes as Latin-1, which keeps them whatever the encoding is. */
function readText(file: string, profile: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw failure(`cannot read ${file} to look for profile ${profile}`, error);
  }
}

/** A link to the file is followed, so that it stays a link, also when its target is not there yet. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  const link = linkAt(file);
  return link === undefined ? file : targetOf(resolve(dirname(file), link));
}

function linkAt(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}
