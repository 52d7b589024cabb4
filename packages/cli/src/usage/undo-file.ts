/** What takes a run back, kept in a file. */
import { isRecord } from "@s3-credentials/policy";
import { readFileSync } from "node:fs";
import { CommandError, UsageError } from "../command-line/failures.ts";
import type { Call } from "../configuration/call.ts";
import { hasState } from "../configuration/call-state.ts";
import { fileFailure } from "../files/file-error.ts";
import { replaceFile } from "../files/replace-file.ts";

export interface UndoneStep {
  readonly Call: Call;
  /** What the run did: it has to be in effect still. */
  readonly Expects: Call;
}

/** One user or role. */
export interface UndonePrincipal {
  /** `user ann` */
  readonly Of: string;
  /** In the order in which they are made. */
  readonly Steps: readonly UndoneStep[];
}

interface UndoFile {
  readonly AccountId: string;
  readonly Principals: readonly UndonePrincipal[];
}

export function writeUndoFile(file: string, AccountId: string, Principals: readonly UndonePrincipal[]): void {
  const content: UndoFile = { AccountId, Principals };
  replaceFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** @throws {UsageError} for another file, {CommandError} for one of another account. */
export function readUndoFile(file: string, account: string): readonly UndonePrincipal[] {
  const { AccountId, Principals } = parsed(file);
  if (AccountId !== account)
    throw new CommandError(`${file} is of account ${AccountId}, and these credentials are of account ${account}`);
  return Principals;
}

/** `PutUserPolicy of ann, access-report` */
export function callWords({ operation, input }: Call): string {
  const texts = Object.values(input).filter((value) => typeof value === "string" && !value.startsWith("{"));
  return `${operation} of ${texts.join(", ")}`;
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
  if (!isRecord(value) || typeof value["AccountId"] !== "string") return false;
  const { Principals } = value as { readonly Principals?: unknown };
  return Array.isArray(Principals) && Principals.every(isPrincipal);
}

function isPrincipal(value: unknown): boolean {
  if (!isRecord(value) || typeof value["Of"] !== "string") return false;
  const steps = value["Steps"];
  return (
    Array.isArray(steps) && steps.every((step) => isRecord(step) && isCall(step["Call"]) && isCall(step["Expects"]))
  );
}

function isCall(value: unknown): value is Call {
  if (!isRecord(value)) return false;
  const { service, operation, input } = value;
  return service === "iam" && typeof operation === "string" && isRecord(input) && hasState({ service, operation });
}
