import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { prefixOptions, strictOption } from "../input/bucket-options.ts";
import { jsonObject, type JsonObject } from "../formats/json.ts";
import { answer, type Serving } from "../localserver/answer.ts";
import { isLoopback } from "../localserver/guard.ts";
import { credentialSource } from "../localserver/credential-source.ts";
import { describeError } from "../output/errors.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { dumps } from "../formats/python-json.ts";
import { planCreate } from "../plan/plan-create.ts";
import { readCreateRequest } from "../plan/read-create-request.ts";
import { openServices, type Services } from "../plan/services.ts";
import type { Plan } from "../plan/steps.ts";
import { runPlan } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";

const definition = {
  name: "localserver",
  summary: "Serve temporary credentials for a bucket to programs on this machine, renewed before they end",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [
    { name: "port", short: "p", value: "PORT", default: "8094", summary: "port to listen on" },
    { name: "host", value: "HOST", default: "localhost", summary: "address to listen on" },
    { name: "duration", short: "d", value: "DURATION", summary: "how long credentials last, 15m to 12h; required" },
    { name: "read-only", summary: "reading only" },
    { name: "write-only", summary: "writing only" },
    ...prefixOptions,
    { name: "statement", value: "JSON", repeatable: true, summary: "statement to add to the policy" },
    strictOption,
    { name: "role", value: "ARN", summary: "role to assume, or self: the caller's own rights cut down" },
    { name: "require-token", summary: "ask for the Authorization token at / too" },
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials localserver my-bucket --duration 1h --read-only",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  if (!hasOption(options, "duration"))
    throw new UsageError("say how long credentials last: --duration, for example --duration 1h");
  const port = readPort(textOption(options, "port") ?? "8094");
  const host = textOption(options, "host") ?? "localhost";
  // The port comes first, so that no role is left behind when the port is in use.
  const server = await listen(host, port);
  try {
    const serving = await prepare(context, { options, positionals }, host);
    server.removeAllListeners("request").on("request", (request: IncomingMessage, response: ServerResponse) => {
      void respond(context, serving, request, response);
    });
    reportAddress(context, serving, server);
    await aborted(context.signal);
  } finally {
    await close(server);
  }
  return 0;
}

/** Makes what is needed at the service, and the first credentials. */
async function prepare(context: Context, { options, positionals }: Invocation, host: string): Promise<Serving> {
  const { services } = await openServices(context, options);
  const { request, warnings, proved } = await readCreateRequest(context, { options, positionals }, services.partition);
  const plan = await planCreate(
    { ...request, bucketCreation: { ...request.bucketCreation, elsewhere: true } },
    services,
  );
  const whole = { ...plan, warnings: [...warnings, ...plan.warnings], proved };
  const first = await issue(context, options, whole, services);
  // The role is there now, and a renewal asks for a session alone.
  const renewal: Plan = { steps: plan.steps.filter(({ kind }) => kind === "assume-role"), warnings: [] };
  return {
    source: credentialSource(first, {
      issue: () => issue(context, options, renewal, services),
      now: Date.now,
      warn: (reason) => context.say(`Warning: cannot renew the credentials: ${reason}`),
    }),
    host,
    token: randomBytes(24).toString("base64url"),
    tokenEverywhere: hasOption(options, "require-token"),
    metadataKey: randomBytes(32),
    roleName: "s3-credentials",
    now: Date.now,
  };
}

async function issue(context: Context, options: OptionValues, plan: Plan, services: Services): Promise<JsonObject> {
  let made: JsonObject | undefined;
  await runPlan(context, options, plan, services, async (credentials) => {
    made = credentials;
  });
  if (made === undefined) throw new CommandError("the service gave no credentials");
  return made;
}

function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`invalid --port "${text}": not a port number; give 0 to 65535, 0 for any free one`);
  return Number(text);
}

async function listen(host: string, port: number): Promise<Server> {
  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000 }, starting);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new CommandError(`cannot listen on ${host} port ${port}: ${describeError(error)}; choose another with --port`),
      ),
    );
    server.listen(port, host === "localhost" ? "127.0.0.1" : host, resolve);
  });
  return server;
}

/** Until there are credentials. */
function starting(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { "content-type": "application/json", "retry-after": "1" });
  response.end(dumps(jsonObject({ error: "Starting; try again" }), 2));
}

async function respond(
  context: Context,
  serving: Serving,
  { method = "GET", url = "/", headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = "/"] = url.split("?");
  const { status, body, headers: extra } = await answer({ method, path, headers }, serving);
  const type = body.kind === "text" ? "text/plain" : "application/json";
  response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...extra });
  response.end(body.kind === "text" ? body.text : dumps(body.json, 2));
  context.say(`${method} ${path.slice(0, 200)} ${status}`);
}

function reportAddress(context: Context, { host, token }: Serving, server: Server): void {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const base = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  context.say(`Serving credentials at ${base}/`);
  if (address !== null && typeof address === "object" && !isLoopback(address.address))
    context.say(`Warning: other machines can reach ${host} and get these credentials; use --host localhost`);
  context.say("For programs that use an AWS SDK, either of:");
  context.say(
    `  export AWS_CONTAINER_CREDENTIALS_FULL_URI=${base}/container AWS_CONTAINER_AUTHORIZATION_TOKEN=${token}`,
  );
  context.say(`  export AWS_EC2_METADATA_SERVICE_ENDPOINT=${base}`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export const localserver: Command = { definition, run };
