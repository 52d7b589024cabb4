// One request, signed or not, and its whole answer.
import { createHash } from "node:crypto";
import { request } from "node:http";
import { signRequest } from "@s3-credentials/protocol";

const giveUpMs = 20_000;

/** The headers of a request, signed when there are keys. */
export function signedHead(
  target,
  { method = "GET", path, query = "", headers = [], body = "", keys, service = "s3" },
) {
  const own = [["host", `127.0.0.1:${target.port}`], ...headers];
  const sha256 = createHash("sha256").update(body).digest("hex");
  const place = { region: "us-east-1", service, time: Date.now() };
  const added = keys === undefined ? [] : signRequest({ method, path, query, headers: own }, sha256, keys, place);
  return [...own, ...added];
}

export function send(target, wanted) {
  const { method = "GET", path, query = "", body = "", agent } = wanted;
  const all = signedHead(target, wanted);
  if (method !== "GET") all.push(["content-length", String(Buffer.byteLength(body))]);
  return new Promise((resolve) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port: target.port,
        method,
        path: query === "" ? path : `${path}?${query}`,
        headers: all.flat(),
        agent: agent ?? false,
        timeout: giveUpMs,
      },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", () => resolve({ status: "broken", text: "" }));
        response.on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }));
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", (error) => resolve({ status: error.code ?? error.message, text: "" }));
    sent.end(body);
  });
}
