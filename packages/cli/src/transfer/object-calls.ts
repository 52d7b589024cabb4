import type { S3Client } from "@aws-sdk/client-s3";
import { signRequest, uriEncode } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { CommandError } from "../command-line/failures.ts";
import { scopedSignal } from "./scoped-signal.ts";

/** Names in lower case. */
type Headers = Readonly<Record<string, string>>;

/** A GET, or with a body a PUT, of an object's content. */
export interface ObjectCall {
  readonly key: string;
  /** Those beside what every request has. */
  readonly headers: Headers;
  /** Only this part of the object. */
  readonly partNumber?: number;
  readonly body?: Uint8Array;
}

export interface ObjectAnswer {
  readonly headers: Headers;
  readonly body: Readable;
}

/** What the SDK's HTTP handler reads of a request. */
interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | undefined;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** How the first request of a call ended. */
type Attempt = { readonly response: SdkResponse } | { readonly error: unknown };

/** Where a bucket's requests go, and what their signatures name. */
interface Route {
  readonly request: SdkRequest;
  /** What is in front of the key. */
  readonly path: string;
  readonly region: string;
}

/** Bytes. The work for one call is not felt beside this; and the SDK asks before it sends a body of megabytes. */
const largeBody = 1024 * 1024;

/**
 * Uploads and downloads of a bucket's objects. For one call the SDK works several times as long as sending it takes, which
 * thousands of small objects feel. So the first request of a call is signed here and goes to the SDK's HTTP handler at once.
 * Everything else is the SDK's: one request, which it makes and does not send, shows where requests go and how they are
 * signed; and a first request that failed is given to it as if it had sent it, so that it tries again, follows a redirect,
 * corrects the clock, or finds out which error it is.
 */
export class ObjectCalls {
  readonly #s3: S3Client;
  readonly #bucket: string;
  #route: Promise<Route | undefined> | undefined;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async send(call: ObjectCall, signal: AbortSignal): Promise<ObjectAnswer> {
    signal.throwIfAborted();
    const attempt = await this.#attempt(call, signal);
    const { headers, body } = succeeded(attempt) ? attempt.response : await this.#sendBySdk(call, attempt, signal);
    if (!(body instanceof Readable)) throw new CommandError("the service's answer has no content");
    return { headers, body };
  }

  /** Undefined when the SDK should send the first request too. */
  async #attempt(call: ObjectCall, signal: AbortSignal): Promise<Attempt | undefined> {
    if (call.body !== undefined && call.body.length >= largeBody) return undefined;
    this.#route ??= routeOf(this.#s3, this.#bucket);
    const route = await this.#route.catch((error: unknown) => {
      this.#route = undefined;
      throw error;
    });
    if (route === undefined) return undefined;
    const request = await this.#signed(call, route);
    const recordSuccess = await this.#retries();
    try {
      const attempt = await this.#s3.config.requestHandler.handle(request, { abortSignal: signal });
      if (succeeded(attempt)) recordSuccess();
      return attempt;
    } catch (error) {
      signal.throwIfAborted();
      return { error };
    }
  }

  /** The SDK repeats less the more calls have failed, so it has to know of those that did not. It may also make them wait. */
  async #retries(): Promise<() => void> {
    const strategy = await this.#s3.config.retryStrategy();
    if (!("acquireInitialRetryToken" in strategy)) return () => {};
    const token = await strategy.acquireInitialRetryToken("");
    return () => strategy.recordSuccess(token);
  }

  async #signed({ key, headers, partNumber, body }: ObjectCall, route: Route): Promise<SdkRequest> {
    const { config } = this.#s3;
    const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
    const wire = {
      method: body === undefined ? "GET" : "PUT",
      path: route.path + uriEncode(Buffer.from(key), true),
      query: partNumber === undefined ? "" : `partNumber=${partNumber}`,
      headers: Object.entries({ host: route.request.headers["host"] ?? "", ...headers }),
    };
    const added = signRequest(
      wire,
      createHash("sha256")
        .update(body ?? "")
        .digest("hex"),
      { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      { region: route.region, service: "s3", time: Date.now() + config.systemClockOffset },
    );
    const { protocol, hostname, port, headers: usual } = route.request;
    return {
      protocol,
      hostname,
      port,
      method: wire.method,
      path: wire.query === "" ? wire.path : `${wire.path}?${wire.query}`,
      headers: Object.fromEntries([
        ...wire.headers,
        ...added,
        ["user-agent", usual["user-agent"] ?? ""],
        ...(body === undefined ? [] : [["content-length", String(body.length)]]),
      ]) as Record<string, string>,
      body,
    };
  }

  async #sendBySdk(call: ObjectCall, first: Attempt | undefined, signal: AbortSignal): Promise<SdkResponse> {
    const { GetObjectCommand, PutObjectCommand } = await import("@aws-sdk/client-s3");
    let next = first;
    let last: SdkResponse | undefined;
    const prepared = <Command extends { readonly middlewareStack: unknown }>(command: Command): Command => {
      const stack = command.middlewareStack as Stack;
      stack.add(
        (send) => (args) => {
          Object.assign(args.request.headers, call.headers);
          return send(args);
        },
        { step: "build", priority: "high", name: "ownHeaders" },
      );
      stack.add(
        (send) => async (args) => {
          const attempt = next ?? (await send(args));
          next = undefined;
          if ("error" in attempt) throw attempt.error;
          last = attempt.response;
          return attempt;
        },
        { step: "deserialize", priority: "low", name: "firstAttempt" },
      );
      return command;
    };
    const object = { Bucket: this.#bucket, Key: call.key };
    const scoped = scopedSignal(signal);
    const options = { abortSignal: scoped.signal };
    try {
      if (call.body === undefined)
        await this.#s3.send(prepared(new GetObjectCommand({ ...object, PartNumber: call.partNumber })), options);
      else await this.#s3.send(prepared(new PutObjectCommand({ ...object, Body: call.body })), options);
      if (last === undefined) throw new CommandError("the service gave no answer");
    } catch (error) {
      scoped.release();
      throw error;
    }
    const { body } = last;
    if (body instanceof Readable && !body.closed) body.once("close", scoped.release);
    else scoped.release();
    return last;
  }
}

/** The part of a command's middleware stack that is used here. */
interface Stack {
  add(
    middleware: (
      next: (args: { readonly request: SdkRequest }) => Promise<Attempt>,
    ) => (args: { readonly request: SdkRequest }) => Promise<Attempt>,
    options: { readonly step: "build" | "deserialize"; readonly priority: "high" | "low"; readonly name: string },
  ): void;
}

function succeeded(attempt: Attempt | undefined): attempt is { readonly response: SdkResponse } {
  return attempt !== undefined && "response" in attempt && /^20[06]$/.test(String(attempt.response.statusCode));
}

/** Undefined where a signature is of a kind that only the SDK makes, as for directory buckets. */
async function routeOf(s3: S3Client, bucket: string): Promise<Route | undefined> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const key = "k";
  const command = new GetObjectCommand({ Bucket: bucket, Key: key });
  let request: SdkRequest | undefined;
  (command.middlewareStack as unknown as Stack).add(
    () => async (args) => {
      request = args.request;
      throw new Error("it is not sent");
    },
    { step: "deserialize", priority: "low", name: "keepRequest" },
  );
  try {
    await s3.send(command);
  } catch (error) {
    if (request === undefined) throw error;
  }
  const signed = /^AWS4-HMAC-SHA256 Credential=.*\/\d{8}\/([^/]+)\/s3\/aws4_request, /.exec(
    request?.headers["authorization"] ?? "",
  );
  if (request === undefined || signed?.[1] === undefined || !request.path.endsWith(`/${key}`)) return undefined;
  return { request, path: request.path.slice(0, -key.length), region: signed[1] };
}
