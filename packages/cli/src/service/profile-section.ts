import { hasSetting, type IniSection, sectionsNamed } from "./ini-section.ts";

export interface ProfileChange {
  readonly profile: string;
  /** Keys of this user may be replaced by newer ones; absent for temporary credentials. */
  readonly user: string | undefined;
  /** What is written: keys, and endpoint and region where they are needed. */
  readonly settings: Readonly<Record<string, string>>;
  readonly endpoint: string | undefined;
  /** Whatever exists is replaced, also when this tool did not write it. */
  readonly force: boolean;
}

const keyId = "aws_access_key_id";

/** Where the credentials of a profile come from, and where they are sent. */
const replaced = [keyId, "aws_secret_access_key", "aws_session_token", "aws_security_token", "endpoint_url"];

/** Other sources of credentials; AWS tools ask most of these before the keys of a section. */
const otherSources = [
  "role_arn",
  "source_profile",
  "credential_source",
  "web_identity_token_file",
  "credential_process",
  "sso_session",
  "sso_start_url",
  "sso_account_id",
  "sso_role_name",
  "login_session",
];

/** AWS tools ask for these in every file before they look at the keys of the credentials file. */
const beforeKeys: readonly string[] = ["role_arn", "web_identity_token_file", "sso_session", "sso_account_id"];

/** The setting in sections of these names that AWS tools prefer to keys in the credentials file; undefined without one. */
export function settingBeforeKeys(text: string, names: readonly string[]): string | undefined {
  const lines = text.split("\n");
  const settings = names.flatMap((name) => sectionsNamed(lines, name)).flatMap((section) => section.settings);
  return settings.find(({ name }) => beforeKeys.includes(name))?.name;
}

/** Why the sections of these names are not this tool's to change; undefined when they are. */
export function refusal(
  text: string,
  names: readonly string[],
  { profile, user, endpoint, force }: Omit<ProfileChange, "settings">,
  file?: string,
): string | undefined {
  if (force) return undefined;
  const lines = text.split("\n");
  const where = file === undefined ? "" : ` in ${file}`;
  for (const section of names.flatMap((name) => sectionsNamed(lines, name))) {
    const value = (name: string) => section.settings.find((setting) => setting.name === name)?.value;
    const other = otherSources.find((name) => value(name) !== undefined);
    if (other !== undefined) return `profile ${profile}${where} gets its credentials from ${other}`;
    const key = value(keyId);
    if (key !== undefined && !isOwn(section, lines, key, user))
      return `profile ${profile}${where} has the access key ${key}, which ${user === undefined ? "this tool did not write there" : `is not one this tool wrote for user ${user}`}`;
    const address = value("endpoint_url");
    if (file === undefined && key === undefined && address !== undefined && address !== endpoint)
      return `profile ${profile} is for ${address}`;
  }
  return undefined;
}

/**
 * Temporary keys that this tool wrote may be replaced by any keys. Permanent keys may be replaced only by newer keys of their user, because
 * their secret is nowhere else.
 */
function isOwn(section: IniSection, lines: readonly string[], key: string, user: string | undefined): boolean {
  return lines.slice(section.from, section.to).some((line) => {
    const [, written, whose] = markPattern.exec(line.trim()) ?? [];
    return written === key && (whose === undefined || whose === user);
  });
}

const markPattern = /^# written by s3-credentials: (?:temporary )?key (\S+?)(?: of user (\S+))?$/;

function mark({ settings, user }: ProfileChange): string {
  const key = settings[keyId] ?? "";
  return `# written by s3-credentials: ${user === undefined ? `temporary key ${key}` : `key ${key} of user ${user}`}`;
}

/** The text with the new keys in place of the old ones. Other settings, comments and other sections stay. */
export function replaceKeys(text: string, change: ProfileChange): string {
  const lines = text.split("\n");
  const end = text.includes("\r\n") ? "\r" : "";
  const sections = sectionsNamed(lines, change.profile);
  const written = [
    mark(change),
    ...Object.entries(settingsFor(sections, change)).map(([name, value]) => `${name}=${value}`),
  ];
  // Text of this tool is UTF-8, and `text` holds bytes as Latin-1.
  const added = written.map((line) => `${Buffer.from(line, "utf8").toString("latin1")}${end}`);
  const [first] = sections;
  if (first === undefined) {
    const before = text === "" ? [] : text.endsWith("\n") ? [text.slice(0, -1), end] : [`${text}${end}`, end];
    return [...before, `[${change.profile}]${end}`, ...added, ""].join("\n");
  }
  const gone = new Set(sections.flatMap((section) => goneLines(section, lines, change.force)));
  return lines
    .flatMap((line, index) => (gone.has(index) ? [] : index === first.from ? [line, ...added] : [line]))
    .join("\n");
}

/** A region somebody chose for the profile stays. */
function settingsFor(sections: readonly IniSection[], { settings }: ProfileChange): Readonly<Record<string, string>> {
  const { region: _, ...others } = settings;
  return hasSetting(sections, "region") ? others : settings;
}

function goneLines(section: IniSection, lines: readonly string[], force: boolean): readonly number[] {
  const names = force ? [...replaced, ...otherSources] : replaced;
  const marks = lines.flatMap((line, index) =>
    index > section.from && index < section.to && markPattern.test(line.trim()) ? [index] : [],
  );
  return [
    ...marks,
    ...section.settings
      .filter(({ name }) => names.includes(name))
      .flatMap(({ from, to }) =>
        lines.slice(from, to).flatMap((line, at) => (/^\s*[#;]|^\s*$/.test(line) ? [] : [from + at])),
      ),
  ];
}
