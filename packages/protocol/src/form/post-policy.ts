/**
 * The policy that signs a form, by Signature Version 4.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
import { timingSafeEqual } from "node:crypto";
import type { S3ErrorCode } from "../errors/error-table.ts";
import { parseAmzDate, parseCredential } from "../sigv4/parse-auth.ts";
import type { AuthRefusal, RequestAuth } from "../sigv4/request-auth.ts";
import { signature, signingKey } from "../sigv4/signing-key.ts";

type Condition =
  | { readonly kind: "eq" | "starts-with"; readonly name: string; readonly value: string; readonly text: string }
  | { readonly kind: "length"; readonly min: number; readonly max: number };

export interface PostPolicy {
  /** ms since the epoch. */
  readonly expiration: number;
  readonly conditions: readonly Condition[];
}

/** Inclusive, bytes. */
export interface LengthRange {
  readonly min: number;
  readonly max: number;
}

type Refused = AuthRefusal<S3ErrorCode>;

function invalid(why: string): Refused {
  return { kind: "refused", code: "InvalidPolicyDocument", message: `Invalid Policy: ${why}.` };
}

function denied(why: string): Refused {
  return { kind: "refused", code: "AccessDenied", message: `Invalid according to Policy: ${why}` };
}

/** How long after `x-amz-date` a form may be sent: as long as a presigned URL. */
const maxFormAge = 7 * 24 * 60 * 60 * 1000;
const skew = 15 * 60 * 1000;

/** Who signed the form, by its fields with names in lower case; undefined: nobody, it has no policy. */
export function parsePostAuth(fields: ReadonlyMap<string, string>, now: number): RequestAuth | Refused | undefined {
  const refuse = (code: S3ErrorCode, message: string): Refused => ({ kind: "refused", code, message });
  if (fields.has("awsaccesskeyid") || fields.has("signature"))
    return refuse(
      "InvalidRequest",
      "The authorization mechanism you have provided is not supported: forms are signed with Signature Version 4. Set signature_version = s3v4 in boto3.",
    );
  const names = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"] as const;
  if (!fields.has("policy") && names.every((name) => !fields.has(name))) return undefined;
  const missing = ["policy", ...names].find((name) => !fields.has(name));
  if (missing !== undefined)
    return refuse(
      "InvalidArgument",
      `Bucket POST must contain a field named '${missing}'.  If it is specified, please check the order of the fields.`,
    );
  const [algorithm, credential = "", amzDate = "", given = ""] = names.map((name) => fields.get(name));
  if (algorithm !== "AWS4-HMAC-SHA256")
    return refuse("InvalidRequest", "X-Amz-Algorithm only supports AWS4-HMAC-SHA256");
  const time = parseAmzDate(amzDate);
  const named = parseCredential(credential);
  if (time === undefined || named === undefined || named.scope.date !== amzDate.slice(0, 8))
    return refuse("InvalidArgument", "x-amz-date or x-amz-credential of the form is malformed.");
  if (!/^[0-9a-f]{64}$/.test(given))
    return refuse("InvalidArgument", "x-amz-signature must be 64 lower-case hexadecimal digits.");
  if (time - now > skew) return refuse("AccessDenied", "Invalid according to Policy: Policy is not valid yet.");
  if (now - time > maxFormAge) return refuse("AccessDenied", "Invalid according to Policy: Policy expired.");
  const token = fields.get("x-amz-security-token");
  const sessionToken = token === undefined ? {} : { sessionToken: token };
  return {
    form: "post",
    ...named,
    signedHeaders: [],
    signature: given,
    amzDate,
    time,
    payload: { kind: "unsigned" },
    ...sessionToken,
  };
}

/** Whether the secret signed the policy, as the form has it. */
export function isPolicySigned(policy: string, auth: RequestAuth, secretKey: string): boolean {
  const expected = signature(signingKey(secretKey, auth.scope), policy);
  return timingSafeEqual(Buffer.from(expected), Buffer.from(auth.signature));
}

/** `base64`: as the form has it. */
export function parsePostPolicy(base64: string): PostPolicy | Refused {
  const compact = base64.replaceAll(/[\r\n]/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return invalid("it is not base64");
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(compact, "base64")));
  } catch {
    return invalid("Invalid JSON");
  }
  if (!isRecord(document)) return invalid("it is no JSON object");
  const { expiration, conditions, ...rest } = document;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return invalid(`Unexpected: '${unknown.slice(0, 64)}'`);
  const time = typeof expiration === "string" ? isoTime(expiration) : undefined;
  if (time === undefined) return invalid("Invalid 'expiration' value");
  if (!Array.isArray(conditions)) return invalid("Invalid 'conditions' value: must be a List");
  const parsed: Condition[] = [];
  for (const one of conditions as readonly unknown[]) {
    const condition = conditionOf(one);
    if (condition.kind === "refused") return condition;
    parsed.push(condition);
  }
  return { expiration: time, conditions: parsed };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isoTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** Messages go to logs, which hold neither keys of customers nor tokens. */
const secretFields = /customer-key|security-token/i;

/** For messages. What is nested is left out: as text, a thousand levels of it take more stack than there is. */
function shown(condition: unknown): string {
  const flat = (value: unknown): unknown => (typeof value === "object" && value !== null ? "..." : value);
  const text = JSON.stringify(Array.isArray(condition) ? condition.map(flat) : flat(condition));
  return secretFields.test(text) ? "a condition on a secret" : text.slice(0, 512);
}

function conditionOf(condition: unknown): Condition | Refused {
  if (isRecord(condition)) {
    const [pair, ...more] = Object.entries(condition);
    const [name, value] = pair ?? [];
    if (name === undefined || more.length > 0)
      return invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified");
    return typeof value === "string"
      ? { kind: "eq", name: name.toLowerCase(), value, text: shown(["eq", `$${name}`, value]) }
      : invalid(`Invalid Simple-Condition: the value of ${name.slice(0, 64)} must be a string`);
  }
  const text = shown(condition);
  if (!Array.isArray(condition) || condition.length !== 3) return invalid(`Invalid Condition: ${text}`);
  const [operator, first, second]: readonly unknown[] = condition;
  const kind = typeof operator === "string" ? operator.toLowerCase() : "";
  if (kind === "content-length-range") {
    const [min, max] = [bytes(first), bytes(second)];
    return min === undefined || max === undefined || min > max
      ? invalid(`Invalid content-length-range: ${text}`)
      : { kind: "length", min, max };
  }
  if (kind !== "eq" && kind !== "starts-with") return invalid(`Invalid Condition: unknown operation: ${text}`);
  if (typeof first !== "string" || !first.startsWith("$") || typeof second !== "string")
    return invalid(`Invalid Condition: ${text}`);
  return { kind, name: first.slice(1).toLowerCase(), value: second, text };
}

function bytes(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** "Each form field that you specify in a form (except x-amz-signature, file, policy, and field names that have an x-ignore- prefix) must appear in the list of conditions." */
function isExempt(name: string): boolean {
  return name === "policy" || name === "x-amz-signature" || name === "file" || name.startsWith("x-ignore-");
}

/**
 * Why a form is not what its policy allows; otherwise the length that its file may have. `fields`: by names in lower case, the key as it is
 * stored, and the bucket of the URL.
 */
export function checkPostPolicy(
  { expiration, conditions }: PostPolicy,
  fields: ReadonlyMap<string, string>,
  now: number,
): LengthRange | Refused {
  if (now >= expiration) return denied("Policy expired.");
  const declared = new Set<string>();
  let { min, max }: LengthRange = { min: 0, max: Number.MAX_SAFE_INTEGER };
  for (const condition of conditions) {
    if (condition.kind === "length") {
      min = Math.max(min, condition.min);
      max = Math.min(max, condition.max);
      continue;
    }
    declared.add(condition.name);
    if (!holds(condition, fields.get(condition.name))) return denied(`Policy Condition failed: ${condition.text}`);
  }
  const extra = [...fields.keys()].find((name) => !isExempt(name) && !declared.has(name));
  return extra === undefined ? { min, max } : denied(`Extra input fields: ${extra.slice(0, 128)}`);
}

/** A field that is not there fulfils no condition. "Content-Types values for a starts-with condition that include commas are interpreted as lists." */
function holds(condition: Extract<Condition, { kind: "eq" | "starts-with" }>, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (condition.kind === "eq") return value === condition.value;
  const values = condition.name === "content-type" ? value.split(",").map((one) => one.trim()) : [value];
  return values.every((one) => one.startsWith(condition.value));
}
