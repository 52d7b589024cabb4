import type { ClientRequest, IncomingMessage } from "node:http";

/**
 * Ends a request when its connection cannot be made, or nothing moves on it, for so many milliseconds; 0: never. It may take as
 * long as it likes while bytes go to or fro, and while it is this side that does not read.
 */
export function limitIdleTime(request: ClientRequest, host: string, idle: number): void {
  if (idle === 0) return;
  const error = (): Error =>
    Object.assign(new Error(`${host} did not answer for ${idle / 1000} seconds`), { name: "TimeoutError" });
  let response: IncomingMessage | undefined;
  request.once("response", (answer: IncomingMessage) => (response = answer));
  // Until there is a connection Node.js measures nothing.
  const connecting = setTimeout(() => request.destroy(error()), idle);
  request.once("close", () => clearTimeout(connecting));
  request.once("socket", (socket) => {
    if (socket.connecting) socket.once("connect", () => clearTimeout(connecting));
    else clearTimeout(connecting);
  });
  request.setTimeout(idle);
  // Its callback would be called once.
  request.on("timeout", () => {
    const { socket } = request;
    if (response !== undefined && (socket?.isPaused() === true || response.readableLength > 0)) {
      socket?.setTimeout(idle);
      return;
    }
    response?.destroy(error());
    request.destroy(error());
  });
}
