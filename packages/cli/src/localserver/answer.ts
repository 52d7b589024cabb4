import type { IncomingHttpHeaders } from "node:http";
import { type Json, jsonObject, type JsonObject, textField } from "../formats/json.ts";
import { describeError } from "../output/errors.ts";
import { processForm } from "../output/credential-formats.ts";
import type { CredentialSource } from "./credential-source.ts";
import { isForeign } from "./guard.ts";
import { isMetadataToken, isSame, metadataToken, tokenSeconds } from "./instance-metadata.ts";

export interface Question {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Answer {
  readonly status: number;
  readonly body:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "json"; readonly json: JsonObject };
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Serving {
  readonly source: CredentialSource;
  /** `--host` as it was given. */
  readonly host: string;
  /** What `Authorization` must be for the container form, and for `/` too when it is asked for. */
  readonly token: string;
  readonly tokenEverywhere: boolean;
  readonly metadataKey: Buffer;
  /** The name of the "role" instance metadata shows. */
  readonly roleName: string;
  readonly now: () => number;
}

const metadataPath = "/latest/meta-data/iam/security-credentials/";
const inJson = (status: number, json: JsonObject): Answer => ({ status, body: { kind: "json", json } });
const inText = (text: string): Answer => ({ status: 200, body: { kind: "text", text } });
const error = (status: number, text: string): Answer => inJson(status, jsonObject({ error: text }));

/** All answers of the server, in one table of paths. */
export async function answer(question: Question, serving: Serving): Promise<Answer> {
  const { method, path, headers } = question;
  if (isForeign(headers, serving.host)) return error(403, "Requests of web pages are refused");
  if (path === "/latest/api/token") return method === "PUT" ? giveToken(headers, serving) : error(405, "Use PUT");
  if (method !== "GET") return error(404, "Not found");
  if (path === "/") {
    if (serving.tokenEverywhere && !isAuthorized(headers, serving)) return error(401, "The token is missing or wrong");
    return withCredentials(serving, processForm);
  }
  if (path === "/container") {
    if (!isAuthorized(headers, serving)) return error(401, "The token is missing or wrong");
    return withCredentials(serving, containerForm);
  }
  if (path === metadataPath || path === `${metadataPath}${serving.roleName}`) {
    const given = headers["x-aws-ec2-metadata-token"];
    if (typeof given !== "string" || !isMetadataToken(serving.metadataKey, given, serving.now()))
      return error(401, "The session token is missing, wrong or expired");
    if (path === metadataPath) return inText(serving.roleName);
    return withCredentials(serving, (credentials) => metadataForm(credentials, serving.now()));
  }
  return error(404, "Not found");
}

function giveToken(headers: IncomingHttpHeaders, { metadataKey, now }: Serving): Answer {
  // A forwarded request comes from elsewhere: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
  if (headers["x-forwarded-for"] !== undefined) return error(403, "Forwarded requests are refused");
  const header = headers["x-aws-ec2-metadata-token-ttl-seconds"];
  const seconds = tokenSeconds(typeof header === "string" ? header : undefined);
  if (seconds === undefined) return error(400, "X-aws-ec2-metadata-token-ttl-seconds must be 1 to 21600");
  return {
    ...inText(metadataToken(metadataKey, seconds, now())),
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": String(seconds) },
  };
}

function isAuthorized(headers: IncomingHttpHeaders, { token }: Serving): boolean {
  return isSame(headers.authorization ?? "", token);
}

async function withCredentials({ source }: Serving, form: (credentials: JsonObject) => JsonObject): Promise<Answer> {
  try {
    return inJson(200, form(await source.current()));
  } catch (failure) {
    return error(503, `No credentials: ${describeError(failure)}`);
  }
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
function containerForm(credentials: JsonObject): JsonObject {
  return jsonObject({
    AccessKeyId: textField(credentials, "AccessKeyId"),
    SecretAccessKey: textField(credentials, "SecretAccessKey"),
    Token: textField(credentials, "SessionToken"),
    Expiration: textField(processForm(credentials), "Expiration"),
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
function metadataForm(credentials: JsonObject, now: number): JsonObject {
  return new Map<string, Json>([
    ["Code", "Success"],
    ["LastUpdated", new Date(now).toISOString()],
    ["Type", "AWS-HMAC"],
    ...containerForm(credentials),
  ]);
}
