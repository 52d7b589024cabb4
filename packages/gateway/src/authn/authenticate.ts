import {
  type AuthRefusal,
  checkClaims,
  checkExpiryV2,
  type ChunkSigning,
  isPolicySigned,
  type RequestAuth,
  type RequestAuthV2,
  verifyRequest,
  verifyRequestV2,
} from "@s3-credentials/protocol";
import { type Refusal, refuse } from "../operations/operation.ts";
import type { Caller, CredentialOutcome, PrincipalDirectory } from "../ports/principal-directory.ts";
import type { UsageNotes } from "../ports/last-used.ts";
import type { GatewayRequest, Service, Verified } from "./request.ts";

/** What authentication needs to know of the gateway. */
export interface Authentication {
  readonly principals: PrincipalDirectory;
  readonly region: string;
  /** Only signatures for the gateway's own region. */
  readonly strictRegion: boolean;
  /** Gets every use of a key or role that authenticated. */
  readonly usage?: UsageNotes | undefined;
}

export interface Authenticated {
  readonly caller: Caller;
  readonly auth: Verified;
  /** What chunk signatures of a streamed body continue from. */
  readonly chunkSigning: ChunkSigning | undefined;
}

/**
 * The answers are the same for an unknown key, a key of another account, a deactivated key, and a key whose user is gone, so that nobody
 * learns which it is.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
const answers = {
  s3: { unknown: "InvalidAccessKeyId", "invalid-token": "InvalidToken", expired: "ExpiredToken" },
  iam: { unknown: "InvalidClientTokenId", "invalid-token": "InvalidClientTokenId", expired: "ExpiredToken" },
  sts: { unknown: "InvalidClientTokenId", "invalid-token": "InvalidClientTokenId", expired: "ExpiredToken" },
  account: { unknown: "InvalidClientTokenId", "invalid-token": "InvalidClientTokenId", expired: "ExpiredToken" },
  organizations: { unknown: "InvalidClientTokenId", "invalid-token": "InvalidClientTokenId", expired: "ExpiredToken" },
  cloudtrail: { unknown: "InvalidClientTokenId", "invalid-token": "InvalidClientTokenId", expired: "ExpiredToken" },
  "access-analyzer": {
    unknown: "InvalidClientTokenId",
    "invalid-token": "InvalidClientTokenId",
    expired: "ExpiredToken",
  },
  "s3-credentials": {
    unknown: "InvalidClientTokenId",
    "invalid-token": "InvalidClientTokenId",
    expired: "ExpiredToken",
  },
} as const satisfies Readonly<Record<Service, Readonly<Record<string, string>>>>;

function refusedCredential(
  kind: Exclude<CredentialOutcome["kind"], "found">,
  service: Service,
  accessKeyId: string,
): Refusal {
  const code = answers[service][kind === "inactive" ? "unknown" : kind];
  return code === "InvalidAccessKeyId"
    ? refuse(code, undefined, { details: { AWSAccessKeyId: accessKeyId } })
    : refuse(code);
}

function checkScope(
  { scope }: RequestAuth,
  service: Service,
  { region, strictRegion }: Authentication,
): Refusal | undefined {
  if (scope.service !== service)
    return refuse(
      service === "s3" ? "AuthorizationHeaderMalformed" : "SignatureDoesNotMatch",
      `The credential scope is for ${scope.service}; expected ${service}.`,
    );
  if (!strictRegion || scope.region === region) return undefined;
  const message = `The credential scope is for the region ${scope.region}; expected ${region}.`;
  return service === "s3"
    ? refuse("AuthorizationHeaderMalformed", message, { details: { Region: region } })
    : refuse("SignatureDoesNotMatch", message);
}

/**
 * Who sends a request. Unconditional: every request of every service comes through here before anything is disclosed or done.
 * `bodySha256`: digest of the body, for services that sign it in place of a header.
 */
export async function authenticate(
  gateway: Authentication,
  request: GatewayRequest,
  service: Service,
  bodySha256: string | undefined,
): Promise<Authenticated | Refusal> {
  const claimed = request.auth;
  if (claimed.kind === "refused") return unreadable(claimed, service);
  const { principals } = gateway;
  if (claimed.kind === "anonymous") {
    return service === "s3"
      ? { caller: principals.anonymous(), auth: undefined, chunkSigning: undefined }
      : refuse("MissingAuthenticationToken");
  }
  if (claimed.kind === "signed-v2") return authenticateV2(gateway, request, service, claimed.auth);
  const auth = service === "s3" ? claimed.auth : coveringBody(claimed.auth, bodySha256);
  if (auth === undefined) return bodyNotCovered;
  const mistaken = checkScope(auth, service, gateway);
  if (mistaken !== undefined) return mistaken;
  const credential = await principals.credential(auth.accessKeyId, auth.sessionToken);
  if (credential.kind !== "found") return refusedCredential(credential.kind, service, auth.accessKeyId);
  const verified = verifyRequest(request.wire, auth, credential.secretAccessKey, { now: request.now, bodySha256 });
  if (verified.kind === "refused") {
    return refuse(verified.code, verified.message, verified.details && { details: verified.details });
  }
  const caller = await credential.caller();
  if (caller === undefined) return refusedCredential("unknown", service, auth.accessKeyId);
  noteUse(gateway, caller, request.now, service, auth.scope.region);
  return { caller, auth, chunkSigning: verified.chunkSigning };
}

/**
 * Who signed a form. INVARIANT: `policy` is the text that was signed, and its conditions are checked before anything of the form is done.
 */
export async function authenticateForm(
  gateway: Authentication,
  request: Pick<GatewayRequest, "now">,
  auth: RequestAuth | undefined,
  policy: string,
): Promise<Authenticated | Refusal> {
  const { principals } = gateway;
  if (auth === undefined) return { caller: principals.anonymous(), auth, chunkSigning: undefined };
  const mistaken = checkScope(auth, "s3", gateway);
  if (mistaken !== undefined) return mistaken;
  const credential = await principals.credential(auth.accessKeyId, auth.sessionToken);
  if (credential.kind !== "found") return refusedCredential(credential.kind, "s3", auth.accessKeyId);
  if (!isPolicySigned(policy, auth, credential.secretAccessKey)) return refuse("SignatureDoesNotMatch");
  const caller = await credential.caller();
  if (caller === undefined) return refusedCredential("unknown", "s3", auth.accessKeyId);
  noteUse(gateway, caller, request.now, "s3", auth.scope.region);
  return { caller, auth, chunkSigning: undefined };
}

/** Of a session the role is used; of a user's session nothing that is kept. */
function noteUse(
  { usage }: Authentication,
  { principal, accessKeyId, session }: Caller,
  at: number,
  service: Service,
  region: string,
): void {
  const subject =
    principal.kind === "role-session" ? principal.roleId : session === undefined ? accessKeyId : undefined;
  if (subject !== undefined) usage?.note(subject, at, service, region);
}

/** A presigned URL of Signature Version 2, for S3 alone. The order is that of S3: expiry, key, signature. */
async function authenticateV2(
  gateway: Authentication,
  request: GatewayRequest,
  service: Service,
  auth: RequestAuthV2,
): Promise<Authenticated | Refusal> {
  if (service !== "s3") return onlyForS3;
  const { principals } = gateway;
  const untimely = checkExpiryV2(auth, request.now);
  if (untimely !== undefined) return refuse(untimely.code, untimely.message, { details: untimely.details ?? {} });
  const credential = await principals.credential(auth.accessKeyId, auth.sessionToken);
  if (credential.kind !== "found") return refusedCredential(credential.kind, service, auth.accessKeyId);
  const mismatch = verifyRequestV2(request.wire, auth, credential.secretAccessKey, request.hostBucket);
  if (mismatch !== undefined) return refuse(mismatch.code, mismatch.message, { details: mismatch.details ?? {} });
  const caller = await credential.caller();
  if (caller === undefined) return refusedCredential("unknown", service, auth.accessKeyId);
  noteUse(gateway, caller, request.now, service, gateway.region);
  return { caller, auth, chunkSigning: undefined };
}

/**
 * A signature that cannot be read. Only S3 has codes for what is wrong with it.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
function unreadable({ code, message }: AuthRefusal, service: Service): Refusal {
  const keeps = service === "s3" || code === "InvalidURI" || code === "NotImplemented";
  return refuse(keeps ? code : "IncompleteSignature", message);
}

const onlyForS3 = refuse(
  "InvalidRequest",
  "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
);

/**
 * Refuses a signed form, or document of a JSON service, before a byte of it is read, when the head shows what is wrong: no signature, an unknown scope or key, a wrong time
 * or wrong headers, or a wrong signature when the head has the digest of the form. Undefined: the form has to be read, and then
 * `authenticate` decides.
 */
export async function refuseFormHead(
  gateway: Authentication,
  request: GatewayRequest,
  service: Exclude<Service, "s3">,
): Promise<Refusal | undefined> {
  const claimed = request.auth;
  if (claimed.kind === "refused") return unreadable(claimed, service);
  if (claimed.kind === "anonymous") return refuse("MissingAuthenticationToken");
  if (claimed.kind === "signed-v2") return onlyForS3;
  const auth = coveringBody(claimed.auth, "");
  if (auth === undefined) return bodyNotCovered;
  const mistaken = checkScope(auth, service, gateway);
  if (mistaken !== undefined) return mistaken;
  const credential = await gateway.principals.credential(auth.accessKeyId, auth.sessionToken);
  if (credential.kind !== "found") return refusedCredential(credential.kind, service, auth.accessKeyId);
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
 * All services but S3 sign the bodies of their requests, presigned ones too; a mode that leaves the body out would let anyone on the way rewrite it.
 */
const bodyNotCovered = refuse("SignatureDoesNotMatch", "The signature must cover the body of the request.");

function coveringBody(auth: RequestAuth, bodySha256: string | undefined): RequestAuth | undefined {
  if (auth.payload.kind === "body" || auth.payload.kind === "signed") return auth;
  if (auth.form === "header" || auth.payload.kind === "streaming" || bodySha256 === undefined) return undefined;
  return { ...auth, payload: { kind: "signed", sha256: bodySha256 } };
}
