import { CommandError } from "../command-line/failures.ts";

/** One word for sh, bash, zsh and fish. Between single quotes a backslash escapes in fish alone, so it is put outside. */
export function shellQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, (character) => `'\\${character}'`)}'`;
}

/** A word of a command that is suggested to the user, quoted where it must be. */
export function shellWord(text: string): string {
  return /^[\w@+:,./-]+$/.test(text) ? text : shellQuoted(text);
}

/** PowerShell takes the curly quotes for straight ones. https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules */
export function powershellQuoted(text: string): string {
  return `'${text.replace(/['\u2018-\u201B]/g, "$&$&")}'`;
}

/**
 * Readers of dotenv files agree on little: most expand `$` between double quotes, some expand `${…}` between single quotes
 * too, and a backslash means something else to each. What has no form that all read alike is refused.
 */
export function dotenvQuoted(name: string, text: string): string {
  if (!/["$\\`]/.test(text)) return `"${text}"`;
  if (!/['\\]|\$\{/.test(text)) return `'${text}'`;
  throw new CommandError(`${name} has characters that readers of dotenv files read differently; use another --format`);
}

/** The name of a section of the shared credentials file. */
export function sectionName(name: string): string {
  if (/^[\w.@,+=/$-]{1,128}$/.test(name)) return name;
  throw new CommandError("the user's name cannot be the name of a profile; use --format ini");
}

/** The option of an AWS CLI command that gives a policy document back; nothing when there was none. */
export function policyDocumentOption(document: string | undefined): string {
  return document === undefined ? "" : ` --policy-document ${shellQuoted(document)}`;
}
