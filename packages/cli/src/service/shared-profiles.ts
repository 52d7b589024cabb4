import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../command-line/failures.ts";
import { credentialsFile } from "./profile-file.ts";

type Settings = ReadonlyMap<string, string>;

/** What the shared files say of one profile. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
export interface SharedProfile {
  readonly name: string;
  readonly inCredentials: Settings;
  readonly inConfig: Settings;
  /** Of both files; the credentials file wins. */
  readonly merged: Settings;
}

const none: Settings = new Map();

/**
 * A named profile that neither file has is refused: the SDK would say only that it found no credentials.
 * No name means `default`, which may be missing.
 */
export function readProfile(env: NodeJS.ProcessEnv, name?: string): SharedProfile {
  const files = [credentialsFile(env), env["AWS_CONFIG_FILE"] || join(env["HOME"] || homedir(), ".aws", "config")];
  const [credentials = none, config = none] = files.map((file, index) => {
    const sections = readSections(file);
    return (index === 0 ? sections : profilesOf(sections)).get(name ?? "default");
  });
  if (name !== undefined && credentials === none && config === none)
    throw new UsageError(`there is no profile ${name} in ${files.join(" or ")}`);
  return {
    name: name ?? "default",
    inCredentials: credentials,
    inConfig: config,
    merged: new Map([...config, ...credentials]),
  };
}

/** In the configuration file a profile is `[profile NAME]`, the default one also `[default]`. */
function profilesOf(sections: ReadonlyMap<string, Settings>): ReadonlyMap<string, Settings> {
  const profiles = new Map<string, Settings>();
  for (const [head, settings] of sections) {
    const named = /^profile\s+(?:"([^"]*)"|'([^']*)'|([^\s"']+))\s*$/.exec(head);
    const name = head === "default" ? head : (named?.[1] ?? named?.[2] ?? named?.[3]);
    if (name !== undefined) profiles.set(name, settings);
  }
  return profiles;
}

/** As Python's `configparser` reads them: a line with a deeper indent than its setting continues that setting. */
function readSections(file: string): ReadonlyMap<string, Settings> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let settingIndent: number | undefined;
  for (const line of textOf(file).split(/\r?\n/)) {
    const trimmed = line.trim();
    if (/^([#;]|$)/.test(trimmed)) continue;
    const indent = line.length - line.trimStart().length;
    if (settingIndent !== undefined && indent > settingIndent) continue;
    const head = /^\[(.+)\]/.exec(trimmed)?.[1];
    const [, key, value = ""] = /^(.*?)\s*[=:]\s*(.*)$/.exec(trimmed) ?? [];
    settingIndent = head === undefined ? indent : undefined;
    if (head !== undefined) {
      section = sections.get(head) ?? new Map<string, string>();
      sections.set(head, section);
    } else if (key !== undefined) section?.set(key.toLowerCase(), value);
  }
  return sections;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // A file that is not there has no profiles.
  }
}
