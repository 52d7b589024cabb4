import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { readXml, signRequest } from "@s3-credentials/protocol";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";

/**
 * Requests that are changed at random. `fuzz/` has the requests that they begin with, as they are on the wire but for the signature; each of
 * them is sent as it is in every run, and what ever failed is added there. Whatever is sent: the answer is no fault of the gateway, it can be
 * read, and when it is an error, nothing has changed.
 */

const runs = Number(process.env["TEST_RUNS"] ?? 40);
const gateway = useS3Gateway();
const folder = join(import.meta.dirname, "fuzz");

const kinds = ["requests", "xml", "chunked", "forms"] as const;
type Kind = (typeof kinds)[number];

interface Seed {
  readonly name: string;
  /** The request line without its version, then headers. */
  readonly head: readonly string[];
  readonly body: Buffer;
}

function seedsOf(kind: Kind): readonly Seed[] {
  return readdirSync(join(folder, kind)).map((name) => {
    const bytes = readFileSync(join(folder, kind, name));
    const end = bytes.indexOf("\r\n\r\n");
    return { name, head: bytes.subarray(0, end).toString("latin1").split("\r\n"), body: bytes.subarray(end + 4) };
  });
}

let bucket = "";
beforeAll(async () => {
  bucket = await gateway.bucket();
  await gateway.send({ method: "PUT", target: `/${bucket}/k`, body: "hello" });
  await gateway.send({ method: "POST", target: `/${bucket}/up?uploads` });
  // Forms come from anybody.
  await gateway.send({ method: "DELETE", target: `/${bucket}?publicAccessBlock` });
  const statement = { Effect: "Allow", Principal: "*", Action: "s3:PutObject*", Resource: `arn:aws:s3:::${bucket}/f*` };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  const put = await gateway.send({ method: "PUT", target: `/${bucket}?policy`, body: policy });
  expect(put.status).toBe(204);
});

/** One change of bytes: at a place, so many of them go, and others come. */
interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly inserted: Buffer;
}

const words: Readonly<Record<Kind, readonly string[]>> = {
  requests: ["%00", "%", "%zz", "%ff", "%ED%A0%80", "..", "//", "?", "&", "=", "#", "+", ";", ",", "\t", " ", '"', "\u00ff", "*", "-1", "0", "99999999999999999999", "1e9", "null", "uploadId=x", "versionId=", "acl", "policy", "X-Amz-Signature=x", "x-amz-copy-source: ", "x-id=PutObject"], // prettier-ignore
  xml: ["<", ">", "</", "/>", "&", "&#0;", "&#x110000;", "&lt;", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE a>", '"', "'", "=", "\0", "\ufffe", "\u00ff", "xmlns", ":", "<Key>", "</Key>", "<a b='c'>", " ".repeat(300), "<a>".repeat(40), "{", "}", "[", "]", "\\u0000", '"Statement"'], // prettier-ignore
  chunked: ["\r", "\n", "\r\n", "0\r\n", "0\r\n\r\n", ";", ":", "-1", "fffffffff", "0x5", " ", "\0", "x-amz-checksum-crc32:", "chunk-signature=", "x".repeat(300)], // prettier-ignore
  forms: ["\r\n", "\r\n\r\n", "--", "--b", "--b--", "\r\n--b\r\n", '"', "\\", ";", "=", "\0", "\u00ff", "filename*=UTF-8''x", 'name="key"', "${filename}", "Content-Transfer-Encoding: base64", "x".repeat(300)], // prettier-ignore
};

function editOf(kind: Kind): fc.Arbitrary<Edit> {
  const inserted = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...words[kind]).map((text) => Buffer.from(text, "latin1")) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)) },
  );
  return fc.record({ at: fc.nat(4096), removed: fc.oneof(fc.constant(0), fc.nat(12)), inserted });
}

function edited(bytes: Buffer, edits: readonly Edit[]): Buffer {
  return edits.reduce((before, { at, removed, inserted }) => {
    const place = at % (before.length + 1);
    return Buffer.concat([before.subarray(0, place), inserted, before.subarray(place + removed)]);
  }, bytes);
}

/** What is changed: the request line, the headers, the signature that goes with them, or the body. */
type Part = "line" | "headers" | "signature" | "body";

const parts: Readonly<Record<Kind, readonly Part[]>> = {
  requests: ["line", "headers", "headers", "signature"],
  xml: ["body"],
  chunked: ["body", "body", "headers"],
  forms: ["body", "body", "headers"],
};

interface Change {
  readonly seed: Seed;
  readonly part: Part;
  readonly edits: readonly Edit[];
}

/** No line of a head may end early: what would come after it is another request, and none that this test has sent. */
const oneLine = (bytes: Buffer): string => bytes.toString("latin1").replaceAll(/[\r\n\0]/g, "");

/** The request as bytes, signed by the administrator where it is no form. */
function wireOf(kind: Kind, { seed, part, edits }: Change): Buffer {
  const named = (text: string) => text.replaceAll("$BUCKET", bucket);
  const [line = "", ...lines] = seed.head.map(named);
  const change = (text: string, which: Part) =>
    part === which ? oneLine(edited(Buffer.from(text, "latin1"), edits)) : text;
  const written = Buffer.from(named(seed.body.toString("latin1")), "latin1");
  const body = part === "body" ? edited(written, edits) : written;
  const target = change(line, "line");
  const [method = "GET", place = "/"] = target.split(/ (.*)/s);
  const [path = "", query = ""] = place.split(/\?(.*)/s);
  const all = change(lines.join("\u00b6"), "headers")
    .split("\u00b6")
    .filter((one) => one !== "");
  const headers = all.map((one): [string, string] => {
    const at = one.indexOf(":");
    return at === -1 ? [one, ""] : [one.slice(0, at), one.slice(at + 1).trim()];
  });
  const own: [string, string][] = [["host", `127.0.0.1:${gateway.port}`], ...headers];
  const digest = headers.find(([name]) => name.toLowerCase() === "x-amz-content-sha256")?.[1];
  const scope = { region: "us-east-1", service: "s3", time: Date.now() };
  const signs = kind !== "forms" && !/X-Amz-Signature|AWSAccessKeyId/.test(place);
  const signed = signs
    ? signRequest({ method, path, query, headers: own }, digest ?? sha256(body), gateway.admin, scope)
    : [];
  const added = signed.filter(([name]) => digest === undefined || name.toLowerCase() !== "x-amz-content-sha256");
  const framed = headers.some(([name]) => /^(transfer-encoding|content-length)$/i.test(name));
  const text = [
    `${target} HTTP/1.1`,
    ...own.map(([name, value]) => `${name}: ${value}`),
    ...added.map(([name, value]) => change(`${name}: ${value}`, "signature")),
    ...(framed ? [] : [`Content-Length: ${body.length}`]),
    "Connection: close",
  ].join("\r\n");
  return Buffer.concat([Buffer.from(`${text}\r\n\r\n`, "latin1"), body]);
}

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** ms after which a request that the gateway still waits for is ended. */
const patience = 300;

/** Undefined: the connection was closed without an answer, as it is when the request was ended, or the bytes are no HTTP. */
function exchange(bytes: Buffer): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const socket = connect(gateway.port, "127.0.0.1");
    const chunks: Buffer[] = [];
    const ending = setTimeout(() => socket.end(), patience);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(ending);
      const text = Buffer.concat(chunks)
        .toString("latin1")
        .replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "");
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? "0");
      const end = text.indexOf("\r\n\r\n");
      resolve(status === 0 ? undefined : { status, head: text.slice(0, end), body: text.slice(end + 4) });
    });
    socket.write(bytes);
  });
}

/** All that a request to the bucket could change. */
async function state(subResource: string | undefined): Promise<string> {
  const asked = ["versions", "uploads", "policy", ...(subResource === undefined ? [] : [subResource])];
  const answers = await Promise.all(asked.map((query) => gateway.send({ target: `/${bucket}?${query}` })));
  return answers.map(({ body }) => body.replace(/<RequestId>.*<\/HostId>/, "")).join("\n");
}

function expectReadable({ status, head, body }: Answer): void {
  expect([status >= 500 && status !== 501, head, body]).toEqual([false, head, body]);
  expect(head.toLowerCase()).not.toContain("\r\nx-evil");
  if (!/\r\ncontent-type: application\/xml/i.test(head) || /\r\ntransfer-encoding/i.test(head)) return;
  const root = readXml(Buffer.from(body, "latin1").toString("utf8"));
  expect("error" in root ? body : "").toBe("");
}

async function check(kind: Kind, change: Change): Promise<void> {
  const [method = "", target = ""] = change.seed.head[0]?.split(" ") ?? [];
  const subResource = /^\/\$BUCKET\?([a-zA-Z]+)/.exec(target)?.[1];
  const mayChange = method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
  const before = mayChange ? await state(subResource) : "";
  const answer = await exchange(wireOf(kind, change));
  if (answer !== undefined) expectReadable(answer);
  if (mayChange && answer !== undefined && answer.status >= 400)
    expect([answer.body, await state(subResource)]).toEqual([answer.body, before]);
}

describe.each(kinds)("%s", (kind) => {
  const seeds = seedsOf(kind);

  test("of the corpus, as they are", async () => {
    for (const seed of seeds) await check(kind, { seed, part: "body", edits: [] });
  });

  test("changed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.constantFrom(...parts[kind]),
        fc.array(editOf(kind), { minLength: 1, maxLength: 4 }),
        (seed, part, edits) => check(kind, { seed, part, edits }),
      ),
      { numRuns: runs },
    );
    expect((await gateway.send({ target: `/${bucket}/k` })).status).toBe(200);
  });
});
