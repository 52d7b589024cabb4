import { BodyFault } from "@s3-credentials/protocol";
import { type Refusal, refuse } from "../operations/operation.ts";
import { DamagedVersion, EngineError, errorCode, PlaceMoving, StoreError, Unsupported } from "../ports/store-error.ts";
import { DecisionRefused } from "../ports/time-budget.ts";
import { ClientGone, type GatewayRequest, type Service } from "../authn/request.ts";

/** What a fault may depend on of the request that it came from. */
type FaultyRequest = Pick<GatewayRequest, "headers" | "wire">;

/** The answer to a fault. `log` is false when the client caused it. Never an Allow, and never the text of the fault. */
export interface FaultAnswer {
  readonly refusal: Refusal;
  readonly log: boolean;
}

export function faultToRefusal(error: unknown, service: Service, request?: FaultyRequest): FaultAnswer {
  if (error instanceof BodyFault)
    return { refusal: refuse(error.code, error.message, { details: error.details }), log: false };
  if (error instanceof Unsupported) return { refusal: refuse("NotImplemented", error.message), log: false };
  if (error instanceof PlaceMoving) return { refusal: refuse("ServiceUnavailable", bucketMoves), log: false };
  if (error instanceof DecisionRefused) return { refusal: decisionRefusal(error, service), log: false };
  if (error instanceof ClientGone || isAbort(error)) return { refusal: refuse("RequestTimeout"), log: false };
  if (isOutOfDescriptors(error))
    return { refusal: refuse(service === "s3" ? "SlowDown" : "ServiceUnavailable"), log: true };
  if (error instanceof DamagedVersion) return { refusal: refuse("InternalError", damagedVersion), log: true };
  const internal = service === "s3" ? "InternalError" : "ServiceFailure";
  if (!(error instanceof StoreError)) return { refusal: refuse(internal), log: true };
  if (error.kind === "corrupt") return { refusal: refuse(internal), log: true };
  if (error.kind === "full" && error instanceof EngineError && service === "s3")
    return { refusal: refuse("InsufficientStorage", engineFull), log: true };
  // The gateway has said of its own disk once that it is full.
  if (error.kind === "full") return { refusal: diskFull(service), log: error instanceof EngineError };
  if (error instanceof EngineError && error.kind === "unavailable" && !error.isBusy && service === "s3")
    return { refusal: refuse("ServiceUnavailable", engineUnavailable), log: true };
  if (service !== "s3") return { refusal: refuse("ServiceUnavailable"), log: error.kind !== "conflict" };
  if (error.kind !== "conflict")
    return { refusal: refuse("SlowDown", error instanceof EngineError ? undefined : storeUnavailable), log: true };
  const isConditional = request !== undefined && isConditionalWrite(request);
  return { refusal: refuse(isConditional ? "ConditionalRequestConflict" : "OperationAborted"), log: false };
}

/**
 * PutObject, CopyObject or CompleteMultipartUpload. "If a conflicting operation occurs during the upload S3 returns a 409
 * ConditionalRequestConflict response": https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
function isConditionalWrite({ headers, wire: { method } }: FaultyRequest): boolean {
  return (method === "PUT" || method === "POST") && (headers.has("if-match") || headers.has("if-none-match"));
}

const bucketMoves =
  "The bucket is being moved to other storage, or deleted, and cannot be written to for a short time. Please try again.";

const damagedVersion =
  "The bytes of this object are damaged, and asking again does not help. Put the object again, or let the operator of the gateway restore it from a backup.";

const engineUnavailable =
  "The storage behind this bucket does not answer as it should. Try again; if it stays like this, the operator finds the reason in the gateway's log.";

const engineFull =
  "The storage behind this bucket is full, or its quota is used up. Delete objects there, or let its operator make room, then try again.";

/** The code is that of a service that has too much to do, because clients try it again; what the reason is, the log says. */
const storeUnavailable =
  "The gateway has too much to do, or its database or disk does not answer. Try again later; if it stays like this, the operator finds the reason in the gateway's log.";

/** The system has no file descriptor left, wherever in the store that happened. It passes by itself, and no data is damaged. */
function isOutOfDescriptors(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < 8; depth += 1) {
    const code = errorCode(cause);
    if (code === "EMFILE" || code === "ENFILE") return true;
    cause = cause.cause;
  }
  return false;
}

function decisionRefusal({ kind, message }: DecisionRefused, service: Service): Refusal {
  if (kind === "too-costly") return refuse(service === "s3" ? "InvalidRequest" : "ValidationError", message);
  return refuse(service === "s3" ? "SlowDown" : "ServiceUnavailable");
}

/** What the signal of a request gives as its reason. */
function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function diskFull(service: Service): Refusal {
  return service === "s3"
    ? refuse("InsufficientStorage")
    : refuse(
        "ServiceUnavailable",
        "The disk of the gateway, or of its database, is full. Delete objects or free space, then try again.",
      );
}
