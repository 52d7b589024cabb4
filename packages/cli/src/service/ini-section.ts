/** A setting of a section as it is in the text: its line, and the indented lines that belong to it. */
interface Setting {
  readonly name: string;
  readonly value: string;
  /** Of its first line, and of the first line after it. */
  readonly from: number;
  readonly to: number;
}

export interface IniSection {
  /** Of its header, and of the first line after the section. */
  readonly from: number;
  readonly to: number;
  readonly settings: readonly Setting[];
}

/**
 * The sections of that name in the lines of an INI text, read as Python's `configparser` does, which the AWS CLI uses: a line
 * that is indented more than the setting above belongs to it, so a name in a nested block is not a setting of the section.
 */
export function sectionsNamed(lines: readonly string[], name: string): readonly IniSection[] {
  const sections: { from: number; to: number; settings: Setting[]; name: string }[] = [];
  let indent = 0;
  let open: { name: string; value: string; from: number; to: number } | undefined;
  lines.forEach((line, index) => {
    const text = line.trim();
    if (text === "" || /^[#;]/.test(text)) return;
    const depth = line.length - line.trimStart().length;
    const current = sections.at(-1);
    if (open !== undefined && depth > indent) {
      open.to = index + 1;
      return;
    }
    indent = depth;
    const header = /^(?:\uFEFF|\u00EF\u00BB\u00BF)?\[\s*(.+?)\s*\]/.exec(text);
    if (header !== null) {
      if (current !== undefined) current.to = index;
      sections.push({ from: index, to: lines.length, settings: [], name: header[1] ?? "" });
      open = undefined;
      return;
    }
    const [, key = text, value = ""] = /^([^=:]*?)\s*[=:]\s*(.*)$/.exec(text) ?? [];
    open = { name: key.toLowerCase(), value, from: index, to: index + 1 };
    current?.settings.push(open);
  });
  return sections.filter((section) => section.name === name);
}

export function hasSetting(sections: readonly IniSection[], name: string): boolean {
  return sections.some(({ settings }) => settings.some((setting) => setting.name === name));
}
