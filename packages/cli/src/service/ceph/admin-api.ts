import { createHash } from "node:crypto";
import type { IAMClient } from "@aws-sdk/client-iam";
import { element, renderXml, signRequest, uriEncode } from "@s3-credentials/protocol";
import { isObject, type Json, parseJson, textField } from "../../formats/json.ts";
import { responseBytes } from "../response-body.ts";
import { keepingPolicies } from "./kept-policies.ts";
import { type Ask, changesUser, Refusal, userCalls } from "./users.ts";

/** What is used here of the SDK's HTTP requests and answers. */
interface HttpRequest {
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly body?: unknown;
}
interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
type Handle = (request: object, options?: object) => Promise<{ readonly response: HttpResponse }>;

const noBody = createHash("sha256").digest("hex");

/**
 * A Ceph whose IAM does not know an operation (405) or its user (404) is asked by its admin API, where that has the same; the
 * answer is given the form of IAM's, so that nothing above this handler knows the difference. What neither has is NotImplemented.
 * https://docs.ceph.com/en/pacific/radosgw/adminops/
 */
export function askAdminApi(client: IAMClient): void {
  const handler = client.config.requestHandler as unknown as { handle: Handle };
  const send = handler.handle.bind(handler);
  handler.handle = async (request, options) => {
    const answer = await send(request, options);
    const { statusCode } = answer.response;
    if (statusCode !== 405 && statusCode !== 404) return answer;
    const form = new URLSearchParams(String((request as HttpRequest).body));
    const action = form.get("Action") ?? "";
    const call = userCalls.get(action);
    if (statusCode === 404 && call === undefined) return answer;
    // A body nobody reads keeps its connection, and with it the process.
    await responseBytes(answer.response.body);
    try {
      if (call === undefined) throw new Refusal("NotImplemented", `Ceph has no ${action}`);
      const ask: Ask = (method, query) => askOnce(client, send, request, options, method, query);
      const result = changesUser.has(action)
        ? await keepingPolicies(client, form.get("UserName") ?? "", () => call(form, ask))
        : await call(form, ask);
      return xmlAnswer(200, `${action}Response`, [element(`${action}Result`, result)]);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, message, status } = error;
      return xmlAnswer(status, "ErrorResponse", [
        element("Error", [element("Code", code), element("Message", message)]),
      ]);
    }
  };
}

/** One call about a user, with the client's own credentials, to where the IAM request would have gone. */
async function askOnce(
  client: IAMClient,
  send: Handle,
  request: object,
  options: object | undefined,
  method: string,
  query: Readonly<Record<string, string>>,
): Promise<Json> {
  const { hostname, port, path: base } = request as HttpRequest;
  const path = `${base.replace(/\/$/, "")}/admin/user`;
  const [keys, region] = await Promise.all([client.config.credentials(), client.config.region()]);
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  const wire = { method, path, query: queryText(query), headers: [["host", host]] } as const;
  const place = { region, service: "s3", time: Date.now() };
  const headers = Object.fromEntries([...wire.headers, ...signRequest(wire, noBody, keys, place)]);
  const { response } = await send({ ...request, method, path, query, headers, body: undefined }, options);
  const text = (await responseBytes(response.body)).toString("utf8");
  const body = jsonOf(text);
  if (response.statusCode < 300) return body ?? new Map();
  const code = isObject(body) ? textField(body, "Code") : "";
  throw refusalOf(code === "" ? "Unknown" : code, response.statusCode);
}

/** As the SDK's handler writes it. */
function queryText(query: Readonly<Record<string, string>>): string {
  const encode = (text: string): string => uriEncode(Buffer.from(text), false);
  return Object.keys(query)
    .sort()
    .map((name) => `${encode(name)}=${encode(query[name] ?? "")}`)
    .join("&");
}

function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Ceph's codes by IAM's, where IAM has one for it. */
function refusalOf(code: string, status: number): Refusal {
  switch (code) {
    case "NoSuchUser":
      return new Refusal("NoSuchEntity", "There is no such user", status);
    case "UserAlreadyExists":
    case "KeyExists":
      return new Refusal("EntityAlreadyExists", "It is there already", status);
    case "AccessDenied":
      return new Refusal(
        code,
        "Ceph's admin API wants the capability users=*, and policies of users the capability user-policy=* (radosgw-admin caps add)",
        status,
      );
    default:
      return new Refusal(code, "Ceph's admin API gave no reason", status);
  }
}

function xmlAnswer(statusCode: number, root: string, content: Parameters<typeof element>[1]) {
  const body = Buffer.from(renderXml(element(root, content)));
  return { response: { statusCode, headers: { "content-type": "text/xml" }, body } };
}
