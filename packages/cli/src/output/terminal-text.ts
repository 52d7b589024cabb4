/** Characters that move a terminal's cursor, change its state, or make text look like other text. */
const upsetting = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** On one line, with nothing a terminal acts on. */
export function escapeControls(text: string): string {
  return text.replace(upsetting, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same for text of several lines: line breaks and tabs stay. */
export function terminalText(text: string): string {
  return text
    .split(/(\r?\n|\t)/)
    .map((part) => (/^(\r?\n|\t)$/.test(part) ? part : escapeControls(part)))
    .join("");
}

/** A key or path for a message: as it is, or quoted and escaped when it could upset a terminal or its reader. */
export function shownKey(key: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s|\s$|^$/u.test(key)) return key;
  return escapeControls(JSON.stringify(key));
}
