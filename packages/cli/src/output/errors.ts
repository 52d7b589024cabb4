import { fieldsOf } from "@s3-credentials/policy/parse";
import { encodedMessage } from "../formats/encoded-message.ts";
import { escapeControls } from "./terminal-text.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";

/** The fields a failed call of the AWS SDK carries; every one may be missing. */
export interface ServiceFailure {
  readonly code: string;
  readonly status?: number;
  readonly message: string;
}

const notFound = "check the endpoint (--endpoint-url, or --local for the gateway on this machine) and the network";

const unknownSigner = "set AWS_CA_BUNDLE to the file with the certificate of its signer";

/** What to do about a code. Codes are those of S3, IAM and STS, of the SDK, and of Node's network calls. */
const advice: Readonly<Record<string, string>> = {
  AccessDenied: "use credentials that may do this",
  AccessDeniedException: "use credentials that may do this",
  AccountNotFoundException: "check the id; `account list` shows them",
  AllAccessDisabled: "use credentials that may do this",
  AuthorizationHeaderMalformed: "pass the region of the service with --region",
  BucketAlreadyExists:
    "another account, or the engine behind a gateway, has a bucket of that name; choose another, or adopt-bucket that of the engine",
  BucketAlreadyOwnedByYou: "run the command again: the bucket is there now",
  BucketNotEmpty: "delete its objects first",
  ConcurrentModification: "try again",
  CredentialsProviderError:
    "pass --access-key and --secret-key, --auth FILE or --profile NAME, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --local",
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownSigner,
  DeleteConflict: "something was attached meanwhile; run the command again",
  EDQUOT: "free space, then run the command again",
  ENOSPC: "free space, then run the command again",
  ECONNREFUSED: "check that the service runs at that endpoint",
  ECONNRESET: "try again; where the service has a certificate, the endpoint begins with https://",
  ENOTFOUND: notFound,
  EAI_AGAIN: notFound,
  EPROTO:
    "the service does not speak TLS there as it should; where it has no certificate, the endpoint begins with http://",
  ETIMEDOUT: "check the endpoint and the network",
  EventNotFoundException: "check the id; `events --json` shows it as requestID",
  ExpiredToken: "the credentials are expired; get new ones",
  ExpiredTokenException: "the credentials are expired; get new ones",
  EntityAlreadyExists: "run the command again: it is there now",
  EntityTemporarilyUnmodifiable: "try again in a moment",
  IllegalLocationConstraintException:
    "this service makes buckets only in its own region: give that one as --region and --bucket-region",
  InvalidAccessKeyId: "check the access key and the endpoint it belongs to",
  InvalidClientTokenId: "check the access key and the endpoint it belongs to",
  InvalidBucketName: "a new bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens",
  InvalidToken: "check the session token",
  LimitExceeded: "delete what is not needed, or ask for a higher quota",
  MalformedPolicyDocument: "check the policy",
  NoSuchBucket: "check the name; list-buckets shows what is there",
  NoSuchEntity: "check the name; list-users and list-roles show what is there",
  NoSuchKey: "check the key; list-bucket shows what is there",
  NotImplemented: "this service does not have that operation",
  OperationAborted: "try again in a moment",
  PackedPolicyTooLarge: "use fewer buckets or a shorter policy",
  RequestExpired: "set the clock of this machine",
  RequestTimeTooSkewed: "set the clock of this machine",
  ResourceNotFoundException:
    "check the name; list-buckets, list-users, list-roles and `account list` show what is there",
  SELF_SIGNED_CERT_IN_CHAIN: unknownSigner,
  SignatureDoesNotMatch: "check the secret key",
  SlowDown: "try again later",
  Throttling: "try again later",
  TimeoutError: "check the endpoint and the network; S3_CREDENTIALS_IDLE_TIMEOUT is how many seconds it gets",
  TooManyBuckets: "delete a bucket, or ask for a higher quota",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownSigner,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownSigner,
};

/** Instead of the SDK's advice to its programmers. */
const notUnderstood = "the service's answer is not one of this protocol; check the endpoint";

const noReason = "the service gave no reason";

/** The code, status and message of anything thrown by a call. */
export function serviceFailure(error: unknown): ServiceFailure {
  const fields = fieldsOf(error);
  const status = fieldsOf(fields["$metadata"])["httpStatusCode"];
  // A refused connection comes as an AggregateError (one error per address) with an empty message.
  const inner = Array.isArray(fields["errors"]) ? fieldsOf(fields["errors"][0]) : {};
  const code = [fields["Code"], fields["code"], inner["code"], fields["name"]].find(
    (item) => typeof item === "string" && item !== "",
  );
  const message = [fields["message"], inner["message"]].find(
    (item) => typeof item === "string" && item !== "" && item !== "UnknownError" && item !== "Unknown",
  );
  if (typeof message === "string" && message.includes("Deserialization error:")) {
    return { code: "Unknown", ...(typeof status === "number" ? { status } : {}), message: notUnderstood };
  }
  return {
    code: typeof code === "string" ? code : "Unknown",
    ...(typeof status === "number" ? { status } : {}),
    message: typeof message === "string" ? message : noReason,
  };
}

/** Whether a call failed with one of these codes. */
export function failedWith(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(serviceFailure(error).code);
}

/** A service may send any word as its code, even `constructor`. */
function adviceFor(code: string): string | undefined {
  return Object.hasOwn(advice, code) ? advice[code] : undefined;
}

/** One line: what, why (the code), what to do. Never a stack. */
export function describeError(error: unknown): string {
  if (error instanceof UsageError || error instanceof CommandError) return oneLine(error.message);
  const { code, status, message } = serviceFailure(error);
  const generic = code === "Error" || code === "Unknown" || /^\d+$/.test(code);
  const label = generic
    ? status === undefined
      ? ""
      : ` (HTTP ${status})`
    : ` (${code}${status === undefined ? "" : `, HTTP ${status}`})`;
  const what =
    generic && status !== undefined && message === noReason
      ? "check the endpoint, or try again later"
      : isPublicAccessBlocked(code, message)
        ? "a public access block refuses public policies: set-public-access-block BUCKET --block-public-policy false lets them in, if the account's own block does not refuse them too"
        : adviceFor(code);
  return oneLine(
    `${message.replace(encodedMessage, "").replace(/[.\s]+$/, "")}${label}${what === undefined ? "" : `; ${what}`}`,
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
function isPublicAccessBlocked(code: string, message: string): boolean {
  return code === "AccessDenied" && /BlockPublicPolicy|public polic(y|ies)|public access/i.test(message);
}

/** `while doing what` in front of a call's own failure. */
export function during(what: string, error: unknown): CommandError {
  return new CommandError(`${what}: ${describeError(error)}`, { cause: error });
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof UsageError ? 2 : 1;
}

/** No line breaks and no control characters: a message of a service must not write on the terminal as it likes. */
export function oneLine(text: string): string {
  return escapeControls(text.replace(/[\s\p{Cc}]+/gu, " ").trim());
}

/** Takes secrets the command was given, or received, out of a line. */
export function withoutSecrets(line: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 8)
    .reduce((text, secret) => text.replaceAll(secret, "[secret]"), line);
}
