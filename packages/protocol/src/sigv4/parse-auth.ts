/**
 * Who a request claims to be from, and with which signature. Nothing here is believed yet.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import type { CommonErrorCode } from "../errors/error-table.ts";
import { parseQueryV2 } from "../sigv2/parse-query-v2.ts";
import { decodeQuery } from "../uri/decode.ts";
import { algorithm } from "./canonical.ts";
import { trimBlanks } from "./header-value.ts";
import { payloadModeOf } from "./payload-mode.ts";
import type {
  AuthOutcome,
  AuthRefusal,
  CredentialScope,
  PayloadMode,
  RequestAuth,
  WireRequest,
} from "./request-auth.ts";

function refuse(code: CommonErrorCode, message: string): AuthRefusal {
  return { kind: "refused", code, message };
}

/** `YYYYMMDDTHHMMSSZ` in ms since the epoch; undefined for anything else, impossible dates included. */
export function parseAmzDate(text: string): number | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined;
  const number = (from: number, to: number): number => Number(text.slice(from, to));
  const [year, month, day] = [number(0, 4), number(4, 6), number(6, 8)];
  const [hour, minute, second] = [number(9, 11), number(11, 13), number(13, 15)];
  if (year < 1000 || hour > 23 || minute > 59 || second > 59) return undefined;
  const midnight = Date.UTC(year, month - 1, day);
  const date = new Date(midnight);
  // `Date.UTC` takes 30 February for 2 March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** Names of Signature Version 4. */
const presignedNames: ReadonlySet<string> = new Set([
  "X-Amz-Algorithm",
  "X-Amz-Content-Sha256",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
]);

export function parseAuth(request: WireRequest): AuthOutcome {
  const authorization = values(request, "authorization");
  const query = /X-Amz-|Signature|AWSAccessKeyId|%/.test(request.query) ? decodeQuery(request.query) : [];
  if (query === undefined) return refuse("InvalidURI", "The query string is not valid.");
  const parameters = query.filter(([name]) => name.startsWith("X-Amz-"));
  const presigned = parameters.some(
    ([name]) => name === "X-Amz-Signature" || name === "X-Amz-Algorithm" || name === "X-Amz-Credential",
  );
  const presignedV2 = query.some(([name]) => name === "Signature" || name === "AWSAccessKeyId");
  const mixed = presignedV2 && parameters.some(([name]) => presignedNames.has(name));
  if (mixed || (authorization.length > 0 && (presigned || presignedV2))) {
    return refuse(
      "InvalidArgument",
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
    );
  }
  if (authorization.length > 1) return refuse("InvalidArgument", "There is more than one Authorization header.");
  const [header] = authorization;
  if (header !== undefined) return parseHeader(request, header);
  if (presigned) return parsePresigned(request, parameters);
  return presignedV2 ? parseQueryV2(request, query) : { kind: "anonymous" };
}

const notSupported = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256";
const unknownMechanism = refuse("InvalidRequest", `${notSupported}.`);
/** The settings belong to clients that sign this way when they are set to it, or when they are old. */
const headerV2 = refuse(
  "InvalidRequest",
  `${notSupported}: Signature Version 2 is accepted only in presigned URLs. Set signature_version = s3v4 in AWS CLI and boto3, signatureVersion v4 in older SDKs, signature_v2 = False in s3cmd, v2_auth = false in rclone.`,
);

function values({ headers }: WireRequest, name: string): readonly string[] {
  const found: string[] = [];
  for (const [header, value] of headers) if (isNamed(header, name)) found.push(trimBlanks(value));
  return found;
}

/** `name` is in lower case. */
function isNamed(header: string, name: string): boolean {
  return header.length === name.length && (header === name || header.toLowerCase() === name);
}

function parseHeader(request: WireRequest, header: string): AuthOutcome {
  const malformed = (why: string): AuthRefusal =>
    refuse("AuthorizationHeaderMalformed", `The authorization header is malformed; ${why}.`);
  const space = header.indexOf(" ");
  if (space === -1 || header.slice(0, space) !== algorithm) {
    if (header.startsWith("AWS ")) return headerV2;
    return header.startsWith("AWS") || header.startsWith("Basic") || header.startsWith("Bearer")
      ? unknownMechanism
      : malformed("it is not AWS4-HMAC-SHA256");
  }
  const fields = new Map<string, string>();
  for (const field of header.slice(space + 1).split(",")) {
    const equals = field.indexOf("=");
    const name = trimBlanks(field.slice(0, equals));
    if (equals === -1 || fields.has(name))
      return malformed("its fields must be Credential, SignedHeaders and Signature, each once");
    fields.set(name, trimBlanks(field.slice(equals + 1)));
  }
  const [credential, signed, given] = ["Credential", "SignedHeaders", "Signature"].map((name) => fields.get(name));
  if (credential === undefined || signed === undefined || given === undefined || fields.size !== 3) {
    return malformed("its fields must be Credential, SignedHeaders and Signature, each once");
  }
  const date = dateOf(request);
  if (date === undefined)
    return refuse("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
  const service = credential.split("/").at(-2);
  const [sha256, more] = values(request, "x-amz-content-sha256");
  if (more !== undefined) return refuse("InvalidArgument", "x-amz-content-sha256 is sent twice.");
  if (sha256 === undefined && service === "s3")
    return refuse("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  const payload = payloadModeOf(sha256, { kind: "body" });
  if (payload.kind === "refused") return payload;
  const tokens = values(request, "x-amz-security-token");
  if (tokens.length > 1) return refuse("InvalidArgument", "x-amz-security-token is sent twice.");
  return finish({ form: "header", credential, signed, signature: given, date, token: tokens[0], payload, malformed });
}

function parsePresigned(request: WireRequest, parameters: readonly (readonly [string, string])[]): AuthOutcome {
  const malformed = (why: string): AuthRefusal =>
    refuse("AuthorizationQueryParametersError", `Error parsing the query parameters: ${why}.`);
  const query = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (query.has(name)) return malformed(`${name} is sent twice`);
    query.set(name, value);
  }
  const names = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
  ] as const;
  const [method, credential, amzDate, expires, signed, given] = names.map((name) => query.get(name));
  if (
    method === undefined ||
    credential === undefined ||
    amzDate === undefined ||
    expires === undefined ||
    signed === undefined ||
    given === undefined
  ) {
    return malformed(`query-string authentication requires ${names.join(", ")}`);
  }
  if (method !== algorithm) return malformed("X-Amz-Algorithm only supports AWS4-HMAC-SHA256");
  const time = parseAmzDate(amzDate);
  if (time === undefined) return malformed("X-Amz-Date must be in the ISO8601 Long Format yyyyMMdd'T'HHmmss'Z'");
  const expiresSeconds = /^\d{1,7}$/.test(expires) ? Number(expires) : 0;
  if (expiresSeconds < 1 || expiresSeconds > 604_800)
    return malformed("X-Amz-Expires must be between 1 and 604800 seconds");
  // A digest sent as a header counts only when it is signed.
  const [header] = signed.split(";").includes("x-amz-content-sha256")
    ? values(request, "x-amz-content-sha256")
    : [query.get("X-Amz-Content-Sha256")];
  const absent: PayloadMode = { kind: credential.split("/").at(-2) === "s3" ? "unsigned" : "body" };
  const payload = payloadModeOf(header ?? values(request, "x-amz-content-sha256")[0], absent);
  if (payload.kind === "refused") return payload;
  const date = { amzDate, time };
  return finish({
    form: "presigned",
    credential,
    signed,
    signature: given,
    date,
    token: query.get("X-Amz-Security-Token"),
    payload,
    expiresSeconds,
    malformed,
  });
}

interface Claims {
  readonly form: RequestAuth["form"];
  readonly credential: string;
  readonly signed: string;
  readonly signature: string;
  readonly date: { readonly amzDate: string; readonly time: number };
  readonly token: string | undefined;
  readonly payload: PayloadMode;
  readonly expiresSeconds?: number;
  readonly malformed: (why: string) => AuthRefusal;
}

function finish(claims: Claims): AuthOutcome {
  const { credential, signed, date, malformed, form, signature, payload, token, expiresSeconds } = claims;
  const named = parseCredential(credential);
  if (named === undefined) return malformed('the Credential must be "<key id>/YYYYMMDD/REGION/SERVICE/aws4_request"');
  if (named.scope.date !== date.amzDate.slice(0, 8)) return malformed("the credential's date is not the request's");
  const signedHeaders = signed.split(";");
  if (!headerNames.test(signed) || !isSorted(signedHeaders))
    return malformed("SignedHeaders must be lower-case names, sorted, each once");
  if (!signedHeaders.includes("host")) return malformed("SignedHeaders must include host");
  if (!/^[0-9a-f]{64}$/.test(signature)) return malformed("the Signature must be 64 lower-case hexadecimal digits");
  const { accessKeyId, scope } = named;
  const { amzDate, time } = date;
  return {
    kind: "signed",
    auth: {
      form,
      accessKeyId,
      scope,
      amzDate,
      time,
      signedHeaders,
      signature,
      payload,
      sessionToken: token,
      expiresSeconds,
    },
  };
}

/**
 * Key ids may hold slashes elsewhere; the last four parts are the scope. A client names its region as it likes: s3cmd signs for `US`. Which
 * regions are accepted is decided later.
 */
const credentialForm = /^([\w/+=.@-]{1,128})\/(\d{8})\/([\w-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/;

export function parseCredential(
  text: string,
): { readonly accessKeyId: string; readonly scope: CredentialScope } | undefined {
  const [, accessKeyId, date, region, service] = credentialForm.exec(text) ?? [];
  return accessKeyId === undefined || date === undefined || region === undefined || service === undefined
    ? undefined
    : { accessKeyId, scope: { date, region, service } };
}

const headerNames = /^[!#$%&'*+.^_`|~0-9a-z-]+(?:;[!#$%&'*+.^_`|~0-9a-z-]+)*$/;

/** And each once. */
function isSorted(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? "") < name);
}

/** `x-amz-date`, else an HTTP `Date`, as the string to sign has it. */
function dateOf(request: WireRequest): { readonly amzDate: string; readonly time: number } | undefined {
  const [amz, more] = values(request, "x-amz-date");
  if (more !== undefined) return undefined;
  if (amz !== undefined) {
    const time = parseAmzDate(amz);
    return time === undefined ? undefined : { amzDate: amz, time };
  }
  const [date] = values(request, "date");
  if (date === undefined) return undefined;
  const time = parseAmzDate(date) ?? Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return { amzDate: new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, ""), time };
}
