import { isRecord } from "@s3-credentials/policy";
import { noteAnswer } from "./activity.ts";
import { callS3, CallError, csrfHeader, renewedAfter, s3Path, type S3Request } from "./call.ts";
import { element, renderXml, textOf } from "./tree.ts";

const mebibyte = 1024 * 1024;
const smallestPart = 8 * mebibyte;
/** S3's limit of parts in one upload. */
const maxParts = 10_000;
const partsAtOnce = 3;
const tries = 3;

/** One file on its way. It can be tried again after a failure: the parts that arrived are not sent twice. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly file: File;
  /** Whether an object that has the name already is replaced, which nobody can undo where versioning is off. */
  replace: boolean;
  uploadId: string;
  readonly etags: Map<number, string>;
}

export interface UploadRun {
  /** Bytes that arrived so far. */
  readonly onProgress: (sent: number) => void;
  readonly signal: AbortSignal;
}

export function newUpload(bucket: string, key: string, file: File): Upload {
  return { bucket, key, file, replace: false, uploadId: "", etags: new Map() };
}

/** There is an object of this name already, and `replace` was not said. */
export function isTaken(error: unknown): error is CallError {
  return error instanceof CallError && error.status === 412;
}

export async function runUpload(upload: Upload, run: UploadRun): Promise<void> {
  try {
    await runOnce(upload, run, upload.replace ? {} : onlyNew);
  } catch (error) {
    if (isTaken(error)) throw taken(thereIsOne);
    // Some engines cannot write under a condition. There it is looked up before, which misses only what somebody writes meanwhile.
    if (upload.replace || !(error instanceof CallError) || error.code !== "NotImplemented") throw error;
    await demandFree(upload);
    await runOnce(upload, run, {});
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
const onlyNew = { "if-none-match": "*" };

/** Rejects as `isTaken` says, also when the user may not see what is there. */
async function demandFree({ bucket, key }: Upload): Promise<void> {
  try {
    await callS3({ method: "HEAD", bucket, key });
  } catch (error) {
    if (error instanceof CallError && error.status === 404) return;
    if (error instanceof CallError && error.status === 403)
      throw taken("you may not see whether there is an object of this name");
    throw error;
  }
  throw taken(thereIsOne);
}

const thereIsOne = "there is an object of this name";

function taken(message: string): CallError {
  return new CallError({ code: "PreconditionFailed", message, status: 412 });
}

async function runOnce(upload: Upload, run: UploadRun, condition: Readonly<Record<string, string>>): Promise<void> {
  const { bucket, key, file } = upload;
  const headers = file.type === "" ? {} : { "content-type": file.type };
  if (file.size <= smallestPart) {
    await send({ bucket, key, headers: { ...headers, ...condition } }, file, run.onProgress, run.signal);
    return;
  }
  // Its answer is waited for in any case: an upload whose id nobody knows would stay.
  upload.uploadId ||= textOf(
    (await callS3({ method: "POST", bucket, key, query: { uploads: "" }, headers })).tree,
    "UploadId",
  );
  await sendParts(upload, run);
  const parts = [...upload.etags].sort(([left], [right]) => left - right);
  const document = element(
    "CompleteMultipartUpload",
    parts.map(([number, etag]) => element("Part", [element("PartNumber", String(number)), element("ETag", etag)])),
  );
  await callS3({
    method: "POST",
    bucket,
    key,
    query: { uploadId: upload.uploadId },
    headers: condition,
    body: renderXml(document),
    signal: run.signal,
  });
}

/** The parts that arrived are thrown away. */
export async function abortUpload({ bucket, key, uploadId }: Upload): Promise<void> {
  if (uploadId !== "") await callS3({ method: "DELETE", bucket, key, query: { uploadId } });
}

/** A few at a time: what is in memory is their number, not the file. */
async function sendParts(upload: Upload, { onProgress, signal }: UploadRun): Promise<void> {
  const { bucket, key, file, uploadId, etags } = upload;
  const size = Math.max(smallestPart, Math.ceil(file.size / maxParts / mebibyte) * mebibyte);
  const count = Math.ceil(file.size / size);
  const waiting = Array.from({ length: count }, (_, at) => at + 1).filter((number) => !etags.has(number));
  const sent = new Map<number, number>([...etags.keys()].map((number) => [number, size]));
  const report = (number: number, bytes: number): void => {
    sent.set(number, bytes);
    onProgress(
      Math.min(
        file.size,
        [...sent.values()].reduce((sum, one) => sum + one, 0),
      ),
    );
  };
  const one = async (part: number): Promise<void> => {
    const blob = file.slice((part - 1) * size, part * size);
    const query = { partNumber: part, uploadId };
    const headers = await send({ bucket, key, query }, blob, (bytes) => report(part, bytes), signal);
    etags.set(part, headers("etag"));
    report(part, blob.size);
  };
  const work = async (): Promise<void> => {
    try {
      for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) await one(part);
    } catch (error) {
      waiting.length = 0;
      throw error;
    }
  };
  // Parts that are on their way arrive before the upload fails, so that the next try does not send them again.
  const ended = await Promise.allSettled(Array.from({ length: Math.min(partsAtOnce, waiting.length) }, work));
  for (const result of ended) if (result.status === "rejected") throw result.reason;
}

/** A fault of the way, or of the gateway, is tried again; a refusal is not. */
async function send(
  request: S3Request,
  body: Blob,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<(name: string) => string> {
  const digest = await sha256(body);
  const headers = { ...request.headers, ...(digest === "" ? {} : { "x-amz-content-sha256": digest }) };
  for (let attempt = 1; ; attempt += 1) {
    // It may have been cancelled while the hash was made, or between two tries.
    signal.throwIfAborted();
    try {
      return await put(s3Path(request), headers, body, onProgress, signal);
    } catch (error) {
      if (error instanceof CallError && attempt < tries && (await renewedAfter(error))) continue;
      const passing = error instanceof CallError && (error.status === 0 || error.status >= 500) && error.status !== 501;
      if (!passing || attempt === tries || signal.aborted) throw error;
      await new Promise((done) => setTimeout(done, 500 * 2 ** attempt));
    }
  }
}

let lastDigest: Promise<unknown> = Promise.resolve();
let room = new ArrayBuffer(0);

/**
 * Secure contexts alone have the hash; elsewhere the payload is not signed. The browser hashes only what is in memory as a whole: one body
 * after the other, all in one place. A place for each would stay until the browser collects it, a hundred megabytes later.
 */
function sha256(body: Blob): Promise<string> {
  if (!isSecureContext) return Promise.resolve("");
  const digest = lastDigest.then(async () => {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await bytesOf(body)));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  });
  lastDigest = digest.catch(() => {});
  return digest;
}

/** They are there until the next call. */
async function bytesOf(body: Blob): Promise<Uint8Array<ArrayBuffer>> {
  if (room.byteLength < body.size) room = new ArrayBuffer(body.size);
  let length = 0;
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.stream().getReader({ mode: "byob" });
  } catch {
    return new Uint8Array(await body.arrayBuffer()); // a browser whose files cannot be read like that
  }
  while (length < body.size) {
    // The reader takes the place and gives it back: nothing is left to be collected.
    const { done, value } = await reader.read(new Uint8Array(room, length, body.size - length));
    if (value !== undefined) {
      room = value.buffer;
      length += value.byteLength;
    }
    if (done) break;
  }
  return new Uint8Array(room, 0, length);
}

/** `fetch` reports no progress of what it sends. */
function put(
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Blob,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<(name: string) => string> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const stop = (): void => {
      request.abort();
      fail(signal.reason);
    };
    request.open("PUT", path);
    const type = { "content-type": "application/octet-stream" };
    for (const [name, value] of Object.entries({ ...type, ...headers, ...csrfHeader() }))
      request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
    request.addEventListener("loadend", () => {
      signal.removeEventListener("abort", stop);
      if (request.status >= 200 && request.status < 300) {
        noteAnswer();
        done((name) => request.getResponseHeader(name) ?? "");
      } else fail(faultOf(request));
    });
    signal.addEventListener("abort", stop);
    request.send(body);
  });
}

function faultOf({ status, responseText }: XMLHttpRequest): CallError {
  let report: unknown;
  try {
    report = JSON.parse(responseText);
  } catch {
    report = undefined;
  }
  const error: unknown = isRecord(report) ? report["error"] : undefined;
  const word = (from: unknown, name: string): string =>
    isRecord(from) && typeof from[name] === "string" ? from[name] : "";
  return new CallError({
    code: word(error, "code") || (status === 0 ? "NoConnection" : `HTTP ${status}`),
    message: word(error, "message") || (status === 0 ? "The connection broke." : "The upload was refused."),
    status,
    requestId: word(report, "requestId"),
  });
}
