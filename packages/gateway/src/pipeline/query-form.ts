import { createHash } from "node:crypto";
import { formPairs } from "@s3-credentials/protocol";
import { type Refusal, refuse } from "../operations/operation.ts";
import type { GatewayRequest } from "../authn/request.ts";

/** A form as it came: nothing is decoded before its signature has held. */
export interface QueryForm {
  readonly bytes: Buffer;
  /** What the signature covers; lower-case hex, made while the bytes came in. */
  readonly sha256: string;
}

/** Policies are the longest of what is sent: at most 10,240 characters each, escaped. */
const maxBytes = 512 * 1024;
/** The longest lists are those of a simulation: some hundred actions, resources and context values. */
const maxParameters = 4096;
/** Characters decoded in one turn: about a millisecond. */
const sliceLength = 16 * 1024;

/** Requests of IAM and STS have one path. */
export function checkQueryHead({ wire: { method, path }, body }: GatewayRequest): Refusal | undefined {
  if (path !== "/") return refuse("InvalidAction", "There is no operation at this path.");
  if (method !== "POST" && method !== "GET") return refuse("InvalidAction", `There is no operation for ${method}.`);
  return body.length !== undefined && body.length > maxBytes ? tooLarge : undefined;
}

const tooLarge = refuse("ValidationError", "The request is too large.");

/** `limit`: bytes after which nothing more is read. */
export async function readForm({ body }: GatewayRequest, limit = maxBytes): Promise<QueryForm | Refusal> {
  if (body.length !== undefined && body.length > limit) return tooLarge;
  const hash = createHash("sha256");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body.length === 0 ? [] : body.bytes()) {
    size += chunk.length;
    if (size > limit) return tooLarge;
    hash.update(chunk);
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), sha256: hash.digest("hex") };
}

/**
 * The parameters of query and form together. Signed either way; but one name with two values has no one meaning. Never parsed by any
 * other rule than the form's, whatever `Content-Type` says.
 */
export async function readParameters(
  query: ReadonlyMap<string, string>,
  form: Buffer,
  turn: () => Promise<void>,
): Promise<ReadonlyMap<string, string> | Refusal> {
  const parameters = new Map(query);
  let decoded = 0;
  for (const pair of formPairs(form.toString("latin1"))) {
    if (pair === undefined) return refuse("MalformedQueryString");
    const [name, value] = pair;
    if (parameters.has(name)) return refuse("ValidationError", "A parameter is sent twice.");
    if (parameters.size >= maxParameters)
      return refuse("ValidationError", `The request has more than ${maxParameters} parameters.`);
    parameters.set(name, value);
    decoded += name.length + value.length;
    if (decoded < sliceLength) continue;
    decoded = 0;
    await turn();
  }
  return parameters;
}
