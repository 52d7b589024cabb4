import { textOf, type XmlElement } from "@s3-credentials/protocol";
import { EngineError, errorCode, Unsupported } from "../../ports/store-error.ts";

/**
 * What the errors of an engine mean here. `missing`, `precondition` and the following kinds are outcomes that the operation expects or
 * not; the last five are faults wherever they occur.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const meanings = {
  NoSuchKey: "missing",
  NoSuchVersion: "missing",
  NoSuchBucket: "no-bucket",
  NoSuchUpload: "no-upload",
  NoSuchTagSet: "missing",
  NoSuchTagSetError: "missing",
  PreconditionFailed: "precondition",
  InvalidPart: "invalid-part",
  InvalidPartOrder: "invalid-part-order",
  EntityTooSmall: "part-too-small",
  BucketNotEmpty: "not-empty",
  BucketAlreadyOwnedByYou: "own-bucket",
  BucketAlreadyExists: "foreign-bucket",
  MethodNotAllowed: "not-allowed",
  InvalidArgument: "invalid",
  InvalidRequest: "invalid",
  ConditionalRequestConflict: "conflict",
  OperationAborted: "conflict",
  NotImplemented: "unsupported",
  InvalidStorageClass: "unsupported",
  InvalidTag: "unsupported",
  BadRequest: "invalid",
  MetadataTooLarge: "unsupported",
  KeyTooLongError: "unsupported",
  EntityTooLarge: "unsupported",
  InvalidURI: "unsupported",
  InvalidObjectName: "unsupported",
  InvalidBucketName: "unsupported",
  AccessDenied: "credentials",
  AllAccessDisabled: "credentials",
  InvalidAccessKeyId: "credentials",
  SignatureDoesNotMatch: "credentials",
  ExpiredToken: "credentials",
  InvalidToken: "credentials",
  AuthorizationHeaderMalformed: "credentials",
  RequestTimeTooSkewed: "credentials",
  AccountProblem: "credentials",
  QuotaExceeded: "full",
  InsufficientStorage: "full",
  TooManyBuckets: "full",
  SlowDown: "busy",
  Throttling: "busy",
  ServiceUnavailable: "busy",
  RequestTimeout: "busy",
  InternalError: "away",
  BadDigest: "away",
  InvalidDigest: "away",
  IncompleteBody: "away",
  XAmzContentSHA256Mismatch: "away",
} as const satisfies Readonly<Record<string, string>>;

type EngineMeaning = (typeof meanings)[keyof typeof meanings] | "not-modified" | "range" | "redirect" | "unknown";

/** Where an engine gives a status and no code, as it does to HEAD. */
const meaningsOfStatus: Readonly<Record<number, EngineMeaning>> = {
  304: "not-modified",
  400: "invalid",
  401: "credentials",
  403: "credentials",
  404: "missing",
  405: "not-allowed",
  408: "busy",
  409: "conflict",
  412: "precondition",
  413: "unsupported",
  416: "range",
  429: "busy",
  501: "unsupported",
  503: "busy",
  507: "full",
};

/** An answer that is not a success. */
export interface EngineFault {
  readonly kind: "fault";
  readonly meaning: EngineMeaning;
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  /** For the log: who answered what to what. */
  readonly text: string;
  /** The element `name` of the error document. */
  detail(name: string): string | undefined;
}

export function engineFault(
  upstream: string,
  method: string,
  { status, headers }: { readonly status: number; readonly headers: ReadonlyMap<string, string> },
  root: XmlElement | undefined,
): EngineFault {
  const error = root?.name === "Error" ? root : undefined;
  const code = error && plain(textOf(error, "Code"));
  const message = error && plain(textOf(error, "Message"));
  const id = requestIdFrom(headers) ?? (error && plain(textOf(error, "RequestId")));
  return {
    kind: "fault",
    meaning: meaningOf(status, code),
    status,
    code,
    headers,
    text:
      `the upstream ${upstream} answered ${status}${code === undefined ? "" : ` ${code}`} to ${method}` +
      `${message === undefined ? "" : `: ${message}`}${id === undefined ? "" : ` (its request id: ${id})`}`,
    detail: (name) => error && textOf(error, name),
  };
}

function meaningOf(status: number, code: string | undefined): EngineMeaning {
  if (status >= 300 && status < 400 && status !== 304) return "redirect";
  if (code !== undefined && Object.hasOwn(meanings, code)) return meanings[code as keyof typeof meanings];
  return meaningsOfStatus[status] ?? (status >= 500 ? "away" : "unknown"); // proxies have more of these than HTTP: 520, 530
}

/** Whether a code says that the gateway's keys are wrong, and not only that they may not do this. */
export function refusesKeys(code: string): boolean {
  return code !== "AccessDenied" && Object.hasOwn(meanings, code) && meaningOf(403, code) === "credentials";
}

/** The engine's own name for a request, by which its operator finds it in the engine's record. */
export function requestIdFrom(headers: ReadonlyMap<string, string>): string | undefined {
  return plain(headers.get("x-amz-request-id"));
}

/** What an engine says goes into the log and the record, cut and without control characters. */
function plain(text: string | undefined): string | undefined {
  // eslint-disable-next-line no-control-regex -- these are what is replaced
  return text?.slice(0, 200).replace(/[\0-\u001f\u007f-\u009f]/g, " ");
}

const advice: Partial<Record<EngineMeaning, string>> = {
  credentials: "; check the credentials of the upstream, what they may do, its region and its clock",
  redirect: "; redirects are not followed, so give the endpoint and region of its buckets",
};

/** The error to throw for an answer that the operation does not expect. `what`: completes "does not support …". */
export function unexpected(fault: EngineFault, what = "this request"): Error {
  const { meaning, text } = fault;
  switch (meaning) {
    case "unsupported":
      return new Unsupported(fault.code === undefined ? what : `${what} (${fault.code})`);
    case "conflict":
      return new EngineError("conflict", text);
    case "full":
      return new EngineError("full", text);
    case "busy":
      return new EngineError("unavailable", text, { isBusy: true });
    case "away":
    case "credentials":
    case "redirect":
    case "no-bucket":
      return new EngineError("unavailable", `${text}${advice[meaning] ?? ""}`);
    default:
      return new EngineError("corrupt", text);
  }
}

const nobodyThere = "nothing answers there; check its URL and that it runs";
const closed =
  "it closed the connection; check that it runs, and give its URL with https:// where it has a certificate";
const untrusted =
  "nobody who is trusted has signed its certificate; give the file of its certificate authority as --upstream-ca, or as ca in the file of --upstreams";

/** What an operator can do something about. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const connectionTrouble: Readonly<Record<string, string>> = {
  ECONNREFUSED: nobodyThere,
  ENOTFOUND: nobodyThere,
  EAI_AGAIN: nobodyThere,
  EHOSTUNREACH: nobodyThere,
  ETIMEDOUT: nobodyThere,
  UND_ERR_CONNECT_TIMEOUT: nobodyThere,
  ECONNRESET: closed,
  UND_ERR_SOCKET: closed,
  ERR_SSL_WRONG_VERSION_NUMBER: "it speaks no TLS; give its URL with http://, or its port for TLS",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: "its certificate has expired; renew it at the engine",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; check the clock",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for another name; give the URL with a name that the certificate has",
};

/** The error for an exchange that failed before there was an answer, or in the middle of one. */
export function transportError(upstream: string, cause: unknown): Error {
  if (cause instanceof EngineError || cause instanceof Unsupported) return cause;
  // The parser's errors are of a kind of their own, some without a code.
  const isParser = cause instanceof Error && cause.name === "HTTPParserError";
  const name = isParser ? cause.name : (errorCode(cause) ?? "no reason");
  const trouble = connectionTrouble[name];
  if (trouble !== undefined)
    return new EngineError("unavailable", `the upstream ${upstream} cannot be asked: ${trouble} (${name})`, { cause });
  const isNonsense = /^(HTTPParserError$|UND_ERR_HEADERS_OVERFLOW$|UND_ERR_RES_)/.test(name);
  return new EngineError(isNonsense ? "corrupt" : "unavailable", `the upstream ${upstream} cannot be asked: ${name}`, {
    cause,
  });
}
