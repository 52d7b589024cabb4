import { createHash } from "node:crypto";
import { decodeForm } from "@s3-credentials/protocol";
import { type Refusal, refuse } from "../operations/operation.ts";
import type { GatewayRequest } from "./request.ts";

/** A Query request's parameters, from its query and its form together, and the digest its signature covers. */
export interface QueryForm {
  readonly parameters: ReadonlyMap<string, string>;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Policies are the longest of what is sent: at most 10,240 characters each, escaped. */
const limit = 512 * 1024;

async function readLimited({ body }: GatewayRequest): Promise<Buffer | undefined> {
  if (body.length === 0) return Buffer.alloc(0);
  if (body.length !== undefined && body.length > limit) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body.octets()) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Signed either way; but one name with two values has no one meaning. */
function merge(
  query: ReadonlyMap<string, string>,
  form: Iterable<readonly [string, string]>,
): Map<string, string> | Refusal {
  const parameters = new Map(query);
  const seen = new Set<string>();
  for (const [name, value] of form) {
    if (seen.has(name) || query.has(name)) return refuse("ValidationError", "A parameter is sent twice.");
    seen.add(name);
    parameters.set(name, value);
  }
  return parameters;
}

/** Never parsed by any other rule than the form's, whatever `Content-Type` says. */
export async function queryForm(request: GatewayRequest): Promise<QueryForm | Refusal> {
  const { method, path } = request.wire;
  if (path !== "/") return refuse("InvalidAction", "There is no operation at this path.");
  if (method !== "POST" && method !== "GET") return refuse("InvalidAction", `There is no operation for ${method}.`);
  const body = await readLimited(request);
  if (body === undefined) return refuse("ValidationError", "The request is too large.");
  const form = decodeForm(body.toString("latin1"));
  if (form === undefined) return refuse("MalformedQueryString");
  const parameters = merge(request.query, form);
  return parameters instanceof Map
    ? { parameters, sha256: createHash("sha256").update(body).digest("hex") }
    : parameters;
}
