import { children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { isRefusal, type Refusal, refuse } from "../operation.ts";

/** One rule. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html */
export interface CorsRule {
  readonly id?: string;
  readonly allowedHeaders: readonly string[];
  readonly allowedMethods: readonly string[];
  /** At most one `*` each. */
  readonly allowedOrigins: readonly string[];
  readonly exposeHeaders: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
}

const methods: ReadonlySet<string> = new Set(["GET", "PUT", "POST", "DELETE", "HEAD"]);
const known: ReadonlySet<string> = new Set([
  "ID",
  "AllowedHeader",
  "AllowedMethod",
  "AllowedOrigin",
  "ExposeHeader",
  "MaxAgeSeconds",
]);

/** What `readCorsRules` reads. */
export const ruleMembers = ["/CORSRule", ...[...known].map((name) => `/CORSRule/${name}`)] as const;

/** The rules of a `CORSConfiguration`, 1 to 100 of them. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export function readCorsRules(root: XmlElement): readonly CorsRule[] | Refusal {
  const rules = children(root, "CORSRule");
  if (rules.length === 0 || rules.length > 100 || rules.length !== root.children.length) return refuse("MalformedXML");
  const read: CorsRule[] = [];
  for (const rule of rules) {
    const one = readRule(rule);
    if (isRefusal(one)) return one;
    read.push(one);
  }
  return read;
}

function readRule(rule: XmlElement): CorsRule | Refusal {
  const texts = (name: string): readonly string[] => children(rule, name).map((item) => textOf(item));
  if (rule.children.some(({ name }) => !known.has(name))) return refuse("MalformedXML");
  const id = texts("ID");
  const age = texts("MaxAgeSeconds");
  if (id.length > 1 || age.length > 1) return refuse("MalformedXML");
  if (id.some((text) => text.length > 255))
    return refuse("InvalidArgument", "The ID of a CORS rule has at most 255 characters.");
  if (age.some((text) => !/^\d{1,9}$/.test(text))) return refuse("MalformedXML");
  const allowedMethods = texts("AllowedMethod");
  const allowedOrigins = texts("AllowedOrigin");
  const allowedHeaders = texts("AllowedHeader");
  const exposeHeaders = texts("ExposeHeader");
  if (allowedMethods.length === 0 || allowedOrigins.length === 0) return refuse("MalformedXML");
  const method = allowedMethods.find((text) => !methods.has(text));
  if (method !== undefined)
    return refuse("InvalidRequest", `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
  const origin = allowedOrigins.find(hasTwoWildcards);
  if (origin !== undefined)
    return refuse("InvalidRequest", `AllowedOrigin "${origin}" can not have more than one wildcard.`);
  const header = allowedHeaders.find(hasTwoWildcards);
  if (header !== undefined)
    return refuse("InvalidRequest", `AllowedHeader "${header}" can not have more than one wildcard.`);
  const exposed = exposeHeaders.find((text) => text.includes("*"));
  if (exposed !== undefined)
    return refuse(
      "InvalidRequest",
      `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
    );
  if ([...allowedOrigins, ...allowedHeaders, ...exposeHeaders].some((text) => !/^[\u0020-\u007e]+$/.test(text)))
    return refuse("InvalidRequest", "Origins and headers of a CORS rule have printable ASCII characters only.");
  return {
    ...(id[0] === undefined ? {} : { id: id[0] }),
    allowedHeaders,
    allowedMethods,
    allowedOrigins,
    exposeHeaders,
    ...(age[0] === undefined ? {} : { maxAge: Number(age[0]) }),
  };
}

function hasTwoWildcards(text: string): boolean {
  return text.split("*").length > 2;
}

export function corsRuleElement(rule: CorsRule): XmlNode {
  const all = (name: string, texts: readonly string[]): readonly XmlNode[] => texts.map((text) => element(name, text));
  return element("CORSRule", [
    rule.id === undefined ? undefined : element("ID", rule.id),
    ...all("AllowedHeader", rule.allowedHeaders),
    ...all("AllowedMethod", rule.allowedMethods),
    ...all("AllowedOrigin", rule.allowedOrigins),
    ...all("ExposeHeader", rule.exposeHeaders),
    rule.maxAge === undefined ? undefined : element("MaxAgeSeconds", rule.maxAge),
  ]);
}

/** What a page asks: its origin, the method, and for a preflight the headers it will send (lower case). */
export interface CorsQuestion {
  readonly origin: string;
  readonly method: string;
  readonly headers: readonly string[];
}

/**
 * The headers that let the page read the answer, from the first rule that fits; undefined when none does. Never
 * `Access-Control-Allow-Credentials`: signatures travel in headers, and a page has no business with anyone's cookies here.
 * Anybody may ask this, with a thousand headers of a bucket with thousands of patterns, so it awaits a `turn` after a few of them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html#cors-how-it-works
 */
export async function corsHeaders(
  rules: readonly CorsRule[],
  question: CorsQuestion,
  turn: () => Promise<void>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const rule = await firstThatFits(rules, question, turn);
  if (rule === undefined) return undefined;
  return {
    "access-control-allow-origin": rule.allowedOrigins.includes("*") ? "*" : question.origin,
    "access-control-allow-methods": rule.allowedMethods.join(", "),
    ...(question.headers.length === 0 ? {} : { "access-control-allow-headers": question.headers.join(", ") }),
    ...(rule.exposeHeaders.length === 0 ? {} : { "access-control-expose-headers": rule.exposeHeaders.join(", ") }),
    ...(rule.maxAge === undefined ? {} : { "access-control-max-age": String(rule.maxAge) }),
    vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
}

/** Less than a millisecond. */
const comparisonsPerTurn = 10_000;

async function firstThatFits(
  rules: readonly CorsRule[],
  { origin, method, headers }: CorsQuestion,
  turn: () => Promise<void>,
): Promise<CorsRule | undefined> {
  let compared = 0;
  for (const rule of rules) {
    if (!rule.allowedMethods.includes(method) || !rule.allowedOrigins.some((one) => matches(one, origin))) continue;
    let left: readonly string[] = headers;
    for (const pattern of rule.allowedHeaders) {
      if (left.length === 0) break;
      compared += left.length;
      if (compared > comparisonsPerTurn) {
        await turn();
        compared = left.length;
      }
      const lower = pattern.toLowerCase();
      left = left.filter((header) => !matches(lower, header));
    }
    if (left.length === 0) return rule;
  }
  return undefined;
}

/** A pattern has at most one `*`, which matches any characters. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === text;
  return (
    text.length >= pattern.length - 1 &&
    text.startsWith(pattern.slice(0, star)) &&
    text.endsWith(pattern.slice(star + 1))
  );
}
