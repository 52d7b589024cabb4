import { escapeControls } from "./terminal-text.ts";
import type { Terminal } from "../command-line/context.ts";

/** One line of a terminal that is written over, empty to clear it; nothing when standard error is not a terminal. */
export function statusLine(terminal: Terminal): (line: string) => void {
  if (terminal.isTTY !== true) return () => {};
  let shown = 0;
  return (line) => {
    const width = (terminal.columns ?? 80) - 1;
    const text = escapeControls(line).slice(0, width);
    if (text === "" && shown === 0) return;
    terminal.write(`\r${text.padEnd(shown)}${text === "" ? "\r" : ""}`);
    shown = text.length;
  };
}
