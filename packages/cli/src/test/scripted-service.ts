import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

export interface Call {
  /** `HEAD /bucket`, or the action of IAM and STS: `CreateUser`. */
  readonly name: string;
  readonly form: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ScriptedService {
  /** Options that point a command at it. */
  readonly options: readonly string[];
  readonly calls: readonly Call[];
  /** Names of the calls that change something. */
  changes(): readonly string[];
  stop(): Promise<void>;
}

/** A service that answers from a script: only for what a real one cannot be made to do, such as failing in the middle. */
export async function scriptedService(
  script: (call: Call, earlier: readonly Call[]) => Reply,
): Promise<ScriptedService> {
  const calls: Call[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await readCall(request);
    const reply = script(call, [...calls]);
    calls.push(call);
    // What stores something answers with its ETag, and what gives an object with the object's.
    const isObject = request.method === "GET" && /^\/[^/?]+\/[^?]/.test(request.url ?? "");
    const stored = isObject || (request.method === "PUT" && reply.body === undefined) ? { etag: '"e"' } : {};
    response.writeHead(reply.status ?? 200, { "content-type": "text/xml", ...stored, ...reply.headers });
    response.end(request.method === "HEAD" ? undefined : (reply.body ?? ""));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    options: [
      "--access-key",
      "AKIAEXAMPLE",
      "--secret-key",
      "topsecretkey",
      "--region",
      "us-east-1",
      "--endpoint-url",
      `http://127.0.0.1:${port}`,
    ],
    calls,
    changes: () => calls.map(({ name }) => name).filter((name) => !/^(GET|HEAD|Get|List)/.test(name)),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const body = (await buffer(request)).toString("utf8");
  const form = new URLSearchParams(body);
  const path = (request.url ?? "").replace(/[?&]x-id=\w+/, "").replace(/=(?=&|$)/g, "");
  return {
    headers: request.headers,
    name: form.get("Action") ?? `${request.method ?? ""} ${path.replace(/\/(?=\?|$)/, "")}`,
    form,
    body,
  };
}

/** The error body of IAM and STS. */
export function queryError(code: string, message: string, status = 400): Reply {
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  };
}

/** The error body of S3. */
export function s3Error(code: string, message: string, status: number): Reply {
  return { status, body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` };
}

/** An answer of IAM or STS; `result` is the inside of its result element. */
export function queryReply(action: string, result: string): Reply {
  return { body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>` };
}
