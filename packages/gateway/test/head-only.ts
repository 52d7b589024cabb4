import { connect, type Socket } from "node:net";
import { signRequest } from "@s3-credentials/protocol";
import { type Call, sha256 } from "./pipeline-gateway.ts";

export interface HeadOnly extends Omit<Call, "body"> {
  /** What the head declares and its signature covers. */
  readonly body: string | Buffer;
  /** Sends `Expect: 100-continue`, and the body when it is asked for; without it the body is never sent. */
  readonly expects?: boolean;
  /** Awaited when the body is asked for, before it is sent. */
  readonly beforeBody?: () => Promise<void>;
}

export interface Knocked {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: string;
  /** The server asked for the body. */
  readonly continued: boolean;
}

function answerIn(text: string): Knocked | undefined {
  const continued = text.startsWith("HTTP/1.1 100 ");
  const answer = continued ? text.slice(text.indexOf("\r\n\r\n") + 4) : text;
  const end = answer.indexOf("\r\n\r\n");
  const length = /^content-length: (\d+)\r$/im.exec(answer.slice(0, end + 2))?.[1];
  const body = answer.slice(end + 4);
  if (end === -1 || Buffer.byteLength(body) < Number(length ?? 0)) return undefined;
  return {
    status: Number(answer.slice(9, 12)),
    code: /<Code>(\w+)<\/Code>/.exec(body)?.[1],
    body,
    continued,
  };
}

function headOf(port: number, asked: HeadOnly): string {
  const {
    method = "POST",
    target,
    headers = {},
    unsigned = {},
    body,
    keys,
    service = "s3",
    region = "us-east-1",
  } = asked;
  const [path = "", query = ""] = target.split("?");
  const own: [string, string][] = [["host", `127.0.0.1:${port}`], ...Object.entries(headers)];
  const place = { region, service, time: asked.time ?? Date.now() };
  const signed =
    keys === undefined
      ? []
      : signRequest({ method, path, query, headers: own }, asked.payload ?? sha256(body), keys, place);
  const length = ["content-length", String(Buffer.byteLength(body))] as const;
  const expect = asked.expects === true ? [["expect", "100-continue"] as const] : [];
  const lines = [...own, ...signed, ...Object.entries(unsigned), length, ...expect];
  return [`${method} ${target} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
}

/** Sends a request's head and waits for the answer: what is answered so was answered without the body. */
export function knock({ port }: { readonly port: number }, asked: HeadOnly): Promise<Knocked> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, "127.0.0.1");
    let text = "";
    let asksForBody = asked.expects === true;
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed before an answer came: ${text}`)));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (asksForBody && text.startsWith("HTTP/1.1 100 ")) {
        asksForBody = false;
        Promise.resolve(asked.beforeBody?.()).then(() => socket.write(asked.body), reject);
      }
      const answer = answerIn(text);
      if (answer === undefined) return;
      resolve(answer);
      socket.destroy();
    });
    socket.write(headOf(port, asked));
  });
}
