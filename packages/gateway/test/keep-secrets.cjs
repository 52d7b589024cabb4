// Loaded into every process of a test run (`node --require`): what its HTTP servers give or are given of secrets is kept for the search at
// the end of the run, whichever client asked. What a gateway prints is kept as its log. See `kept-records.ts`.
"use strict";
const { appendFileSync } = require("node:fs");
const path = require("node:path");
const { isMainThread } = require("node:worker_threads");

const folder = process.env.TEST_KEPT_RECORDS;

/** A line of JSON each, in a file of this process. */
function keep(kind, value) {
  if (folder !== undefined) appendFileSync(path.join(folder, `${kind}-${process.pid}`), `${JSON.stringify(value)}\n`);
}

const known = new Set();

function keepSecrets(secrets) {
  for (const secret of secrets) {
    if (secret.length < 8 || known.has(secret)) continue;
    known.add(secret);
    keep("secrets", secret);
  }
}

function keepText(from, text) {
  if (text !== "") keep("texts", { from, text });
}

/** Names under which requests and answers have secrets, in any case: of AWS's APIs, of the console, of OpenID Connect, and of containers' credentials. */
const names =
  "SecretAccessKey|SessionToken|WebIdentityToken|Password|OldPassword|NewPassword|Base32StringSeed|QRCodePNG|Token|SigninToken|id_token|access_token|client_secret|code_verifier";
const patterns = [
  { pattern: new RegExp(`<(?:${names})>([^<]+)<`, "gi"), read: (text) => text.replace(/&(\w+|#\d+);/g, unescapeXml) },
  {
    pattern: new RegExp(`"(?:${names})"\\s*:\\s*"((?:[^"\\\\]|\\\\.)+)"`, "gi"),
    read: (text) => JSON.parse(`"${text}"`),
  },
  {
    pattern: new RegExp(`(?:^|&)(?:${names})=([^&]+)`, "gi"),
    read: (text) => decodeURIComponent(text.replace(/\+/g, " ")),
  },
];

function unescapeXml(whole, name) {
  const named = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
  return named[name] ?? (name.startsWith("#") ? String.fromCharCode(Number(name.slice(1))) : whole);
}

/** Secrets in a form, or in a document of XML or JSON. */
function secretsIn(text) {
  const found = [];
  for (const { pattern, read } of patterns)
    for (const [, value] of text.matchAll(pattern))
      try {
        found.push(read(value));
      } catch {
        // half of an escape: no client sent that as a secret
      }
  // The seed of an MFA device is base64 of its text, in XML.
  const seeds = found.filter((value) => /^[\w+/]{32,}=*$/.test(value)).map((value) => Buffer.from(value, "base64"));
  const texts = seeds.map(String).filter((value) => /^[A-Z2-7]{16,}$/.test(value));
  return [...found, ...texts];
}

const maxBytes = 1024 * 1024;
const bodies = new WeakMap();

/** Secrets of a body in parts: one may be cut in two between them, so the whole of it is read again with each part. */
function read(message, type, chunk) {
  if (!/json|xml|x-www-form-urlencoded|text\/plain/.test(type)) return [];
  const before = bodies.get(message) ?? "";
  if (before.length > maxBytes) return [];
  const body = before + (typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
  bodies.set(message, body);
  return secretsIn(body);
}

/** What a request has in the places of secrets. It is one when the server took it: tests send all kinds of words there. */
const given = new WeakMap();

function addGiven(request, secrets) {
  given.set(request, [...(given.get(request) ?? []), ...secrets]);
}

/** Of SSE-C. */
const customerKeys = ["x-amz-", "x-amz-copy-source-"].map((start) => `${start}server-side-encryption-customer-key`);

/** Session tokens and the console's cookies come with a request too; so do signatures in a query, which are credentials. */
function readHead({ headers, url }) {
  const { authorization = "", cookie = "" } = headers;
  const query = new URLSearchParams(url.slice(url.indexOf("?") + 1));
  const found = [
    ...["x-amz-security-token", ...customerKeys].map((name) => headers[name]),
    ...["X-Amz-Security-Token", "X-Amz-Signature", "token", "SigninToken", "code", ...customerKeys].map((name) =>
      query.get(name),
    ),
    ...(authorization.startsWith("AWS") ? [] : [authorization.replace(/^\w+ /, "")]),
    ...cookie
      .split(/; */)
      .flatMap((one) => (/^[^=]*s3c-(?:oidc-)?\d+=/.test(one) ? [one.slice(one.indexOf("=") + 1)] : [])),
  ];
  return found.filter((value) => typeof value === "string" && value.length >= 20);
}

/** Has `before` see the arguments of a method, with what it is called on. */
function watch(object, method, before) {
  const original = object[method];
  object[method] = function watched(...args) {
    before(this, args);
    return original.apply(this, args);
  };
}

function watchServers() {
  const { IncomingMessage, ServerResponse } = require("node:http");
  const heads = new WeakSet();
  watch(IncomingMessage.prototype, "push", (request, [chunk]) => {
    // A client's answer has no method: the server that gave it keeps it.
    if (typeof request.method !== "string") return;
    if (!heads.has(request)) {
      heads.add(request);
      addGiven(request, readHead(request));
    }
    if (chunk !== null) addGiven(request, read(request, request.headers["content-type"] ?? "", chunk));
  });
  const types = new WeakMap();
  watch(ServerResponse.prototype, "writeHead", (response, [, ...rest]) => {
    const sent = rest.find((one) => typeof one === "object" && one !== null) ?? {};
    const entries = Array.isArray(sent)
      ? sent.flatMap((name, at) => (at % 2 === 0 ? [[name, sent[at + 1]]] : []))
      : Object.entries(sent);
    const type = entries.find(([name]) => String(name).toLowerCase() === "content-type")?.[1];
    if (type !== undefined) types.set(response, String(type));
  });
  for (const method of ["write", "end"])
    watch(ServerResponse.prototype, method, (response, [chunk]) => {
      if (response.statusCode < 400) keepSecrets(given.get(response.req) ?? []);
      if (typeof chunk === "string" || chunk instanceof Uint8Array)
        keepSecrets(read(response, types.get(response) ?? String(response.getHeader("content-type") ?? ""), chunk));
    });
}

function watchLog() {
  const from = `what a gateway printed (${process.argv.slice(2).join(" ")})`;
  for (const stream of [process.stdout, process.stderr])
    watch(stream, "write", (_stream, [chunk]) => keepText(from, String(chunk)));
}

if (folder !== undefined && isMainThread && process[Symbol.for("keep-secrets")] === undefined) {
  process[Symbol.for("keep-secrets")] = true;
  watchServers();
  if (process.argv.includes("serve")) watchLog();
}

module.exports = { keepSecrets, keepText, secretsIn };
