import { describeError, type XmlNode } from "@s3-credentials/protocol";
import type { Service } from "../authn/request.ts";
import type { RenderInput } from "../http/render.ts";
import type { Rendered } from "../http/send.ts";
import type { Refusal, Reply } from "../operations/operation.ts";
import type { Answer } from "../pipeline/answer.ts";
import { emptyReply, type Failure, jsonReply, secured } from "./console-reply.ts";

/** An element of an answer. The page parses no XML: its policy of Trusted Types leaves it no parser. */
interface Tree {
  readonly name: string;
  readonly content: readonly (Tree | string)[];
  readonly attributes?: Readonly<Record<string, string>>;
}

function treeOf({ name, content, attributes }: XmlNode): Tree {
  const inner = content.filter((item) => item !== "").map((item) => (typeof item === "string" ? item : treeOf(item)));
  return { name, content: inner, ...(Object.keys(attributes).length === 0 ? {} : { attributes }) };
}

/** Headers that would make the browser do something with an answer that only describes an object. */
const describing: ReadonlySet<string> = new Set([
  "accept-ranges",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-range",
  "content-type",
  "expires",
]);

const asTheyAre: ReadonlySet<string> = new Set(["etag", "last-modified", "x-s3-credentials-website-url"]);

function s3Headers(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase();
    if (describing.has(lower)) return [[`x-object-${lower}`, value]];
    return lower.startsWith("x-amz-") || asTheyAre.has(lower) ? [[lower, value]] : [];
  });
  return Object.fromEntries(kept);
}

export function failureOf(service: Service, { code, message }: Refusal): Failure {
  return describeError(service, code, message);
}

/** What the gate answered, as JSON with the headers of security. */
export function renderJson(outcome: Answer["outcome"], input: RenderInput): Rendered {
  return secured(withConnection(rendered(outcome, input), input));
}

function withConnection(reply: Rendered, { keepAlive }: RenderInput): Rendered {
  return keepAlive ? reply : { ...reply, headers: { ...reply.headers, connection: "close" } };
}

function rendered(outcome: Answer["outcome"], input: RenderInput): Rendered {
  const { requestId } = input;
  switch (outcome.kind) {
    case "query-result": {
      const result = { name: `${outcome.action}Result`, content: (outcome.children ?? []).map(treeOf) };
      return jsonReply(200, { requestId, result });
    }
    case "json-result":
      return jsonReply(200, { requestId, result: outcome.members ?? {} });
    case "refusal":
      return renderRefusal(outcome, input);
    case "reply":
      return renderReply(outcome, input);
  }
}

function renderRefusal(refusal: Refusal, { service, requestId, method }: RenderInput): Rendered {
  const { status, code, message } = failureOf(service, refusal);
  const headers = { ...s3Headers(refusal.headers ?? {}), "x-amz-request-id": requestId };
  const { details } = refusal;
  if (method === "HEAD" || status === 304) return emptyReply(status, { ...headers, "x-error-code": code });
  const error = { code, message, ...(details === undefined ? {} : { details }) };
  return jsonReply(status, { requestId, error }, headers);
}

function renderReply({ status, headers, body }: Reply, { requestId, method }: RenderInput): Rendered {
  const kept = { ...s3Headers(headers), "x-amz-request-id": requestId };
  if (method === "HEAD") return emptyReply(status, kept);
  const success = status === 204 ? 200 : status;
  switch (body.kind) {
    case "none":
      return jsonReply(success, { requestId }, kept);
    case "xml":
      return jsonReply(success, { requestId, result: treeOf(body.root) }, kept);
    case "text":
      return jsonReply(success, { requestId, text: body.text }, kept);
    case "bytes":
    case "stream":
      // The routes refuse GetObject. INVARIANT: what somebody has stored is never an answer of the console's origin.
      throw new Error("the content of an object reached the console");
  }
}
