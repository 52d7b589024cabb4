import type { Terminal } from "../commands/context.ts";

/** A bar on one line of a terminal; nothing at all when standard error is no terminal. */
export interface ProgressBar {
  readonly update: (done: number) => void;
  readonly end: () => void;
}

const silent: ProgressBar = { update: () => {}, end: () => {} };

/** `total` in bytes; without it the bytes are counted. */
export function progressBar(
  terminal: Terminal,
  label: string,
  total: number | undefined,
  wanted: boolean,
): ProgressBar {
  if (!wanted || terminal.isTTY !== true) return silent;
  let shown = "";
  return {
    update: (done) => {
      const line = `${label}  ${total === undefined ? `${done} bytes` : bar(done, total)}`;
      if (line !== shown) terminal.write(`\r${line}`);
      shown = line;
    },
    end: () => {
      if (shown !== "") terminal.write("\n");
    },
  };
}

function bar(done: number, total: number): string {
  const width = 36;
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(part * width);
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}]  ${String(Math.floor(part * 100)).padStart(3)}%`;
}
