import { createHash } from "node:crypto";
import { Agent, type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Principal } from "@s3-credentials/policy";
import { element, signRequest, type SigningKeys } from "@s3-credentials/protocol";
import { createGate } from "../src/pipeline/gate.ts";
import { parseAddressRanges } from "../src/http/cidr.ts";
import type { Service } from "../src/authn/request.ts";
import type { Config } from "../src/server/config.ts";
import { randomIds } from "../src/server/random-ids.ts";
import { createListener } from "../src/http/listener.ts";
import { openServer } from "../src/http/server.ts";
import { createRequestLog } from "../src/server/request-log.ts";
import { refuse, type Reply } from "../src/operations/operation.ts";
import { defineQuery } from "../src/operations/query/define-query.ts";
import { defineBucketOperation, defineObjectOperation, noInput } from "../src/operations/s3/define-s3.ts";
import type { S3OperationName } from "../src/ports/operation-name.ts";
import {
  accessAnalyzerTable,
  accountTable,
  cloudtrailTable,
  iamTable,
  organizationsTable,
  ownTable,
  type S3Row,
  s3Table,
  stsTable,
} from "../src/operations/table.ts";
import type { BucketRecord } from "../src/ports/bucket-registry.ts";
import type { Ports } from "../src/ports/ports.ts";
import type { Caller, CredentialOutcome } from "../src/ports/principal-directory.ts";
import { EngineError, StoreError } from "../src/ports/store-error.ts";
import type { TimeBudget } from "../src/ports/time-budget.ts";
import { createTimeBudget } from "../src/pipeline/time-budget.ts";
import { createPolicyPrograms } from "../src/authz/policy-programs.ts";
import { testProgram } from "./test-program.ts";

export const accountId = "123456789012";

/** Full rights; temporary with a token of its own; none. */
export const admin: SigningKeys = { accessKeyId: "AKIAADMINADMINADMIN0", secretAccessKey: "admin-secret" };
export const session: SigningKeys = {
  accessKeyId: "ASIASESSIONSESSION00",
  secretAccessKey: "session-secret",
  sessionToken: "session-token",
};
export const nobody: SigningKeys = { accessKeyId: "AKIANOBODYNOBODYNOB0", secretAccessKey: "nobody-secret" };

const users: Readonly<Record<string, { readonly keys: SigningKeys; readonly policy: unknown }>> = {
  admin: { keys: admin, policy: { Effect: "Allow", Action: "*", Resource: "*" } },
  session: { keys: session, policy: { Effect: "Allow", Action: "*", Resource: "*" } },
  nobody: { keys: nobody, policy: { Effect: "Deny", Action: "s3:Nothing", Resource: "*" } },
};

function callerOf(name: string, policy: unknown, accessKeyId: string): Caller {
  const principal: Principal = {
    kind: "user",
    accountId,
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    userId: `AIDA${name}`,
    userName: name,
  };
  const layers = {
    guardrails: [],
    identity: [testProgram("identity", policy, "inline")],
    boundary: "none",
    sessions: [],
  } as const;
  return { principal, layers, context: new Map([["aws:username", name]]), accessKeyId, session: undefined };
}

function credential(accessKeyId: string, token: string | undefined): CredentialOutcome {
  if (accessKeyId === "ASIAEXPIREDEXPIRED00") return { kind: "expired" };
  if (accessKeyId === "AKIABROKENBROKENBRO0") throw new StoreError("unavailable", "the store is away");
  if (accessKeyId === "AKIACORRUPTCORRUPTC0") throw new StoreError("corrupt", "a row is unreadable");
  for (const [name, { keys, policy }] of Object.entries(users)) {
    if (keys.accessKeyId !== accessKeyId) continue;
    if (keys.sessionToken !== token) return { kind: "invalid-token" };
    return {
      kind: "found",
      secretAccessKey: keys.secretAccessKey,
      caller: async () => callerOf(name, policy, accessKeyId),
    };
  }
  return { kind: "unknown" };
}

const anonymous: Caller = {
  ...callerOf("none", { Effect: "Deny", Action: "*", Resource: "*" }, ""),
  principal: { kind: "anonymous" },
  accessKeyId: undefined,
  layers: { guardrails: [], identity: [], boundary: "none", sessions: [] },
  context: new Map(),
};

const reply: Reply = { kind: "reply", status: 200, headers: {}, body: { kind: "none" } };

/** A gateway of rows small enough to see through: everything before and around an operation is the real thing. */
export interface PipelineGateway {
  readonly port: number;
  /** Bodies stored by PutObject, and keys seen by any row. */
  readonly stored: Map<string, Buffer>;
  readonly log: string[];
  readonly buckets: Map<string, BucketRecord>;
  /** Ids of keys that are deactivated. */
  readonly deactivated: Set<string>;
  /** Requests that wait for others of their caller now. */
  waiting(): number;
  close(): Promise<void>;
}

function rows(stored: Map<string, Buffer>): Partial<Record<S3OperationName, S3Row>> {
  /** As often as its name says, the object has been replaced on its engine. What is stored gets a byte each time. */
  const conflict = async (key: string): Promise<void> => {
    const tries = (stored.get(key)?.length ?? 0) + 1;
    stored.set(key, Buffer.alloc(tries));
    if (tries <= Number(key.replace("conflicts-", ""))) throw new EngineError("conflict", "replaced");
  };
  return {
    PutObject: defineObjectOperation({
      name: "PutObject",
      route: { method: "PUT" },
      body: "stream",
      demands: [{ action: "s3:PutObject", resource: "object" }],
      reads: ["content-encoding", "x-amz-acl"],
      parse: noInput,
      async run(_grant, _input, { key, body }) {
        const chunks: Buffer[] = [];
        for await (const chunk of body) chunks.push(chunk);
        stored.set(key, Buffer.concat(chunks));
        return reply;
      },
    }),
    PutBucketPolicy: defineBucketOperation<string, undefined, Buffer>({
      name: "PutBucketPolicy",
      route: { method: "PUT", subResource: "policy" },
      body: { kind: "buffered", maxBytes: 1000, read: async (bytes) => bytes },
      demands: [{ action: "s3:PutBucketPolicy", resource: "bucket" }],
      parse: noInput,
      parseBody: (_head, bytes) => bytes.toString(),
      async run(_grant, text) {
        stored.set("policy", Buffer.from(text));
        return { ...reply, status: 204 };
      },
    }),
    GetObject: defineObjectOperation({
      name: "GetObject",
      route: { method: "GET" },
      demands: [{ action: "s3:GetObject", resource: "object" }],
      parse: noInput,
      async run(_grant, _input, { key, mayList }) {
        if (key === "throws") throw new Error("a fault with a secret in it");
        if (key.startsWith("conflicts-")) await conflict(key);
        const bytes = stored.get(key);
        if (bytes === undefined) return (await mayList()) ? refuse("NoSuchKey") : refuse("AccessDenied");
        async function* chunks(): AsyncGenerator<Buffer> {
          if (key === "fails-first") throw new Error("cannot open");
          yield bytes?.subarray(0, 1) ?? Buffer.alloc(0);
          if (key === "fails-later") throw new Error("cannot go on");
          yield bytes?.subarray(1) ?? Buffer.alloc(0);
        }
        return { ...reply, body: { kind: "stream", chunks: chunks(), length: bytes.length } };
      },
    }),
    ListObjects: defineBucketOperation({
      name: "ListObjects",
      route: { method: "GET" },
      demands: [{ action: "s3:ListBucket", resource: "bucket" }],
      parse: noInput,
      // More than the buffers of a connection hold.
      run: async () => ({
        ...reply,
        body: { kind: "xml", root: element("List", Array(40_000).fill(element("Key", "&".repeat(200)))) },
      }),
    }),
    HeadObject: defineObjectOperation({
      name: "HeadObject",
      route: { method: "HEAD" },
      demands: [{ action: "s3:GetObject", resource: "object" }],
      parse: noInput,
      run: async (_grant, _input, { key }) =>
        stored.has(key)
          ? { ...reply, headers: { "content-length": String(stored.get(key)?.length) } }
          : refuse("NoSuchKey"),
    }),
  };
}

const whoAmI = defineQuery<object>("sts", {
  reads: [],
  name: "GetCallerIdentity",
  demands: [],
  conditionKeys: [],
  parse: () => ({}),
  resolve: async () => ({ resources: {}, context: new Map() }),
  run: async (grant) => [element("Account", grant.accountId ?? "")],
});

const getUser = defineQuery<string>("iam", {
  reads: ["UserName"],
  name: "GetUser",
  demands: [{ action: "iam:GetUser", resource: "user" }],
  conditionKeys: [],
  parse: ({ parameters }) => parameters.get("UserName") ?? refuse("ValidationError"),
  resolve: async (name) =>
    name === "unresolved"
      ? { resources: {}, context: new Map() }
      : { resources: { user: { arn: `arn:aws:iam::${accountId}:user/${name}`, accountId } }, context: new Map() },
  run: async (_grant, name) => [element("User", [element("UserName", name)])],
});

export function bucketRecord(changes: Partial<BucketRecord> = {}): BucketRecord {
  return {
    id: "1",
    place: "1",
    name: "bucket",
    owner: accountId,
    region: "us-east-1",
    createdAt: 0,
    state: "active",
    versioning: "off",
    policy: undefined,
    publicAccessBlock: undefined,
    accountPublicAccessBlock: undefined,
    website: undefined,
    cors: undefined,
    tags: [],
    abac: false,
    requesterPays: false,
    encryption: undefined,
    ownership: "BucketOwnerEnforced",
    acl: undefined,
    objectLock: undefined,
    lifecycle: undefined,
    notification: undefined,
    logging: undefined,
    ...changes,
  };
}

export async function startPipeline(
  options: {
    readonly services?: readonly Service[];
    readonly strictRegion?: boolean;
    readonly sigv2?: boolean;
    readonly maxRequestsPerCaller?: number;
    readonly maxRatePerCaller?: number;
    readonly trusted?: readonly string[];
    readonly time?: TimeBudget;
  } = {},
): Promise<PipelineGateway> {
  const stored = new Map<string, Buffer>();
  const log: string[] = [];
  const buckets = new Map([["bucket", bucketRecord()]]);
  const deactivated = new Set<string>();
  const trustedProxies = parseAddressRanges(options.trusted ?? []);
  if ("invalid" in trustedProxies) throw new Error(trustedProxies.invalid);
  const clock = { now: () => Date.now(), monotonic: () => Math.trunc(performance.now()) };
  const ports = {
    clock,
    ids: randomIds,
    region: "us-east-1",
    buckets: { find: async (name: string) => buckets.get(name) },
    principals: {
      credential: async (id: string, token: string | undefined) =>
        deactivated.has(id) ? { kind: "inactive" } : credential(id, token),
      anonymous: () => anonymous,
      resourceAccount: async () => undefined,
    },
  } as unknown as Ports;
  const requestLog = createRequestLog("info", { write: (line) => void log.push(line) });
  const tables = {
    s3: { ...s3Table, ...rows(stored) },
    iam: { ...iamTable, GetUser: getUser },
    sts: { ...stsTable, GetCallerIdentity: whoAmI },
    organizations: organizationsTable,
    cloudtrail: cloudtrailTable,
    account: accountTable,
    "access-analyzer": accessAnalyzerTable,
    "s3-credentials": ownTable,
  };
  const gate = createGate({
    record: { portsFor: async () => ports, finish: async (_call, _facts, outcome) => outcome },
    ports,
    programs: createPolicyPrograms(),
    time: options.time ?? createTimeBudget(),
    tables,
    strictRegion: options.strictRegion ?? false,
    maxRequestsPerCaller: options.maxRequestsPerCaller ?? 64,
    maxRatePerCaller: options.maxRatePerCaller,
    log: requestLog,
  });
  const config: Pick<Config, "domains" | "services" | "trustedProxies" | "sigv2"> = {
    sigv2: options.sigv2 ?? true,
    domains: ["localhost"],
    services: new Set(
      options.services ?? ["s3", "iam", "sts", "organizations", "account", "access-analyzer", "s3-credentials"],
    ),
    trustedProxies,
  };
  const limits = { total: 1000, perAddress: 1000 };
  const server = await openServer({ host: "127.0.0.1", port: 0, limits, trustedProxies });
  server.serve(createListener({ gate, config, clock, ids: randomIds, log: requestLog }));
  return {
    port: server.port,
    stored,
    log,
    buckets,
    deactivated,
    waiting: () => gate.load.waiting,
    close: () => server.close(),
  };
}

export interface Sent {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Call {
  readonly method?: string;
  /** With the query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Added after signing. */
  readonly unsigned?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly keys?: SigningKeys;
  readonly service?: string;
  readonly region?: string;
  readonly time?: number;
  /** What is signed as the payload's digest; the body's by default. */
  readonly payload?: string;
}

export function sha256(body: string | Buffer): string {
  return createHash("sha256").update(body).digest("hex");
}

/** A connection for each request costs as much as many requests do. */
const connections = new Agent({ keepAlive: true });

/** One request, signed when there are keys; the raw target goes out as it is. */
export function call(
  gateway: Pick<PipelineGateway, "port"> & { readonly ca?: string | undefined },
  {
    method = "GET",
    target,
    headers = {},
    unsigned = {},
    body = "",
    keys,
    service = "s3",
    region = "us-east-1",
    time = Date.now(),
    payload,
  }: Call,
): Promise<Sent> {
  const [path = "", query = ""] = target.split("?");
  const own: [string, string][] = [
    ["host", headers["host"] ?? `127.0.0.1:${gateway.port}`],
    ...Object.entries(headers).filter(([name]) => name !== "host"),
  ];
  const added =
    keys === undefined
      ? []
      : signRequest({ method, path, query, headers: own }, payload ?? sha256(body), keys, { region, service, time });
  const all = [...own, ...added, ...Object.entries(unsigned)];
  if ((body.length > 0 || method === "PUT" || method === "POST") && !all.some(([name]) => name === "transfer-encoding"))
    all.push(["content-length", String(Buffer.byteLength(body))]);
  return new Promise((resolve, reject) => {
    const send = gateway.ca === undefined ? httpRequest : httpsRequest;
    const { port, ca } = gateway;
    const sent = send(
      {
        host: "127.0.0.1",
        port,
        method,
        path: target,
        headers: all.flat(),
        ...(ca === undefined ? { agent: connections } : { agent: false, servername: "", ca }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            code: /<Code>([\w.]+)<\/Code>/.exec(text)?.[1],
            body: text,
            headers: response.headers,
          });
        });
      },
    );
    sent.on("error", reject);
    // A Buffer: Node writes the head in UTF-8 when text goes out with it, and header values are bytes.
    sent.end(Buffer.from(body));
  });
}
