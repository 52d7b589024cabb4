import { formPairs } from "@s3-credentials/protocol";
import { incomingBody } from "../http/incoming-body.ts";
import type { Failure } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";

const tooLarge: Failure = { status: 413, code: "EntityTooLarge", message: "The body of the request is too large." };

const malformed: Failure = { status: 400, code: "MalformedBody", message: "The body of the request cannot be read." };

export async function readBody(request: ConsoleRequest, maxBytes: number): Promise<Buffer | Failure> {
  const { request: incoming, response, expectsContinue, received } = request.exchange;
  const body = incomingBody(incoming, response, expectsContinue, received);
  if (body.length !== undefined && body.length > maxBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body.bytes()) {
    size += chunk.length;
    if (size > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A form of a browser, and JSON of the page. */
export interface Fields {
  /** The answer is JSON too. */
  readonly json: boolean;
  readonly values: ReadonlyMap<string, string>;
}

const maxFieldsBytes = 16 * 1024;

/** The texts that a form or a JSON object has. */
export async function readFields(request: ConsoleRequest): Promise<Fields | Failure> {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  const json = type === "application/json";
  if (!json && type !== "application/x-www-form-urlencoded")
    return { status: 415, code: "UnsupportedMediaType", message: "Send a form or JSON." };
  const bytes = await readBody(request, maxFieldsBytes);
  if (!Buffer.isBuffer(bytes)) return bytes;
  const values = json ? textsOf(bytes) : formValues(bytes.toString("latin1"));
  return values === undefined ? malformed : { json, values };
}

/** Undefined for a form that is not percent-encoded UTF-8, or that has a name twice. */
export function formValues(form: string): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  for (const pair of formPairs(form)) {
    if (pair === undefined || values.has(pair[0])) return undefined;
    values.set(pair[0], pair[1]);
  }
  return values;
}

function textsOf(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const texts = Object.entries(value).flatMap(([name, one]): [string, string][] =>
    typeof one === "string" ? [[name, one]] : typeof one === "number" ? [[name, String(one)]] : [],
  );
  return new Map(texts);
}
