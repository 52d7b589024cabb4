import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { responseBytes } from "./response-body.ts";

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
  /** Services that speak REST name an error in a header. */
  readonly errorType: string | undefined;
}

/** `fetch` will not do: it refuses the ports that browsers refuse, such as 6000, and a gateway may listen on one of them. */
export async function post(
  url: URL,
  headers: readonly (readonly [name: string, value: string])[],
  body: string,
): Promise<PostAnswer> {
  const request = url.protocol === "https:" ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers: Object.fromEntries(headers) }, (response) => {
      responseBytes(response).then((bytes) => resolve(answerOf(response, bytes)), reject);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer): PostAnswer {
  const type = headers["x-amzn-errortype"];
  const errorType = typeof type === "string" ? type.replace(/:.*/s, "") : undefined;
  return { status: statusCode, text: bytes.toString("utf8"), errorType };
}
