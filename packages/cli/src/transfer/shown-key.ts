import { escapeControls } from "../output/terminal-text.ts";

/** A key or path for a message: as it is, or quoted and escaped when it could upset a terminal or its reader. */
export function shownKey(key: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s|\s$|^$/u.test(key)) return key;
  return escapeControls(JSON.stringify(key));
}
