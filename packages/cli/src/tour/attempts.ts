import type { S3 } from "@aws-sdk/client-s3";
import type { Keys } from "../service/auth-file.ts";
import type { GatewayProcess } from "./gateway-process.ts";

/** One request of the tour and its expected outcome. */
export interface Attempt {
  readonly what: string;
  readonly expected: "allowed" | "refused";
  readonly send: (client: S3) => Promise<unknown>;
}

export interface Row {
  readonly who: string;
  readonly what: string;
  readonly expected: "allowed" | "refused";
  readonly observed: string;
  readonly by: string;
}

export const bucket = "tour-bucket";
export const siteBucket = "tour-site";
const other = "tour-other-bucket";

const put = (key: string) => (client: S3) =>
  client.putObject({ Bucket: bucket, Key: key, Body: `written ${new Date().toISOString()}\n` });
const get =
  (key: string, from = bucket) =>
  async (client: S3) => {
    const reply = await client.getObject({ Bucket: from, Key: key });
    await reply.Body?.transformToString();
    return reply;
  };
const remove = (key: string) => (client: S3) => client.deleteObject({ Bucket: bucket, Key: key });
const list = (prefix?: string) => (client: S3) => client.listObjectsV2({ Bucket: bucket, Prefix: prefix });
const makeBucket = (client: S3) => client.createBucket({ Bucket: other });

export const readWriteAttempts: readonly Attempt[] = [
  { what: "put reports/a.txt", expected: "allowed", send: put("reports/a.txt") },
  { what: "put private/b.txt", expected: "allowed", send: put("private/b.txt") },
  { what: "get reports/a.txt", expected: "allowed", send: get("reports/a.txt") },
  { what: "list the bucket", expected: "allowed", send: list() },
  { what: `create ${other}`, expected: "refused", send: makeBucket },
];

export const readOnlyAttempts: readonly Attempt[] = [
  { what: "get reports/a.txt", expected: "allowed", send: get("reports/a.txt") },
  { what: "list reports/", expected: "allowed", send: list("reports/") },
  { what: "get private/b.txt", expected: "refused", send: get("private/b.txt") },
  { what: "list the bucket", expected: "refused", send: list() },
  { what: "put reports/a.txt", expected: "refused", send: put("reports/a.txt") },
];

export const withoutTokenAttempts: readonly Attempt[] = [
  { what: "get reports/a.txt", expected: "refused", send: get("reports/a.txt") },
];

export const writeOnlyAttempts: readonly Attempt[] = [
  { what: "put logs/today", expected: "allowed", send: put("logs/today") },
  { what: "get logs/today", expected: "refused", send: get("logs/today") },
  { what: "list the bucket", expected: "refused", send: list() },
  { what: "delete logs/today", expected: "refused", send: remove("logs/today") },
];

interface Metadata {
  readonly $metadata?: { readonly requestId?: string };
}

async function clientOf({ endpoint, region }: GatewayProcess, keys: Keys): Promise<S3> {
  // Loaded only here: what ends before the walk, as a wrong option, does not wait for it.
  const { S3: Client } = await import("@aws-sdk/client-s3");
  return new Client({ endpoint, region, forcePathStyle: true, credentials: { ...keys }, maxAttempts: 1 });
}

/** The first page of the website. */
export async function putPage(gateway: GatewayProcess, keys: Keys): Promise<void> {
  const client = await clientOf(gateway, keys);
  const page = { Key: "index.html", ContentType: "text/html", Body: "<h1>The website of the tour</h1>\n" };
  await client.putObject({ Bucket: siteBucket, ...page });
  client.destroy();
}

/** Sends each with these keys and says what came of it, and which statement decided. */
export async function tryAll(
  gateway: GatewayProcess,
  who: string,
  keys: Keys,
  attempts: readonly Attempt[],
): Promise<readonly Row[]> {
  const client = await clientOf(gateway, keys);
  const rows: Row[] = [];
  for (const { what, expected, send } of attempts) {
    const { observed, requestId } = await observe(send(client));
    rows.push({ who, what, expected, observed, by: await decidedBy(gateway, requestId) });
  }
  client.destroy();
  return rows;
}

async function observe(
  sent: Promise<unknown>,
): Promise<{ readonly observed: string; readonly requestId: string | undefined }> {
  try {
    const reply = (await sent) as Metadata;
    return { observed: "allowed", requestId: reply.$metadata?.requestId };
  } catch (error) {
    const name = error instanceof Error ? error.name : "failed";
    const refused = ["AccessDenied", "InvalidAccessKeyId", "InvalidToken"].includes(name);
    return { observed: refused ? "refused" : name, requestId: (error as Metadata).$metadata?.requestId };
  }
}

async function decidedBy(gateway: GatewayProcess, requestId: string | undefined): Promise<string> {
  const decision = requestId === undefined ? undefined : await gateway.decision(requestId);
  if (decision === undefined) return "the signature: a session token is required with these keys";
  const { allowed, layer, statement } = decision;
  if (statement === undefined) return allowed ? layer : `${layer}: no statement allows it`;
  const { policyName, index, sid } = statement;
  return `${layer}: ${policyName}, ${sid ?? `statement ${index + 1}`}`;
}
