/** A key or path for a message: as it is, or quoted and escaped when it could upset a terminal or its reader. */
export function shownKey(key: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s|\s$|^$/u.test(key)) return key;
  return JSON.stringify(key).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
