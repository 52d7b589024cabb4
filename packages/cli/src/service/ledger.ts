import { appendFileSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { errorCode } from "../files/file-error.ts";
import { replaceFile } from "../files/replace-file.ts";
import { withFileLock } from "../files/file-lock.ts";

/** Temporary credentials this tool issued; never a secret or a token. Times are ISO 8601. */
export interface LedgerEntry {
  readonly issued: string;
  readonly expires: string;
  readonly accessKeyId: string;
  readonly session: string;
  /** Absent: the caller's own session. */
  readonly roleArn?: string;
  readonly purpose: string;
  readonly sourceIdentity?: string;
  /** Of S3. Absent: AWS. */
  readonly endpoint?: string;
  /** Absent when it is not known. */
  readonly account?: string;
}

export function ledgerFile(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  return join(state, "s3-credentials", "issued.jsonl");
}

/** Under a lock: a line that is added while another command forgets old ones would be lost. */
export async function recordIssued(env: NodeJS.ProcessEnv, entry: LedgerEntry): Promise<void> {
  const file = ledgerFile(env);
  makeFolder(dirname(file), 0o700);
  await withFileLock(`${file}.lock`, () => appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 }));
}

/** Every entry that can be read; a damaged line is passed over. */
export function readLedger(env: NodeJS.ProcessEnv): readonly LedgerEntry[] {
  return linesOf(env).flatMap((line) => readEntry(line) ?? []);
}

/** Removes the entries that expired before `now`; gives their number. */
export async function pruneLedger(env: NodeJS.ProcessEnv, now: Date): Promise<number> {
  if (!linesOf(env).some((line) => isExpired(line, now))) return 0;
  const file = ledgerFile(env);
  return withFileLock(`${file}.lock`, () => {
    const lines = linesOf(env);
    const kept = lines.filter((line) => !isExpired(line, now));
    replaceFile(file, kept.map((line) => `${line}\n`).join(""));
    return lines.length - kept.length;
  });
}

/** A line that cannot be read is removed as well. */
function isExpired(line: string, now: Date): boolean {
  const entry = readEntry(line);
  return entry === undefined || !(new Date(entry.expires) > now);
}

function linesOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    return readFileSync(ledgerFile(env), "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

const fields = ["issued", "expires", "accessKeyId", "session", "purpose"] as const;

function readEntry(line: string): LedgerEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const entry = value as Record<string, unknown>;
    return fields.every((name) => typeof entry[name] === "string") ? (value as LedgerEntry) : undefined;
  } catch {
    return undefined;
  }
}
