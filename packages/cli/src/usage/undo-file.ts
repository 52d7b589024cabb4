/** What takes a run back, kept in a file. */
import { CommandError, UsageError } from "../command-line/failures.ts";
import { readFileSync } from "node:fs";
import { fileFailure } from "../files/file-error.ts";
import { replaceFile } from "../files/replace-file.ts";
import { type Call, isKnownCall } from "../configuration/call.ts";
import type { Change } from "../configuration/change.ts";

interface UndoFile {
  readonly AccountId: string;
  /** In the order in which they are made. */
  readonly Calls: readonly Call[];
}

export function writeUndoFile(file: string, AccountId: string, changes: readonly Change[]): void {
  const Calls = changes.toReversed().flatMap((change) => change.undo(new Map()));
  const content: UndoFile = { AccountId, Calls };
  replaceFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Changes that take the run back. @throws {UsageError} for another file, {CommandError} for one of another account. */
export function readUndoFile(file: string, account: string): readonly Change[] {
  const { AccountId, Calls } = parsed(file);
  if (AccountId !== account)
    throw new CommandError(`${file} is of account ${AccountId}, and these credentials are of account ${account}`);
  return Calls.map((call) => ({ text: describe(call), call: () => call, undo: () => [] }));
}

function parsed(file: string): UndoFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`cannot read the --undo file ${file}: ${fileFailure(error)}`);
  }
  if (isUndoFile(value)) return value;
  throw new UsageError(`${file} is not what access-report --apply writes`);
}

function isUndoFile(value: unknown): value is UndoFile {
  if (typeof value !== "object" || value === null || !("AccountId" in value) || !("Calls" in value)) return false;
  return typeof value.AccountId === "string" && Array.isArray(value.Calls) && value.Calls.every(isCall);
}

function isCall(value: unknown): value is Call {
  const { service, operation, input } = (value ?? {}) as Partial<Record<keyof Call, unknown>>;
  if (service !== "iam" || typeof operation !== "string" || typeof input !== "object" || input === null) return false;
  return isKnownCall({ service, operation });
}

function describe({ operation, input }: Call): string {
  return `${operation} of ${Object.values(input)
    .filter((value) => typeof value === "string" && !value.startsWith("{"))
    .join(", ")}`;
}
