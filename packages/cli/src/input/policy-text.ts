import { type Finding, parsePolicy, type Policy, type PolicyKind, validatePolicy } from "@s3-credentials/policy";
import { readFileSync } from "node:fs";
import type { Context } from "../command-line/context.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { fileFailure } from "../files/file-error.ts";
import { isObject, type Json, jsonObject, type JsonObject, parseJson } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";

/** A policy in the three forms in which it is used. Each is made once, and nothing reads the text again. */
export interface PolicyText {
  readonly text: string;
  /** The order of its keys is kept, for printing and sending. */
  readonly value: JsonObject;
  /** As the policy language reads it. */
  readonly policy: Policy;
}

/** A text that was read and is not checked yet. */
export interface PolicySource {
  readonly text: string;
  /** In messages about its JSON: the file, `standard input` or the option. */
  readonly name: string;
  /** In messages about the policy. */
  readonly option: string;
}

/** The policy that an option gives: JSON itself, a file, or `-` for standard input. */
export async function readPolicyOption(context: Context, option: string, value: string): Promise<PolicySource> {
  if (value.trim().startsWith("{")) return { text: value, name: option, option };
  return readPolicyFile(context, option, value);
}

/** The policy in a file that an option names; `-` is standard input. */
export async function readPolicyFile(context: Context, option: string, file: string): Promise<PolicySource> {
  const text = await readInputText(context, option, file);
  return { text, name: file === "-" ? `standard input (${option} -)` : file, option };
}

/** The text of a file, whatever it is; `what` names the file in messages. */
export async function readInputText(context: Context, what: string, file: string): Promise<string> {
  if (file === "-") return (await context.readStdin(what)).toString("utf8");
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read the ${what} file ${file}: ${fileFailure(error)}`);
  }
}

/** Holds a text to JSON and to the policy language; the error says where it breaks which rule. */
export function policyText({ text, name, option }: PolicySource, kind: PolicyKind): PolicyText {
  return checkedPolicy(text, requireJson(text, name), kind, option);
}

/** The same for a policy that this tool puts together. */
export function policyOfValue(value: JsonObject, source = "the policy"): PolicyText {
  return checkedPolicy(dumps(value), value, "identity", source);
}

function checkedPolicy(text: string, value: Json, kind: PolicyKind, source: string): PolicyText {
  const { policy, diagnostics } = parsePolicy(text, kind);
  const [error] = diagnostics;
  if (error !== undefined) throw new CommandError(`${source} is refused${findingText(error)}`);
  if (policy === undefined || !isObject(value)) throw new UsageError(`${source} must be a JSON object`);
  return { text, value, policy };
}

/** JSON, or an error that says where it stops to be JSON. */
export function requireJson(text: string, name: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new UsageError(`${name} is not valid JSON: ${explain(text, error)}`);
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
  const value = requireJson(text, "--statement");
  if (!isObject(value)) throw new UsageError("--statement must be a JSON object");
  const missing = ["Action", "Effect", "Resource"].filter((name) => !value.has(name));
  if (missing.length > 0) throw new UsageError(`--statement lacks the required keys: ${missing.join(", ")}`);
  return value;
}

const placeholder = "$!BUCKET_NAME!$";

/** A custom policy for each of the buckets: what is in it once for all is in each of them. */
export function policiesForBuckets(source: PolicySource, buckets: readonly string[]): ReadonlyMap<string, PolicyText> {
  return new Map(
    buckets.map((bucket) => [
      bucket,
      policyText({ ...source, text: source.text.replaceAll(placeholder, bucket) }, "identity"),
    ]),
  );
}

/**
 * What `validate-policy` finds in a custom policy: throws its first error, and gives its warnings as lines. Suggestions are
 * for those who run that command.
 */
export function policyWarnings({ text }: PolicyText, kind: PolicyKind, option: string): readonly string[] {
  const findings = validatePolicy(text, { kind });
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
  policyOfValue(jsonObject({ Version: "2012-10-17", Statement: statement }), "--statement");
}
