/** A policy in a file whose kind is not said: what is in it shows what it is for. */
import { documentKind, parsePolicy, type Policy } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { UsageError } from "../command-line/failures.ts";
import { readPolicyFile, requireJson } from "./policy-text.ts";

export interface PolicyFile {
  /** As it was given. */
  readonly name: string;
  readonly text: string;
  readonly policy: Policy;
}

/** @throws {UsageError} for a file that cannot be read or is not a policy. */
export async function readPolicyDocument(context: Context, file: string): Promise<PolicyFile> {
  const { text, name } = await readPolicyFile(context, "policy", file);
  requireJson(text, name);
  const kind = documentKind(text);
  const { policy, diagnostics } = parsePolicy(text, kind);
  if (policy !== undefined) return { name: file, text, policy };
  const [first] = diagnostics;
  const where = first === undefined || first.pointer === "" ? "" : ` at ${first.pointer}`;
  throw new UsageError(
    `${name} is not a policy${where}: ${first?.message ?? "it has no statements"}; see s3-credentials validate-policy --kind ${kind} ${file}`,
  );
}
