import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SigningKeys } from "@s3-credentials/protocol";
import { onTestFinished } from "vitest";
import { parseConfig } from "../src/server/parse-config.ts";
import { type Gateway, type Overrides, startGateway } from "../src/server/main.ts";
import { createRequestLog } from "../src/server/request-log.ts";

export interface ConsoleGateway {
  readonly gateway: Gateway;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly admin: SigningKeys;
  readonly root: SigningKeys;
  readonly log: string[];
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
  const gateway = await startGateway(parsed.config, {
    log: createRequestLog("info", { write: (line) => void log.push(line) }),
    ...overrides,
  });
  return {
    gateway,
    origin: gateway.console ?? "",
    admin: keysIn(gateway.adminCredentialsFile),
    root: keysIn(gateway.rootCredentialsFile),
    log,
    async close() {
      await gateway.close();
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
