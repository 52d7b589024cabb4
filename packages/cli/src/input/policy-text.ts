import { type Finding, parsePolicy, type PolicyKind, validatePolicy } from "@s3-credentials/policy";
import { readFileSync } from "node:fs";
import type { Context } from "../command-line/context.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { dumps } from "../formats/python-json.ts";
import { fileFailure } from "../files/file-error.ts";
import { isObject, type Json, jsonObject, type JsonObject, parseJson } from "../formats/json.ts";

/** The text of `--policy`: JSON itself, a file, or `-` for standard input. */
export async function readPolicyOption(context: Context, value: string, option = "--policy"): Promise<string> {
  if (value.trim().startsWith("{")) return checked(value, option);
  return readPolicyFile(context, option, value);
}

/** The text of a file with JSON an option names, `-` being standard input. */
export async function readPolicyFile(context: Context, option: string, file: string): Promise<string> {
  const text = await readPolicyText(context, option, file);
  return checked(text, file === "-" ? `standard input (${option} -)` : file);
}

/** As it stands, whatever it is; `what` names the file in messages. */
export async function readPolicyText(context: Context, what: string, file: string): Promise<string> {
  if (file === "-") return (await context.readStdin(what)).toString("utf8");
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read the ${what} file ${file}: ${fileFailure(error)}`);
  }
}

function checked(text: string, source: string): string {
  parseOrExplain(text, source);
  return text;
}

function parseOrExplain(text: string, source: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new UsageError(`${source} is not valid JSON: ${explain(text, error)}`);
  }
}

/** Where JSON stops being valid; a trailing comma, the commonest mistake, by its name. */
function explain(text: string, error: unknown): string {
  const outsideStrings = text.replace(/"(?:[^"\\\n]|\\.)*"/g, (quoted) => '"'.padEnd(quoted.length, "_"));
  const comma = /,\s*[}\]]/.exec(outsideStrings);
  const reason = error instanceof Error ? error.message : "cannot be read";
  if (comma === null) return reason;
  const before = text.slice(0, comma.index);
  const line = before.split("\n").length;
  const column = comma.index - before.lastIndexOf("\n");
  return `there is a comma before the closing ${comma[0].at(-1) ?? ""} at line ${line} column ${column}; take it out`;
}

/** A `--statement`: an object with Effect, Action and Resource. */
export function parseStatement(text: string): JsonObject {
  const value = parseOrExplain(text, "--statement");
  if (!isObject(value)) throw new UsageError("--statement must be a JSON object");
  const missing = ["Action", "Effect", "Resource"].filter((name) => !value.has(name));
  if (missing.length > 0) throw new UsageError(`--statement lacks the required keys: ${missing.join(", ")}`);
  return value;
}

const placeholder = "$!BUCKET_NAME!$";

/** A custom policy for one bucket, held to the policy language before anything is made with it. */
export function policyForBucket(text: string, bucket: string): JsonObject {
  const document = text.replaceAll(placeholder, bucket);
  checkPolicy(document, "identity", "--policy");
  const value = parseJson(document);
  if (!isObject(value)) throw new UsageError("--policy must be a JSON object");
  return value;
}

/**
 * What `validate-policy` finds in a custom policy for one bucket: throws its first error, and gives its warnings as lines.
 * Suggestions are for who asks that command.
 */
export function policyWarnings(
  text: string,
  bucket: string,
  kind: PolicyKind = "identity",
  option = "--policy",
): readonly string[] {
  const findings = validatePolicy(text.replaceAll(placeholder, bucket), { kind });
  const error = findings.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new CommandError(`${option} is refused${findingText(error)}`);
  return findings
    .filter(({ severity }) => severity !== "suggestion")
    .map((finding) => `${option}${findingText(finding)}`);
}

/** Of a diagnostic or a finding: ` at /Statement/0: message; help`. */
function findingText({ pointer, message, help }: Pick<Finding, "pointer" | "message" | "help">): string {
  return `${pointer === "" ? "" : ` at ${pointer}`}: ${message}${help === undefined ? "" : `; ${help}`}`;
}

/** Holds a statement to the policy language by itself, so that the error is about it. */
export function checkStatement(statement: JsonObject): void {
  checkPolicy(dumps(jsonObject({ Version: "2012-10-17", Statement: statement })), "identity", "--statement");
}

/** Throws the first error of a document, and where it is. */
export function checkPolicy(document: string, kind: PolicyKind, source: string): void {
  const error = parsePolicy(document, kind).diagnostics.find(({ severity }) => severity === "error");
  if (error === undefined) return;
  throw new CommandError(`${source} is refused${findingText(error)}`);
}
