/** Sections of an INI text in order, keys in lower case, as Python's `configparser` reads them. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** `undefined` when the text is not INI: a key outside a section, a line that is not a key. */
export function parseIni(text: string): IniSections | undefined {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const header = /^\s*\[([^\]]+)\]\s*$/.exec(line);
    if (header !== null) {
      const name = header[1] ?? "";
      current = sections.get(name) ?? new Map<string, string>();
      sections.set(name, current);
      continue;
    }
    const entry = /^\s*([^=:\s][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (entry === null || current === undefined) return undefined;
    current.set((entry[1] ?? "").toLowerCase(), entry[2] ?? "");
  }
  return sections;
}
