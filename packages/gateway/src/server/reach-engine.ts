import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { UpstreamSettings } from "./config.ts";
import type { Check } from "./readiness.ts";
import { readCa } from "./upstream-files.ts";

/**
 * Whether an engine answers. The request has no signature, so it needs no right and is no use of the keys; that it is refused is an answer.
 * It is none of those that the gateway makes for its callers, which have their own client and are counted. The file of certificates is read
 * each time, because it may be another one by then.
 */
export function reachEngine(upstream: UpstreamSettings): Check["run"] {
  const { url } = upstream;
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  return (signal) =>
    new Promise((resolve, reject) => {
      const ca = readCa(upstream);
      const asked = send(url, { method: "HEAD", signal, agent: false, ...(ca === undefined ? {} : { ca }) });
      asked.on("error", reject);
      asked.on("response", (answer) => {
        answer.resume();
        const { statusCode = 0 } = answer;
        if (statusCode >= 500) reject(new Error(`it answers ${statusCode}`));
        else resolve(statusCode);
      });
      asked.end();
    });
}
