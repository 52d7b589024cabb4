import type { Terminal } from "../command-line/context.ts";

/** A bar on one line of a terminal; nothing at all when standard error is not a terminal. */
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

/** The one bar of a transfer of many files. */
export interface TransferBar {
  /** The total, once it is known; before that, only what is done is shown. */
  readonly expect: (total: Amount) => void;
  /** Bytes that came or went; negative for those that have to go again. */
  readonly add: (bytes: number) => void;
  readonly fileDone: () => void;
  /** A line of its own, above the bar. */
  readonly say: (line: string) => void;
  readonly end: () => void;
}

export interface Amount {
  /** Absent when only the number of files is known. */
  readonly bytes?: number;
  readonly files: number;
}

/** What is drawn, how often in milliseconds, and over how many of these the rate is an average. */
const drawing = { every: 200, rateOver: 25 } as const;

/** Bytes, files, rate and time left on one line of a terminal; on anything else only what is said. */
export function transferBar(
  terminal: Terminal,
  label: string,
  wanted: boolean,
  say: (line: string) => void,
): TransferBar {
  if (!wanted || terminal.isTTY !== true)
    return { expect: () => {}, add: () => {}, fileDone: () => {}, say, end: () => {} };
  let total: Amount | undefined;
  let bytes = 0;
  let files = 0;
  let shown = 0;
  const samples = [{ time: performance.now(), bytes: 0 }];
  const draw = (): void => {
    const now = { time: performance.now(), bytes };
    samples.push(now);
    const oldest = samples.length > drawing.rateOver ? samples.shift() : samples[0];
    const rate = Math.max(0, (bytes - (oldest?.bytes ?? 0)) / Math.max(1, now.time - (oldest?.time ?? 0))) * 1000;
    const line = transferLine(label, { bytes, files }, total, rate).slice(0, (terminal.columns ?? 80) - 1);
    terminal.write(`\r${line.padEnd(shown)}`);
    shown = line.length;
  };
  const timer = setInterval(draw, drawing.every);
  timer.unref();
  return {
    expect: (known) => {
      total = known;
    },
    add: (more) => {
      bytes += more;
    },
    fileDone: () => {
      files += 1;
    },
    say: (line) => {
      if (shown > 0) terminal.write(`\r${" ".repeat(shown)}\r`);
      shown = 0;
      say(line);
    },
    end: () => {
      clearInterval(timer);
      draw();
      terminal.write("\n");
    },
  };
}

/** `rate` in bytes a second. */
export function transferLine(
  label: string,
  done: { readonly bytes: number; readonly files: number },
  total: Amount | undefined,
  rate: number,
): string {
  const speed = `${sizeText(rate)}/s`;
  if (total === undefined) return `${label}  ${sizeText(done.bytes)}  ${filesText(done.files)}  ${speed}`;
  const part =
    total.bytes === undefined || total.bytes === 0 ? done.files / Math.max(1, total.files) : done.bytes / total.bytes;
  const bytes =
    total.bytes === undefined ? sizeText(done.bytes) : `${sizeText(done.bytes)} of ${sizeText(total.bytes)}`;
  const left =
    total.bytes === undefined || rate <= 0 ? "" : `  ${timeText(Math.max(0, total.bytes - done.bytes) / rate)} left`;
  const percent = `${String(Math.floor(Math.min(1, part) * 100)).padStart(3)}%`;
  return `${label}  ${percent}  ${bytes}  ${done.files} of ${filesText(total.files)}  ${speed}${left}`;
}

function filesText(count: number): string {
  return `${count} file${count === 1 ? "" : "s"}`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  const tail = String(whole % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${tail}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
}
