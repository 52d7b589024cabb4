import { createHash, createHmac } from "node:crypto";
import { type Agent, request } from "node:http";
import type { Keys, RunningGateway } from "./gateway.ts";

/**
 * Requests no SDK makes: hand-signed here, apart from the product's own signer, and sent with the target as it is.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export interface RawRequest {
  readonly method?: string;
  /** Path as sent. */
  readonly path: string;
  /** Query as sent, without `?`; sorted and encoded by the caller. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent but left out of the signature. */
  readonly unsignedHeaders?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** `x-amz-content-sha256`; default: the body's digest. */
  readonly payload?: string;
  readonly keys?: Keys | undefined;
  readonly service?: string;
  readonly region?: string;
  readonly now?: Date;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
  /** Built from the signature of the head: aws-chunked bodies. */
  readonly chunked?: (signing: ChunkSigner) => Buffer;
}

export interface ChunkSigner {
  readonly seed: string;
  chunk(previous: string, data: Buffer): string;
  trailer(previous: string, lines: string): string;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** `<Code>` of an error document. */
  readonly code: string | undefined;
}

export const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: Buffer | string, data: string): Buffer => createHmac("sha256", key).update(data).digest();

function chunkSigner(key: Buffer, seed: string, amzDate: string, scope: string): ChunkSigner {
  const sign = (kind: string, previous: string, ...rest: string[]): string =>
    hmac(key, [kind, amzDate, scope, previous, ...rest].join("\n")).toString("hex");
  return {
    seed,
    chunk: (previous, data) => sign("AWS4-HMAC-SHA256-PAYLOAD", previous, sha256(""), sha256(data)),
    trailer: (previous, lines) => sign("AWS4-HMAC-SHA256-TRAILER", previous, sha256(lines)),
  };
}

function signed(
  gateway: RunningGateway,
  raw: RawRequest,
  keys: Keys,
): { headers: Record<string, string>; signer: ChunkSigner } {
  const amzDate = (raw.now ?? new Date()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const payload = raw.payload ?? sha256(raw.body ?? "");
  const headers: Record<string, string> = {
    host: `127.0.0.1:${gateway.port}`,
    "x-amz-content-sha256": payload,
    "x-amz-date": amzDate,
    ...(keys.sessionToken === undefined ? {} : { "x-amz-security-token": keys.sessionToken }),
    ...raw.headers,
  };
  const names = Object.keys(headers).toSorted();
  const canonical = [
    raw.method ?? "GET",
    raw.path,
    raw.query ?? "",
    ...names.map((name) => `${name}:${headers[name]?.trim() ?? ""}`),
    "",
    names.join(";"),
    payload,
  ].join("\n");
  const scope = [amzDate.slice(0, 8), raw.region ?? "us-east-1", raw.service ?? "s3", "aws4_request"];
  const key = scope.reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${keys.secretAccessKey}`,
  ) as Buffer;
  const signature = hmac(key, ["AWS4-HMAC-SHA256", amzDate, scope.join("/"), sha256(canonical)].join("\n")).toString(
    "hex",
  );
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope.join("/")}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { headers, signer: chunkSigner(key, signature, amzDate, scope.join("/")) };
}

/** Sends it and reads the whole reply; a connection cut after the reply is not an error. */
export function send(gateway: RunningGateway, raw: RawRequest): Promise<RawReply> {
  const made = raw.keys === undefined ? undefined : signed(gateway, raw, raw.keys);
  const body = (made !== undefined ? raw.chunked?.(made.signer) : undefined) ?? raw.body ?? Buffer.alloc(0);
  const headers = { ...(made?.headers ?? raw.headers), ...raw.unsignedHeaders, "content-length": String(body.length) };
  const target = raw.query === undefined || raw.query === "" ? raw.path : `${raw.path}?${raw.query}`;
  return new Promise((done, failed) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port: gateway.port,
        method: raw.method ?? "GET",
        path: target,
        headers,
        agent: raw.agent ?? false,
      },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on("data", (chunk: Buffer) => chunks.push(chunk));
        reply.on("error", failed);
        reply.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          done({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            body: text,
            code: /<Code>(.*?)<\/Code>/.exec(text)?.[1],
          });
        });
      },
    );
    sent.on("error", failed);
    sent.end(body);
  });
}

/** A presigned target for `path`: the query to send. */
export function presigned(
  gateway: RunningGateway,
  keys: Keys,
  options: {
    readonly method?: string;
    readonly path: string;
    readonly expires?: number;
    readonly now?: Date;
    readonly query?: Readonly<Record<string, string>>;
  },
): string {
  const amzDate = (options.now ?? new Date()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = [amzDate.slice(0, 8), "us-east-1", "s3", "aws4_request"];
  const query: Record<string, string> = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${keys.accessKeyId}/${scope.join("/")}`,
    "X-Amz-Date": amzDate,
    "X-Amz-Expires": String(options.expires ?? 300),
    "X-Amz-SignedHeaders": "host",
    ...(keys.sessionToken === undefined ? {} : { "X-Amz-Security-Token": keys.sessionToken }),
    ...options.query,
  };
  const text = Object.keys(query)
    .toSorted()
    .map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(query[name] ?? "")}`)
    .join("&");
  const canonical = [
    options.method ?? "GET",
    options.path,
    text,
    `host:127.0.0.1:${gateway.port}`,
    "",
    "host",
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const key = scope.reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  const signature = hmac(
    key as Buffer,
    ["AWS4-HMAC-SHA256", amzDate, scope.join("/"), sha256(canonical)].join("\n"),
  ).toString("hex");
  return `${text}&X-Amz-Signature=${signature}`;
}

/**
 * The query of a URL with Signature Version 2 for `path`; `signed` are sub-resources and overrides, sorted, their values as they
 * are meant. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
export function presignedV2(
  keys: Keys,
  options: {
    readonly method?: string;
    readonly path: string;
    readonly signed?: Readonly<Record<string, string>>;
    readonly expires?: number;
    readonly hostBucket?: string;
  },
): string {
  const { method = "GET", path, signed = {}, expires = 300, hostBucket } = options;
  const end = String(Math.trunc(Date.now() / 1000) + expires);
  const token = keys.sessionToken;
  const amz = token === undefined ? "" : `x-amz-security-token:${token}\n`;
  const resource = Object.entries(signed).map(([name, value]) => `${name}=${value}`);
  const whole = `${hostBucket === undefined ? "" : `/${hostBucket}`}${path}${resource.length === 0 ? "" : "?"}${resource.join("&")}`;
  const signature = createHmac("sha1", keys.secretAccessKey)
    .update(`${method}\n\n\n${end}\n${amz}${whole}`)
    .digest("base64");
  return Object.entries({
    ...signed,
    AWSAccessKeyId: keys.accessKeyId,
    Expires: end,
    ...(token === undefined ? {} : { "x-amz-security-token": token }),
    Signature: signature,
  })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}

/** An aws-chunked body of one data chunk, signed or not, with the trailer lines given. */
export function chunkedBody(
  data: Buffer,
  options: { readonly signer?: ChunkSigner; readonly trailer?: readonly string[]; readonly signTrailer?: boolean },
): Buffer {
  const { signer, trailer = [] } = options;
  const first = signer?.chunk(signer.seed, data) ?? "";
  const last = signer?.chunk(first, Buffer.alloc(0)) ?? "";
  const extension = (signature: string): string => (signer === undefined ? "" : `;chunk-signature=${signature}`);
  const lines = trailer.map((line) => `${line}\n`).join("");
  const trailerSignature =
    signer !== undefined && options.signTrailer === true
      ? [`x-amz-trailer-signature:${signer.trailer(last, lines)}`]
      : [];
  return Buffer.concat([
    Buffer.from(`${data.length.toString(16)}${extension(first)}\r\n`),
    data,
    Buffer.from(
      `\r\n0${extension(last)}\r\n${[...trailer, ...trailerSignature].map((line) => `${line}\r\n`).join("")}\r\n`,
    ),
  ]);
}
