import { headerText, hostId } from "@s3-credentials/protocol";
import { TLSSocket } from "node:tls";
import type { Answer } from "../pipeline/answer.ts";
import type { AccessEntry, AccessLog } from "../ports/access-log.ts";
import type { S3OperationName } from "../ports/operation-name.ts";
import type { Exchange, Sent } from "./exchange.ts";
import type { Parsed } from "./parse-request.ts";

type S3Parsed = Extract<Parsed, { request: unknown }>;

/** Gives a request to the access log that is about a bucket whose owner may want to know of it. */
export function noteAccess(
  accessLog: AccessLog,
  exchange: Exchange,
  parsed: Parsed,
  answer: Answer,
  about: Pick<AccessEntry, "totalMs" | "turnAroundMs"> & { readonly sent: Sent; readonly isVisit: boolean },
): void {
  if (!("request" in parsed) || parsed.route.service !== "s3" || parsed.route.bucket === undefined) return;
  const { used } = answer;
  if (used !== undefined && used.bucket?.logging === undefined && used.source?.bucket.logging === undefined) return;
  const { operation, bucket: bucketName } = parsed.route;
  const { isVisit } = about;
  accessLog.add({ bucketName, used, operation, isVisit, entry: entryOf(exchange, parsed, answer, about) });
}

function entryOf(
  { request: message }: Exchange,
  { request, route, remote }: S3Parsed,
  { outcome, caller, form }: Answer,
  { sent, totalMs, turnAroundMs, isVisit }: Parameters<typeof noteAccess>[4],
): AccessEntry {
  const { headers, wire, auth, requestId, tlsVersion } = request;
  const { status, broken, bytes, headers: answered } = sent;
  const path = wire.query === "" ? wire.path : `${wire.path}?${wire.query}`;
  const principal = caller?.principal;
  const text = (name: string): string | undefined => {
    const value = headers.get(name);
    return value === undefined ? undefined : headerText(value);
  };
  const { socket } = message;
  return {
    time: request.now,
    remote,
    requester: principal === undefined ? undefined : requesterOf(principal),
    requestId,
    key: form?.key ?? (route.service === "s3" ? route.key : undefined),
    method: wire.method,
    // A visit is asked for without its query.
    uri: isVisit ? (message.url ?? path) : path,
    httpVersion: message.httpVersion,
    status,
    code: broken ?? (outcome.kind === "refusal" ? outcome.code : undefined),
    sent: bytes,
    objectSize: sizeOf(route.service === "s3" ? route.operation : undefined, status, headers, answered),
    totalMs,
    turnAroundMs,
    referer: text("referer"),
    userAgent: text("user-agent"),
    versionId: request.query.get("versionId"),
    hostId: hostId(requestId),
    signature: auth.kind === "signed" ? "SigV4" : auth.kind === "signed-v2" ? "SigV2" : undefined,
    cipher: socket instanceof TLSSocket ? socket.getCipher().name : undefined,
    authType:
      auth.kind === "signed-v2" || (auth.kind === "signed" && auth.auth.form === "presigned")
        ? "QueryString"
        : auth.kind === "signed"
          ? "AuthHeader"
          : undefined,
    host: text("host"),
    tlsVersion,
  };
}

/** A root by the canonical user id of its account. */
function requesterOf(principal: NonNullable<Answer["caller"]>["principal"]): string | undefined {
  if (principal.kind === "root") return principal.canonicalId ?? principal.arn;
  return "arn" in principal ? principal.arn : undefined;
}

/** Where the size of an object that is read, or of an object or part that is written, is in the heads of request and answer. */
const sizedBy: Readonly<Partial<Record<S3OperationName, "answer" | "request">>> = {
  GetObject: "answer",
  HeadObject: "answer",
  PutObject: "request",
  UploadPart: "request",
};

/** Bytes of the object that was read or written. A document, such as a list or a policy, is not one. */
function sizeOf(
  operation: S3OperationName | undefined,
  status: number,
  headers: ReadonlyMap<string, string>,
  answered: Sent["headers"],
): number | undefined {
  const by = operation === undefined ? undefined : sizedBy[operation];
  if (status >= 400 || by === undefined) return undefined;
  const range = answered["content-range"];
  const total = typeof range === "string" ? range.slice(range.lastIndexOf("/") + 1) : answered["content-length"];
  const text = by === "answer" ? total : (headers.get("x-amz-decoded-content-length") ?? headers.get("content-length"));
  const size = Number(text);
  return typeof text !== "string" || Number.isNaN(size) ? undefined : size;
}
