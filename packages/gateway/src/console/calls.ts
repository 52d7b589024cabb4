import { createHash } from "node:crypto";
import { signRequest, type SigningKeys } from "@s3-credentials/protocol";
import type { IncomingBody, Service } from "../authn/request.ts";
import { clientNetwork } from "../http/cidr.ts";
import { type ListenerParts, lineOf } from "../http/listener.ts";
import { type Parsed, parseRequest } from "../http/parse-request.ts";
import { type Answer, nothingKnown } from "../pipeline/answer.ts";
import type { ConsoleKeys } from "../ports/console-session-store.ts";
import type { Ports } from "../ports/ports.ts";
import type { Recorder } from "../record/recorder.ts";
import type { ConsoleRequest } from "./console-request.ts";

export interface CallParts extends ListenerParts {
  readonly ports: Ports;
  readonly record: Pick<Recorder, "addSignIn">;
  /** Of S3, for what an answer says about where an object is. */
  readonly s3Origin: string;
}

/** A request to a service, which the console makes for a browser. */
export interface ConsoleCall {
  readonly service: Service;
  readonly method: string;
  /** Path and query, as they are signed. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: IncomingBody;
  /** SHA-256 of the body, or how S3 names one that is not signed. */
  readonly payloadHash: string;
  /** Of IAM and STS. */
  readonly action?: string;
}

/** A host that no virtual bucket has: what is called here names its bucket in the path. */
const host = "127.0.0.1";

/** The secret of a session's keys; undefined when they have expired, or when their user or key was deleted. */
export async function secretOf(ports: Ports, keys: ConsoleKeys): Promise<SigningKeys | undefined> {
  const credential = await ports.principals.credential(keys.accessKeyId, keys.sessionToken);
  if (credential.kind !== "found") return undefined;
  const { accessKeyId, sessionToken } = keys;
  return {
    accessKeyId,
    secretAccessKey: credential.secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

/**
 * The call, signed with the session's keys and parsed like every other request. Its client is the browser, whose address is known from the
 * console's own socket.
 */
export function signCall(parts: CallParts, request: ConsoleRequest, keys: SigningKeys, call: ConsoleCall): Parsed {
  return parseCall(parts, request, call, keys);
}

/** A call of an operation that needs no keys. */
export function unsignedCall(parts: CallParts, request: ConsoleRequest, call: ConsoleCall): Parsed {
  return parseCall(parts, request, call, undefined);
}

function parseCall(
  parts: CallParts,
  request: ConsoleRequest,
  call: ConsoleCall,
  keys: SigningKeys | undefined,
): Parsed {
  const { service, method, target, body, payloadHash } = call;
  const agent = request.headers["user-agent"];
  const headers: (readonly [string, string])[] = [
    ["host", host],
    ...(agent === undefined ? [] : [["user-agent", agent] as const]),
    ...call.headers,
  ];
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? "" : target.slice(mark + 1);
  const place = { region: parts.ports.region, service, time: parts.clock.now() };
  const signature = keys === undefined ? [] : signRequest({ method, path, query, headers }, payloadHash, keys, place);
  const signed = [...headers, ...signature];
  const parsed = parseRequest(parts, {
    request: { method, url: target, rawHeaders: signed.flat(), headers: Object.fromEntries(signed) },
    body,
    peer: { address: request.client.sourceIp, tlsVersion: request.client.tlsVersion },
    client: request.client,
    requestId: request.requestId,
    signal: request.exchange.signal,
  });
  return "request" in parsed ? { ...parsed, request: { ...parsed.request, origin: parts.s3Origin } } : parsed;
}

/** Bytes that are there already. */
export function bodyOf(bytes: Buffer): Pick<ConsoleCall, "body" | "payloadHash"> {
  async function* once(): AsyncGenerator<Buffer> {
    yield bytes;
  }
  return {
    body: { length: bytes.length, bytes: once },
    payloadHash: createHash("sha256").update(bytes).digest("hex"),
  };
}

/** A form of IAM or STS. */
export function formCall(service: Service, form: Buffer): ConsoleCall {
  return {
    service,
    method: "POST",
    target: "/",
    headers: [["content-type", "application/x-www-form-urlencoded; charset=utf-8"]],
    ...bodyOf(form),
  };
}

/** The outcome of a call that the console makes itself. It goes through the gate, and has a line in the log. */
export async function answerOfCall(parts: CallParts, request: ConsoleRequest, parsed: Parsed): Promise<Answer> {
  const unknown = nothingKnown();
  let answer: Answer | undefined = "refusal" in parsed ? { ...unknown, outcome: parsed.refusal } : undefined;
  if ("request" in parsed)
    await parts.gate.serve(parsed.request, parsed.route, async (given) => {
      answer = given;
    });
  if (answer === undefined) throw new Error("the gate did not answer");
  const status = answer.outcome.kind === "refusal" ? 403 : 200;
  parts.log.request(lineOf(parts, request.exchange, parsed, answer, { status, broken: undefined, bytes: 0 }));
  return answer;
}

/** Who counts as one client, for limits. */
export function networkOf({ client }: ConsoleRequest): string {
  return clientNetwork(client.sourceIp);
}
