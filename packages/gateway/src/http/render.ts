import {
  element,
  hostId,
  queryNamespaces,
  renderJsonError,
  renderQueryError,
  renderS3Error,
  xmlPieces,
} from "@s3-credentials/protocol";
import { isJsonService, jsonServices } from "../operations/json/json-services.ts";
import type { Answer, JsonAnswer, QueryResult } from "../pipeline/answer.ts";
import type { Service } from "../authn/request.ts";
import type { Refusal, Reply } from "../operations/operation.ts";
import type { Rendered } from "./send.ts";

export interface RenderInput {
  readonly service: Service;
  readonly requestId: string;
  readonly method: string;
  /** As sent; the `Resource` of S3's errors. */
  readonly path: string;
  /** Of S3 Control, whose errors are inside `<ErrorResponse>`. */
  readonly isControl?: boolean;
  /** False: the request's body was not read to its end, so the connection cannot go on. */
  readonly keepAlive: boolean;
  /** Of the caller; undefined for one that is not known, whose answers are short. */
  readonly turn: (() => Promise<void>) | undefined;
}

function commonHeaders({ service, requestId, keepAlive }: RenderInput): Record<string, string> {
  const headers: Record<string, string> =
    service === "s3"
      ? { "x-amz-request-id": requestId, "x-amz-id-2": hostId(requestId) }
      : { "x-amzn-requestid": requestId };
  if (!keepAlive) headers["connection"] = "close";
  return headers;
}

/** Answers to HEAD, and answers 204 and 304, never have a body. */
function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

function withText(
  status: number,
  headers: Record<string, string>,
  text: string,
  type: string,
  input: RenderInput,
): Rendered {
  if (isBodyless(input.method, status)) return { status, headers, body: undefined };
  const body = Buffer.from(text, "utf8");
  const all = Object.assign({ "content-type": type }, headers, { "content-length": String(body.length) });
  return { status, headers: all, body };
}

/** Characters of a document that are made in one turn, less than a millisecond when all of them are escaped. */
const pieceLength = 16 * 1024;

/** A document of one piece is sent whole; a longer one is made while it is sent, in the caller's turns. */
function withXml(
  status: number,
  headers: Record<string, string>,
  pieces: Generator<string>,
  type: string,
  input: RenderInput,
): Rendered {
  const first = pieces.next().value ?? "";
  const second = pieces.next();
  if (second.done === true || isBodyless(input.method, status)) return withText(status, headers, first, type, input);
  return {
    status,
    headers: { "content-type": type, ...headers },
    body: { chunks: inTurns([first, second.value], pieces, input.turn) },
  };
}

async function* inTurns(
  begun: readonly string[],
  pieces: Iterable<string>,
  turn: RenderInput["turn"],
): AsyncGenerator<Buffer> {
  for (const piece of begun) yield Buffer.from(piece, "utf8");
  for (const piece of pieces) {
    if (piece !== "") yield Buffer.from(piece, "utf8");
    await turn?.();
  }
}

/** XML has no form for these at all. Errors quote what a client sent. */
const notInXml = /[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu;

function quotable(text: string): string {
  return text.replaceAll(notInXml, "\uFFFD");
}

function renderRefusal({ code, message: said, details: given, headers }: Refusal, input: RenderInput): Rendered {
  const message = said === undefined ? undefined : quotable(said);
  const details = given && Object.fromEntries(Object.entries(given).map(([name, value]) => [name, quotable(value)]));
  const { service, requestId, path, isControl } = input;
  const all = Object.assign({}, headers, commonHeaders(input));
  if (isJsonService(service)) {
    const { status, body, headers: own } = renderJsonError({ service, code, message, details });
    return withText(status, { ...all, ...own }, body, jsonServices[service].contentType, input);
  }
  if (service !== "s3") {
    const { status, body } = renderQueryError({ service, code, message, requestId });
    return withText(status, all, body, "text/xml", input);
  }
  const { status, body } = renderS3Error({
    code,
    message,
    details,
    resource: path,
    requestId,
    hostId: hostId(requestId),
    isControl,
  });
  return withText(status, all, body, "application/xml", input);
}

function renderReply({ status, headers, body }: Reply, input: RenderInput): Rendered {
  const all = Object.assign({}, headers, commonHeaders(input));
  if (body.kind === "xml") return withXml(status, all, xmlPieces(body.root, pieceLength), "application/xml", input);
  if (body.kind === "text") return withText(status, all, body.text, body.type, input);
  if (body.kind === "bytes") {
    all["content-length"] = String(body.bytes.length);
    return { status, headers: all, body: body.bytes };
  }
  if (body.kind === "stream") {
    all["content-length"] = String(body.length);
    return { status, headers: all, body: { chunks: body.chunks } };
  }
  if (!isBodyless(input.method, status)) all["content-length"] = "0";
  return { status, headers: all, body: undefined };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonParameters.html: `<ActionResponse>` around `<ActionResult>`. */
function renderQueryResult({ action, children }: QueryResult, input: RenderInput): Rendered {
  const { service, requestId } = input;
  const root = element(
    `${action}Response`,
    [
      children === undefined ? undefined : element(`${action}Result`, children),
      element("ResponseMetadata", [element("RequestId", requestId)]),
    ],
    service === "iam" || service === "sts" ? { xmlns: queryNamespaces[service] } : {},
  );
  return withXml(200, commonHeaders(input), readable(xmlPieces(root, pieceLength)), "text/xml", input);
}

/** References to characters that XML does not have. S3 answers with them; a client cannot read an answer of IAM or STS that has one. */
const references = /&#x(?:[0-8BCEF]|1[0-9A-F]|FFF[EF]);/g;

function* readable(pieces: Iterable<string>): Generator<string> {
  for (const piece of pieces) yield piece.replaceAll(references, "\uFFFD");
}

function renderJsonResult({ members }: JsonAnswer, input: RenderInput): Rendered {
  const { service } = input;
  const type = isJsonService(service) ? jsonServices[service].contentType : "application/json";
  return withText(200, commonHeaders(input), JSON.stringify(members), type, input);
}

/** An answer as HTTP. Pure. */
export function render(outcome: Answer["outcome"], input: RenderInput): Rendered {
  if (outcome.kind === "refusal") return renderRefusal(outcome, input);
  if (outcome.kind === "json-result") return renderJsonResult(outcome, input);
  return outcome.kind === "reply" ? renderReply(outcome, input) : renderQueryResult(outcome, input);
}
