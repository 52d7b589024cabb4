import { HttpRequest } from "@smithy/core/protocols";
import { ServiceHandler } from "./http-handler.ts";
import type { Network } from "./network.ts";
import { responseBytes } from "./response-body.ts";

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
  /** Services that speak REST name an error in a header. */
  readonly errorType: string | undefined;
}

/** `fetch` will not do: it refuses the ports that browsers refuse, such as 6000, and a gateway may listen on one of them. */
export async function post(
  network: Network,
  { protocol, hostname, port, pathname }: URL,
  headers: readonly (readonly [name: string, value: string])[],
  body: string,
): Promise<PostAnswer> {
  const handler = new ServiceHandler(network);
  try {
    const { response } = await handler.handle(
      new HttpRequest({
        method: "POST",
        protocol,
        hostname,
        ...(port === "" ? {} : { port: Number(port) }),
        path: pathname,
        headers: Object.fromEntries(headers),
        body,
      }),
    );
    const type = response.headers["x-amzn-errortype"];
    return {
      status: response.statusCode,
      text: (await responseBytes(response.body)).toString("utf8"),
      errorType: type?.replace(/:.*/s, ""),
    };
  } finally {
    handler.destroy();
  }
}
