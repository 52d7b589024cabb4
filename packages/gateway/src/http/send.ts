import type { ServerResponse } from "node:http";

/** An HTTP response, whole or to be streamed. */
export interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | { readonly chunks: AsyncIterable<Buffer> } | undefined;
}

function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}

/** The head goes out with the first chunk, so that a source that cannot even begin still gets an error of its own. */
async function sendChunks(
  response: ServerResponse,
  { status, headers }: Rendered,
  chunks: AsyncIterable<Buffer>,
): Promise<void> {
  let started = false;
  for await (const chunk of chunks) {
    if (!started) response.writeHead(status, headers);
    started = true;
    if (response.destroyed) return; // the client left: leaving the loop closes what is read
    if (!response.write(chunk)) await writable(response);
  }
  if (!started) response.writeHead(status, headers).flushHeaders();
}

/**
 * Writes head and body, and leaves ending to the caller. Once the head is out a fault can only be told by breaking the
 * connection: a clean end would make half an object look whole.
 */
export async function send(response: ServerResponse, rendered: Rendered): Promise<void> {
  const { status, headers, body } = rendered;
  if (body === undefined) response.writeHead(status, headers).flushHeaders();
  else if (Buffer.isBuffer(body)) response.writeHead(status, headers).write(body);
  else await sendChunks(response, rendered, body.chunks);
}
