import type { Socket } from "node:net";
import { s3Errors, type S3ErrorCode } from "@s3-credentials/protocol";

interface FixedAnswer {
  readonly status: string;
  readonly code: S3ErrorCode;
  /** Default: the table's. */
  readonly message?: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList; no id goes with them, because there is no request. */
const answers = {
  malformed: {
    status: "400 Bad Request",
    code: "BadRequest",
    message: "An error occurred when parsing the HTTP request.",
  },
  "too-large": { status: "400 Bad Request", code: "RequestHeaderSectionTooLarge" },
  "too-slow": { status: "408 Request Timeout", code: "RequestTimeout" },
  busy: { status: "503 Service Unavailable", code: "SlowDown" },
} as const satisfies Readonly<Record<string, FixedAnswer>>;

export type ConnectionRefusal = keyof typeof answers;

/** An answer to HEAD has no body, so a client whose method is unknown gets none. What is no HTTP has no method at all. */
function textOf(refusal: ConnectionRefusal, method: string | undefined): string {
  const { status, code, message = s3Errors[code].message }: FixedAnswer = answers[refusal];
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const retry = refusal === "busy" ? "Retry-After: 1\r\n" : "";
  const head = `HTTP/1.1 ${status}\r\n${retry}Connection: close\r\nContent-Type: application/xml`;
  const hasBody = refusal === "malformed" ? method !== "HEAD" : method !== undefined && method !== "HEAD";
  return hasBody
    ? `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    : `${head}\r\nContent-Length: 0\r\n\r\n`;
}

/**
 * How long the gateway still reads from a refused client that is sending, so that the client reads the answer before the connection is
 * reset.
 */
const lingerMs = 1000;
/** How many connections beyond the limit may linger so; each of them needs a descriptor. */
const maxLingering = 32;

/** Fixed answers to connections that have no request which could be answered; each destroys its socket. */
export class ConnectionRefusals {
  readonly #closing = new Set<Socket>();
  #busy = 0;

  /** Connections for which there was no place. */
  get busy(): number {
    return this.#busy;
  }

  has(socket: Socket): boolean {
    return this.#closing.has(socket);
  }

  /** `method`: of the request, where it is known. */
  refuse(socket: Socket, refusal: ConnectionRefusal, method?: string): void {
    if (this.#closing.has(socket)) return;
    const lingers = refusal !== "too-slow" && this.#closing.size < maxLingering; // a client that is too slow has sent nothing that is still to be read
    this.#closing.add(socket);
    if (refusal === "busy") this.#busy += 1;
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => {
      clearTimeout(timer);
      this.#closing.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    socket.end(textOf(refusal, method), () => {
      if (!lingers) socket.destroy();
    });
    socket.resume();
  }
}
