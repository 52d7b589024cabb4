import { type JsonNode, readJson } from "@s3-credentials/policy";
import type { JsonMembers, JsonValue } from "../operations/json/json-value.ts";
import { type Refusal, refuse } from "../operations/operation.ts";

/** Deeper than any request of these services; the parser itself goes no further than 32. */
const maxDepth = 16;

const utf8 = new TextDecoder("utf-8", { fatal: true });

function valueOf(node: JsonNode, depth: number): JsonValue | undefined {
  if (depth > maxDepth) return undefined;
  if (node.kind === "null") return null;
  if (node.kind === "number") return Number(node.text);
  if (node.kind === "string" || node.kind === "boolean") return node.value;
  if (node.kind === "array") {
    const items = node.items.map((item) => valueOf(item, depth + 1));
    return items.includes(undefined) ? undefined : (items as readonly JsonValue[]);
  }
  const members = new Map<string, JsonValue>();
  for (const { key, value: inner } of node.members) {
    const value = valueOf(inner, depth + 1);
    if (value === undefined) return undefined;
    members.set(key, value);
  }
  return members;
}

/**
 * The members of a request. An empty body asks with no members. Strict: a name that is there twice has no one meaning, so it is refused,
 * where other readers would take one of the two.
 */
export function readMembers(bytes: Buffer): JsonMembers | Refusal {
  if (bytes.length === 0) return new Map();
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse("SerializationException", "The request is not valid UTF-8.");
  }
  const read = readJson(text);
  if ("fault" in read) return refuse("SerializationException", `The request is not valid JSON: ${read.fault.message}.`);
  const value = valueOf(read.node, 1);
  if (value === undefined) return refuse("SerializationException", "The request is nested too deeply.");
  return value instanceof Map ? value : refuse("SerializationException", "The request must be a JSON object.");
}
