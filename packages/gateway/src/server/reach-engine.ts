import { signRequest } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isAddress } from "../data-planes/upstream/engine-connections.ts";
import { refusesKeys } from "../data-planes/upstream/engine-errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { UpstreamSettings } from "./config.ts";
import type { Check } from "./readiness.ts";
import { probeBucket } from "./open-upstreams.ts";
import { UpstreamFiles } from "./upstream-files.ts";

const emptySha256 = createHash("sha256").digest("hex");
/** Of an error document; the code stands at its beginning. */
const maxBytes = 16 * 1024;

/**
 * Whether an engine answers, and knows the gateway's keys. It is asked for an object that is not there, in a bucket that is not there if none
 * is given for trials. The request is none of those that the gateway makes for its callers, which have their own client and are counted.
 */
export function reachEngine(upstream: UpstreamSettings, clock: Pick<Clock, "now">): Check["run"] {
  const files = new UpstreamFiles(upstream);
  const bucket = upstream.probe ?? probeBucket(upstream);
  let wasFoundMissing = false;
  return async (signal) => {
    await files.look(() => {}); // whoever looks at them for requests says what is wrong with them
    const answer = await ask(upstream, bucket, files, clock.now(), signal);
    const { statusCode = 0 } = answer;
    const text = await beginningOf(answer);
    if (statusCode >= 500) throw new Error(`it answers ${statusCode}`);
    if (statusCode === 404) wasFoundMissing = true;
    const [, code = ""] = /<Code>(\w{1,64})<\/Code>/.exec(text) ?? [];
    // Narrow keys are denied this at some engines, and Ceph with STS says the same of keys that it does not know.
    if (refusesKeys(code) || (code === "AccessDenied" && wasFoundMissing))
      throw new Error(`it refuses the keys of ${upstream.credentials}: ${statusCode} ${code}`);
  };
}

function ask(
  { url, region, style }: UpstreamSettings,
  bucket: string,
  { keys, ca }: UpstreamFiles,
  time: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const origin = new URL(url);
  const path = `${style === "path" ? `/${bucket}` : ""}/probe-readiness`;
  const host = style === "path" ? origin.host : `${bucket}.${origin.host}`;
  const headers: readonly (readonly [string, string])[] = [["host", host]];
  const signed = signRequest({ method: "GET", path, query: "", headers }, emptySha256, keys, {
    region,
    service: "s3",
    time,
  });
  const send = origin.protocol === "https:" ? requestHttps : requestHttp;
  // The certificate is for the engine's own name, whatever bucket is before it. An address is not a name.
  const servername = isAddress(origin) ? "" : origin.hostname;
  return new Promise((resolve, reject) => {
    const options = { path, headers: Object.fromEntries([...headers, ...signed]), signal, agent: false, servername };
    const asked = send(origin, { ...options, ...(ca === undefined ? {} : { ca }) });
    asked.on("error", reject);
    asked.on("response", resolve);
    asked.end();
  });
}

async function beginningOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > maxBytes) break; // leaving the loop ends the connection
  }
  return text;
}
