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
  /** Endpoints of the `[services NAME]` section that the profile names, by service. */
  readonly services: Settings;
}

const none: Settings = new Map();

/**
 * A named profile that neither file has is refused: the SDK would say only that it found no credentials.
 * No name means `default`, which may be missing.
 */
export function readProfile(env: NodeJS.ProcessEnv, name?: string): SharedProfile {
  const files = [credentialsFile(env), env["AWS_CONFIG_FILE"] || join(env["HOME"] || homedir(), ".aws", "config")];
  const [credentialsSections, configSections] = files.map(readSections);
  const credentials = credentialsSections?.get(name ?? "default") ?? none;
  const config = profilesOf(configSections ?? new Map<string, Settings>()).get(name ?? "default") ?? none;
  if (name !== undefined && credentials === none && config === none)
    throw new UsageError(`there is no profile ${name} in ${files.join(" or ")}`);
  const merged = new Map([...config, ...credentials]);
  return {
    name: name ?? "default",
    inCredentials: credentials,
    inConfig: config,
    merged,
    services: endpointsOf(configSections?.get(`services ${merged.get("services") ?? ""}`) ?? none),
  };
}

/** `s3 =` and below it, with a deeper indent, `endpoint_url = …`. */
function endpointsOf(services: Settings): Settings {
  const endpoints = new Map<string, string>();
  for (const [service, lines] of services) {
    const endpoint = /^endpoint_url\s*=\s*(.*)$/m.exec(lines)?.[1];
    if (endpoint !== undefined) endpoints.set(service, endpoint);
  }
  return endpoints;
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
  let setting: { readonly key: string; readonly indent: number } | undefined;
  for (const line of textOf(file).split(/\r?\n/)) {
    const trimmed = line.trim();
    if (/^([#;]|$)/.test(trimmed)) continue;
    const indent = line.length - line.trimStart().length;
    if (setting !== undefined && indent > setting.indent) {
      section?.set(setting.key, `${section.get(setting.key) ?? ""}\n${trimmed}`);
      continue;
    }
    const head = /^\[(.+)\]/.exec(trimmed)?.[1];
    const [, key, value = ""] = /^(.*?)\s*[=:]\s*(.*)$/.exec(trimmed) ?? [];
    if (head !== undefined) {
      section = sections.get(head) ?? new Map<string, string>();
      sections.set(head, section);
    } else if (key !== undefined) section?.set(key.toLowerCase(), value);
    setting = key === undefined || head !== undefined ? undefined : { key: key.toLowerCase(), indent };
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
