import type { PolicyKind } from "../model/policy.ts";
import { readJson } from "./json.ts";

/**
 * What a document is for when nobody says it: policies of resources name principals, and trust policies name no resource. Anything that is
 * not JSON, and anything without statements, is taken for an identity's.
 */
export function documentKind(text: string): Extract<PolicyKind, "identity" | "resource" | "trust"> {
  const read = readJson(text);
  if (!("node" in read) || read.node.kind !== "object") return "identity";
  const value = read.node.members.find(({ key }) => key === "Statement")?.value;
  const statements = value?.kind === "array" ? value.items : value === undefined ? [] : [value];
  const keys = new Set(statements.flatMap((one) => (one.kind === "object" ? one.members.map(({ key }) => key) : [])));
  if (!keys.has("Principal") && !keys.has("NotPrincipal")) return "identity";
  return keys.has("Resource") || keys.has("NotResource") ? "resource" : "trust";
}
