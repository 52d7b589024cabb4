import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SigningKeys } from "@s3-credentials/protocol";
import { onTestFinished } from "vitest";
import type { PasswordHashes } from "../src/domain/identity/password-hashes.ts";
import { totpCode } from "../src/domain/identity/totp.ts";
import { parseConfig } from "../src/server/parse-config.ts";
import { type Gateway, type Overrides, startGateway } from "../src/server/main.ts";
import { createRequestLog } from "../src/server/request-log.ts";
import { keepRecordsUnder } from "./kept-records.ts";
import { call } from "./pipeline-gateway.ts";
import { quickPasswordHashes } from "./quick-password-hashes.ts";
import { unbase32 } from "./unbase32.ts";

export interface ConsoleGateway {
  readonly gateway: Gateway;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly admin: SigningKeys;
  readonly root: SigningKeys;
  readonly log: string[];
  readonly hashes: PasswordHashes;
  close(): Promise<void>;
}

function keysIn(file: string): SigningKeys {
  const text = readFileSync(file, "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  return { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
}

/** A whole gateway with a console, on a folder of its own. */
export async function startConsole(
  options: readonly string[] = [],
  overrides: Overrides = {},
): Promise<ConsoleGateway> {
  const home = await mkdtemp(join(tmpdir(), "gateway-console-"));
  const argv = ["--port", "0", "--data", join(home, "data"), "--console-port", "0", ...options];
  const parsed = parseConfig(argv, { HOME: home });
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  const log: string[] = [];
  const hashes = overrides.hashes ?? quickPasswordHashes();
  const gateway = await startGateway(parsed.config, {
    log: createRequestLog("info", { write: (line) => void log.push(line) }),
    ...overrides,
    hashes,
  });
  return {
    gateway,
    origin: gateway.console ?? "",
    admin: keysIn(gateway.adminCredentialsFile),
    root: keysIn(gateway.rootCredentialsFile),
    log,
    hashes,
    async close() {
      await gateway.close();
      keepRecordsUnder(home, log.join(""));
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** For one test. */
export async function consoleForTest(options: readonly string[] = []): Promise<ConsoleGateway> {
  const started = await startConsole(options);
  onTestFinished(() => started.close());
  return started;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly json: unknown;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** PEM that is trusted. */
  readonly ca?: string;
}

/** One request, with the headers as they are given. */
export function ask(origin: string, { method = "GET", path = "/", headers = {}, body, ca }: Asked = {}): Promise<Got> {
  const url = new URL(origin);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      method,
      path,
      headers: { ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }), ...headers },
      agent: false,
      ...(ca === undefined ? {} : { ca }),
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const isJson = response.headers["content-type"]?.startsWith("application/json") === true && text !== "";
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          json: isJson ? (JSON.parse(text) as unknown) : undefined,
        });
      });
    });
    request.end(body);
  });
}

/** What a browser does: keeps cookies, and says where its requests come from. */
export class Browser {
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly cookies = new Map<string, string>();
  csrf = "";

  /** `headers`: on every request. */
  constructor(origin: string, headers: Readonly<Record<string, string>> = {}) {
    this.#origin = origin;
    this.#headers = headers;
  }

  async send(asked: Asked): Promise<Got> {
    const isRead = asked.method === undefined || asked.method === "GET" || asked.method === "HEAD";
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const got = await ask(this.#origin, {
      ...asked,
      headers: {
        "user-agent": "test-browser/1",
        ...(cookie === "" ? {} : { cookie }),
        ...(isRead ? {} : { origin: this.#origin, "sec-fetch-site": "same-origin" }),
        ...(this.csrf === "" ? {} : { "x-csrf": this.csrf }),
        ...this.#headers,
        ...asked.headers,
      },
    });
    for (const line of got.headers["set-cookie"] ?? []) {
      const [pair = "", ...attributes] = line.split("; ");
      const at = pair.indexOf("=");
      if (attributes.includes("Max-Age=0")) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return got;
  }

  open(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Got> {
    return this.send({ path, headers: { accept: "text/html", ...headers } });
  }

  submit(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(fields).toString();
    return this.send({ method: "POST", path, headers: { ...type, accept: "text/html", ...headers }, body });
  }

  json(method: string, path: string, value?: object): Promise<Got> {
    const body = value === undefined ? undefined : JSON.stringify(value);
    return this.send({ method, path, headers: { "content-type": "application/json" }, ...(body && { body }) });
  }

  /** As the page does: the session, whose token the next requests bring. */
  async session(): Promise<Readonly<Record<string, unknown>>> {
    const got = await this.send({ path: "/session" });
    const session = got.json as Record<string, unknown>;
    if (typeof session["csrf"] === "string") this.csrf = session["csrf"];
    return { status: got.status, ...session };
  }

  iam(action: string, parameters: Readonly<Record<string, string>> = {}): Promise<Got> {
    return this.form("/aws/iam", { Action: action, Version: "2010-05-08", ...parameters });
  }

  sts(action: string, parameters: Readonly<Record<string, string>> = {}): Promise<Got> {
    return this.form("/aws/sts", { Action: action, Version: "2011-06-15", ...parameters });
  }

  form(path: string, fields: Readonly<Record<string, string>>): Promise<Got> {
    return this.submit(path, fields, { accept: "application/json" });
  }
}

/** The one-time link that the keys get, as `s3-credentials console` asks for it. */
export async function linkOf(running: ConsoleGateway, keys: SigningKeys, time = Date.now()): Promise<Got> {
  const { port } = new URL(running.origin);
  const sent = await call(
    { port: Number(port) },
    {
      method: "POST",
      target: "/",
      headers: { "x-amz-console-link": "1" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
      keys,
      service: "sts",
      time,
    },
  );
  return { ...sent, json: JSON.parse(sent.body) as unknown };
}

/** A browser that has signed in by a one-time link. */
export async function signedIn(running: ConsoleGateway, keys: SigningKeys, time?: number): Promise<Browser> {
  const link = await linkOf(running, keys, time);
  const { url } = link.json as { url: string };
  const browser = new Browser(running.origin);
  const token = new URL(url).searchParams.get("token") ?? "";
  const used = await browser.submit("/session/link", { token });
  if (used.status !== 303) throw new Error(`${used.status} ${used.body}`);
  await browser.session();
  return browser;
}

/** Gives the user a device; returns what it shows so many steps of 30 seconds from now. */
export async function enableMfa(
  admin: Browser,
  accountId: string,
  { UserName, name = UserName }: { readonly UserName: string; readonly name?: string },
  now: () => number = Date.now,
): Promise<(step: number) => string> {
  const made = await admin.iam("CreateVirtualMFADevice", { VirtualMFADeviceName: name });
  const [, encoded = ""] = /"Base32StringSeed","content":\["([^"]+)"/.exec(made.body) ?? [];
  const seed = unbase32(Buffer.from(encoded, "base64").toString());
  const code = (step: number): string => totpCode(seed, Math.floor(now() / 30_000) + step);
  const enabled = await admin.iam("EnableMFADevice", {
    UserName,
    SerialNumber: `arn:aws:iam::${accountId}:mfa/${name}`,
    AuthenticationCode1: code(-1),
    AuthenticationCode2: code(0),
  });
  if (enabled.status !== 200) throw new Error(enabled.body);
  return code;
}
