/** A policy in a file whose kind is not said: what is in it shows what it is for. */
import { parsePolicy, type Policy, type PolicyKind } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { UsageError } from "../command-line/failures.ts";
import { isList, isObject, type Json } from "../formats/json.ts";
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
  const kind = kindOf(requireJson(text, name));
  const { policy, diagnostics } = parsePolicy(text, kind);
  if (policy !== undefined) return { name: file, text, policy };
  const [first] = diagnostics;
  const where = first === undefined || first.pointer === "" ? "" : ` at ${first.pointer}`;
  throw new UsageError(
    `${name} is not a policy${where}: ${first?.message ?? "it has no statements"}; see s3-credentials validate-policy --kind ${kind} ${file}`,
  );
}

/** Policies of resources name principals, and trust policies name no resource. */
function kindOf(document: Json): PolicyKind {
  const statement = isObject(document) ? document.get("Statement") : undefined;
  const statements = (isList(statement) ? statement : [statement]).filter((one) => one !== undefined);
  const has = (...names: string[]): boolean =>
    statements.some((one) => isObject(one) && names.some((name) => one.has(name)));
  if (!has("Principal", "NotPrincipal")) return "identity";
  return has("Resource", "NotResource") ? "resource" : "trust";
}
