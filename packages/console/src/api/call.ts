import { isRecord, fieldsOf } from "@s3-credentials/policy";
import { noteAnswer } from "./activity.ts";
import { emptyTree, type TreeNode } from "./tree.ts";

/** A refusal or a fault, as the gateway reports it. */
export class CallError extends Error {
  readonly code: string;
  readonly status: number;
  readonly requestId: string;
  /** Seconds to wait before the next try; zero when the gateway named none. */
  readonly retryAfter: number;
  /** Thousands of characters for DecodeAuthorizationMessage, which nobody reads; empty without any. */
  readonly encoded: string;

  constructor(report: { code: string; message: string; status: number; requestId?: string; retryAfter?: number }) {
    const [words = "", encoded = ""] = report.message.split(/\.? Encoded authorization failure message: /);
    super(words);
    this.encoded = encoded;
    this.name = "CallError";
    this.code = report.code;
    this.status = report.status;
    this.requestId = report.requestId ?? "";
    this.retryAfter = report.retryAfter ?? 0;
  }
}

export interface CallAnswer {
  readonly tree: TreeNode;
  readonly headers: Headers;
}

let csrfToken = "";

/** The token that every call sends beside the cookie: another page can send the cookie, it cannot read the token. */
export function useCsrfToken(token: string): void {
  csrfToken = token;
}

export function csrfHeader(): Readonly<Record<string, string>> {
  return { "x-csrf": csrfToken };
}

/** Where the browser goes when there is no session, and comes back from. */
function goToSignIn(): void {
  const here = `${location.pathname}${location.search}`;
  location.assign(here === "/" ? "/signin" : `/signin?next=${encodeURIComponent(here)}`);
}

/**
 * What makes the page's session work again: after its end the person signs in again, and after a change in another window the page reads who
 * acts now. Resolves when the same person acts in the same role as before, so that the call may be made once more.
 */
export type RenewSession = (why: "ended" | "changed") => Promise<void>;

let renewSession: RenewSession | undefined;

export function setSessionRenewal(renew: RenewSession | undefined): void {
  renewSession = renew;
}

/** True when the call that failed may be made once more. */
export async function renewedAfter({ code }: CallError): Promise<boolean> {
  if (code !== "NotSignedIn" && code !== "InvalidCsrfToken") return false;
  if (renewSession === undefined) {
    if (code === "NotSignedIn") goToSignIn();
    return false;
  }
  await renewSession(code === "NotSignedIn" ? "ended" : "changed");
  return true;
}

/** `fetch` with words for what can go wrong on the way. Nothing is lost when the session has ended meanwhile. */
export async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await sendOnce(path, init);
  } catch (error) {
    if (!(error instanceof CallError) || !(await renewedAfter(error))) throw error;
    return sendOnce(path, init);
  }
}

/** Without asking anybody to sign in again. */
export async function sendOnce(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { ...csrfHeader(), ...init.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new CallError({
      code: "NoConnection",
      message: "The gateway did not answer. Check that it is running and that this computer can reach it.",
      status: 0,
    });
  }
  if (response.status !== 401) noteAnswer();
  if (response.ok) return response;
  throw await errorOf(response);
}

async function errorOf(response: Response): Promise<CallError> {
  const read = await readJson(response);
  const report = isRecord(read) ? { requestId: read["requestId"], ...fieldsOf(read["error"]) } : {};
  const words: Readonly<Record<string, unknown>> = report;
  const word = (name: string): string => (typeof words[name] === "string" ? words[name] : "");
  return new CallError({
    code: word("code") || `HTTP ${response.status}`,
    message: word("message") || statusWords(response.status),
    status: response.status,
    requestId: word("requestId"),
    retryAfter: Number(response.headers.get("retry-after") ?? 0),
  });
}

function statusWords(status: number): string {
  if (status === 403) return "The request was refused.";
  if (status === 404) return "There is nothing at this place.";
  return `The gateway answered with status ${status} and gave no reason.`;
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** A call of IAM or STS. The answer is the content of `<ActionResult>`. */
export async function callQuery(service: "iam" | "sts", action: string, parameters: Parameters): Promise<TreeNode> {
  const form = new URLSearchParams({ Action: action, Version: service === "iam" ? "2010-05-08" : "2011-06-15" });
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) form.set(name, String(value));
  const response = await send(`/aws/${service}`, { method: "POST", body: form });
  return treeOf(await readJson(response));
}

export interface S3Request {
  readonly method?: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: Parameters;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Blob;
  readonly signal?: AbortSignal;
}

/** The path and query of a call of S3. Each byte of a key that is not plain is escaped, dots that are a whole segment too. */
export function s3Path({ bucket, key, query = {} }: S3Request): string {
  const segments = [bucket, ...(key?.split("/") ?? [])].filter((one) => one !== undefined);
  const path = segments.map((one) => (/^\.{1,2}$/.test(one) ? one.replaceAll(".", "%2E") : encodeURIComponent(one)));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString().replaceAll("+", "%20");
  return `/aws/s3/${path.join("/")}${text === "" ? "" : `?${text}`}`;
}

export async function callS3(request: S3Request): Promise<CallAnswer> {
  const { method = "GET", headers, body, signal } = request;
  const response = await send(s3Path(request), {
    method,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { tree: treeOf(await readJson(response)), headers: response.headers };
}

/** The text of an S3 answer that is no XML: a bucket policy. */
export async function callS3Text(request: S3Request): Promise<string> {
  const { headers = {} } = request;
  const answer = await readJson(await send(s3Path(request), { method: "GET", headers }));
  return isRecord(answer) && typeof answer["text"] === "string" ? answer["text"] : "";
}

/** A refusal that means "there is none yet", such as `NoSuchBucketPolicy`, as undefined. */
export async function orNone<T>(call: Promise<T>, ...codes: readonly string[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CallError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

function treeOf(answer: unknown): TreeNode {
  if (isRecord(answer) && isTree(answer["result"])) return answer["result"];
  return emptyTree;
}

function isTree(value: unknown): value is TreeNode {
  return isRecord(value) && typeof value["name"] === "string" && Array.isArray(value["content"]);
}

const jsonTargets = {
  organizations: "AWSOrganizationsV20161128",
  cloudtrail: "CloudTrail_20131101",
  "s3-credentials": "S3Credentials",
  account: undefined, // its operations are named by the path
} as const;

export type Members = Readonly<Record<string, unknown>>;

/** A call of a service that speaks JSON. */
export async function callJson(service: keyof typeof jsonTargets, operation: string, input: Members): Promise<Members> {
  const target = jsonTargets[service];
  const path = target === undefined ? `/${operation.charAt(0).toLowerCase()}${operation.slice(1)}` : "";
  const named = target === undefined ? {} : { "x-amz-target": `${target}.${operation}` };
  const headers = { "content-type": "application/json", ...named };
  const response = await send(`/aws/${service}${path}`, { method: "POST", headers, body: JSON.stringify(input) });
  const answer = await readJson(response);
  return fieldsOf(fieldsOf(answer)["result"]);
}

/** Every page of a list of JSON members. */
export async function allJson(
  service: keyof typeof jsonTargets,
  operation: string,
  list: string,
  input: Members = {},
): Promise<readonly Members[]> {
  const items: Members[] = [];
  for (let token: unknown; ;) {
    const page = await callJson(service, operation, { ...input, ...(token === undefined ? {} : { NextToken: token }) });
    const found = page[list];
    if (Array.isArray(found)) items.push(...found.filter(isRecord));
    token = page["NextToken"];
    if (typeof token !== "string") return items;
  }
}

/** The text of a member; empty when there is none. */
export function memberText(members: Members, name: string): string {
  const value = members[name];
  return typeof value === "string" ? value : "";
}

/** A time that the services write as seconds, as text. */
export function memberTime(members: Members, name: string): string {
  const value = members[name];
  return typeof value === "number" ? new Date(value * 1000).toISOString() : "";
}
