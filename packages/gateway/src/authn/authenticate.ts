import {
  type AuthRefusal,
  checkClaims,
  type ChunkSigning,
  type RequestAuth,
  verifyRequest,
} from "@s3-credentials/protocol";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import type { Caller, CredentialOutcome } from "../ports/principal-directory.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import { callerKey } from "../pipeline/caller-limits.ts";
import type { GateState } from "../pipeline/gate.ts";
import type { GatewayRequest, Verified } from "./request.ts";

export interface Authenticated {
  readonly caller: Caller;
  readonly auth: Verified;
  /** What chunk signatures of a streamed body continue from. */
  readonly chunkSigning: ChunkSigning | undefined;
  /** Whose limits the request counts against: see `callerKey`. */
  readonly callerKey: string;
  readonly time: RequestTime;
}

type Identified = Pick<Authenticated, "caller" | "auth" | "chunkSigning">;

type Service = "s3" | "iam" | "sts";

/**
 * Constant answers: an unknown key, one of another account, one that was deactivated and one whose user is gone are the
 * same to whoever tries them.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
const answers = {
  s3: { unknown: "InvalidAccessKeyId", "invalid-token": "InvalidToken", expired: "ExpiredToken" },
  iam: { unknown: "InvalidClientTokenId", "invalid-token": "InvalidClientTokenId", expired: "ExpiredToken" },
  sts: { unknown: "InvalidClientTokenId", "invalid-token": "InvalidClientTokenId", expired: "ExpiredToken" },
} as const satisfies Readonly<Record<Service, Readonly<Record<string, string>>>>;

function refusedCredential(kind: Exclude<CredentialOutcome["kind"], "found">, service: Service): Refusal {
  return refuse(answers[service][kind === "inactive" ? "unknown" : kind]);
}

function checkScope({ scope }: RequestAuth, service: Service, state: GateState): Refusal | undefined {
  const { region } = state.ports;
  if (scope.service !== service)
    return refuse(
      service === "s3" ? "AuthorizationHeaderMalformed" : "SignatureDoesNotMatch",
      `The credential scope is for ${scope.service}; expected ${service}.`,
    );
  if (!state.strictRegion || scope.region === region) return undefined;
  const message = `The credential scope is for the region ${scope.region}; expected ${region}.`;
  return service === "s3"
    ? refuse("AuthorizationHeaderMalformed", message, { details: { Region: region } })
    : refuse("SignatureDoesNotMatch", message);
}

/**
 * Who sends this. Unconditional: every request of every service comes through here before anything is told or done. It waits
 * while too many requests of the same caller run.
 * `bodySha256`: digest of the body, for services that sign it in place of a header.
 */
export async function authenticate(
  state: GateState,
  request: GatewayRequest,
  service: Service,
  bodySha256?: string,
): Promise<Authenticated | Refusal> {
  const identified = await identify(state, request, service, bodySha256);
  if (isRefusal(identified)) return identified;
  const key = callerKey(identified.caller, request);
  const admitted = await state.callers.enter(request, key);
  if (!admitted) return refuse(service === "s3" ? "SlowDown" : "ServiceUnavailable");
  return { ...identified, callerKey: key, time: state.time.of(key, request.signal) };
}

async function identify(
  state: GateState,
  request: GatewayRequest,
  service: Service,
  bodySha256: string | undefined,
): Promise<Identified | Refusal> {
  const claimed = request.auth;
  if (claimed.kind === "refused") return refuse(claimed.code, claimed.message);
  const { principals } = state.ports;
  if (claimed.kind === "anonymous") {
    return service === "s3"
      ? { caller: principals.anonymous(), auth: undefined, chunkSigning: undefined }
      : refuse("MissingAuthenticationToken");
  }
  const auth = service === "s3" ? claimed.auth : coveringBody(claimed.auth, bodySha256);
  if (auth === undefined) return bodyNotCovered;
  const mistaken = checkScope(auth, service, state);
  if (mistaken !== undefined) return mistaken;
  const credential = await principals.credential(auth.accessKeyId, auth.sessionToken);
  if (credential.kind !== "found") return refusedCredential(credential.kind, service);
  const verified = verifyRequest(request.wire, auth, credential.secretAccessKey, { now: request.now, bodySha256 });
  if (verified.kind === "refused") {
    return refuse(verified.code, verified.message, verified.details && { details: verified.details });
  }
  const caller = await credential.caller();
  if (caller === undefined) return refusedCredential("unknown", service);
  return { caller, auth, chunkSigning: verified.chunkSigning };
}

/**
 * What can be refused of a signed form before a byte of it is read: no signature, a scope or key that is not known here, a
 * time or headers that are not right; and a wrong signature, when the head has the form's digest. `authenticate` decides, once
 * the form has come; undefined: it is worth reading.
 */
export async function refuseFormHead(
  state: GateState,
  request: GatewayRequest,
  service: "iam" | "sts",
): Promise<Refusal | undefined> {
  const claimed = request.auth;
  if (claimed.kind === "refused") return refuse(claimed.code, claimed.message);
  // Of unsigned forms only those of web identity would be read, and no such operation is here.
  if (claimed.kind === "anonymous") return refuse("MissingAuthenticationToken");
  const auth = coveringBody(claimed.auth, "");
  if (auth === undefined) return bodyNotCovered;
  const mistaken = checkScope(auth, service, state);
  if (mistaken !== undefined) return mistaken;
  const credential = await state.ports.principals.credential(auth.accessKeyId, auth.sessionToken);
  if (credential.kind !== "found") return refusedCredential(credential.kind, service);
  const unfit =
    checkClaims(request.wire, auth, request.now) ?? checkSignature(request, claimed.auth, credential.secretAccessKey);
  return unfit === undefined ? undefined : refuse(unfit.code, unfit.message);
}

function checkSignature({ wire, now }: GatewayRequest, auth: RequestAuth, secret: string): AuthRefusal | undefined {
  if (auth.payload.kind !== "signed") return undefined;
  const verified = verifyRequest(wire, auth, secret, { now });
  return verified.kind === "refused" ? verified : undefined;
}

/**
 * IAM and STS sign their forms, presigned ones too; a mode that leaves the body out would let anyone on the way rewrite it.
 */
const bodyNotCovered = refuse("SignatureDoesNotMatch", "The signature must cover the body of the request.");

function coveringBody(auth: RequestAuth, bodySha256: string | undefined): RequestAuth | undefined {
  if (auth.payload.kind === "body" || auth.payload.kind === "signed") return auth;
  if (auth.form === "header" || auth.payload.kind === "streaming" || bodySha256 === undefined) return undefined;
  return { ...auth, payload: { kind: "signed", sha256: bodySha256 } };
}
