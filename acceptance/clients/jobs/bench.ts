import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { CreateAccountCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import * as sdk from "@aws-sdk/client-s3";
import { rootKeysOf } from "../../../packages/gateway/test/organization-accounts.ts";
import type { useCertificate } from "../../../packages/gateway/test/self-signed.ts";
import { documentedSettings } from "../../clients.ts";
import type { Keys, RunningGateway } from "../../gateway.ts";
import { startGatewayHere } from "../../gateway-here.ts";
import type { Client, Job, JobOf } from "./table.ts";

/** A gateway with TLS, without which nobody may send a key, and what the clients of `table.ts` find there. */
export interface Bench {
  readonly gateway: RunningGateway;
  readonly certificate: ReturnType<typeof useCertificate>;
  /** For the clients that read the variables of AWS's. */
  readonly env: { readonly AWS_CA_BUNDLE: string };
  /** ARN of a KMS key of the gateway. */
  readonly kmsKey: string;
  /** 32 letters, in the file `customer.key` too. */
  readonly customerKey: string;
  /** The administrator, with the SDK: makes what a job needs, and sees what became of it. */
  readonly witness: sdk.S3Client;
  /** Trusts the certificate. */
  readonly agent: Agent;
  /** Called when the tests have ended. */
  readonly atEnd: (end: () => unknown) => void;
  stop(): Promise<void>;
}

/** Where a client does one job. */
export interface Place {
  readonly bucket: string;
  readonly key: string;
  /** Of the first version that is there already; "" when none is. */
  readonly versionId: string;
}

/**
 * Does a job; gives what the client printed, the URL that it made, or the text that it read. It calls `skip` where this machine does not
 * let the client run.
 */
export type Run = (place: Place, skip: (why: string) => never) => Promise<string>;
export type Runs<C extends Client> = Readonly<Record<JobOf<C>, Run>>;
/** Makes a client ready. */
export type Start<C extends Client> = (bench: Bench) => Runs<C> | Promise<Runs<C>>;

/** When the retentions end that the clients ask for. */
export const retainUntil = "2901-01-01T00:00:00Z";
/** In the home folder of every client; uploads are of this file. */
export const file = { name: "a.txt", text: "what clients upload" } as const;
/** A bucket of another account, and the text of its object `k`: whoever reads pays. */
export const foreign = { bucket: "of-another-account", key: "k", text: "read by who pays" } as const;
export const lifecycleRule = {
  ID: "old",
  Status: "Enabled",
  Filter: { Prefix: "tmp/" },
  Expiration: { Days: 7 },
} as const;

export async function startBench(certificate: ReturnType<typeof useCertificate>): Promise<Bench> {
  const kms = `${certificate.key}.kms`;
  writeFileSync(kms, randomBytes(32), { mode: 0o600 });
  const gateway = await startGatewayHere({ args: [...certificate.options, "--kms-key", `photos=${kms}`] });
  const customerKey = randomBytes(16).toString("hex");
  writeSettings(gateway, certificate.cert, customerKey);
  const agent = new Agent({ ca: certificate.ca, keepAlive: true });
  const settings = (keys: Keys) => ({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    credentials: { ...keys },
    requestHandler: { httpsAgent: agent },
  });
  const client = (keys: Keys) => new sdk.S3Client({ ...settings(keys), forcePathStyle: true });
  const witness = client(gateway.admin);
  const organizations = new OrganizationsClient(settings(gateway.admin));
  const account = new CreateAccountCommand({ AccountName: "other", Email: "o@example.com" });
  const { CreateAccountStatus } = await organizations.send(account);
  const other = client(rootKeysOf(gateway.dataDir, CreateAccountStatus?.AccountId ?? ""));
  await makePaidBucket(other, gateway.accountId);
  other.destroy();
  organizations.destroy();
  await witness.send(new sdk.CreateBucketCommand({ Bucket: "keys" }));
  const byKey = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: "alias/photos" } as const;
  const { SSEKMSKeyId = "" } = await witness.send(
    new sdk.PutObjectCommand({ Bucket: "keys", Key: "k", Body: "k", ...byKey }),
  );
  const ends: (() => unknown)[] = [];
  return {
    atEnd: (end) => void ends.push(end),
    gateway,
    certificate,
    env: { AWS_CA_BUNDLE: certificate.cert },
    kmsKey: SSEKMSKeyId,
    customerKey,
    witness,
    agent,
    async stop() {
      for (const end of ends) await end();
      witness.destroy();
      agent.destroy();
      await gateway.stop();
    },
  };
}

/** The settings of the guide, with TLS. */
function writeSettings(gateway: RunningGateway, cert: string, customerKey: string): void {
  const { home } = gateway;
  const settings = (client: string): string => documentedSettings(gateway, client).replace("http:", "https:");
  mkdirSync(join(home, ".config/rclone"), { recursive: true });
  writeFileSync(join(home, ".config/rclone/rclone.conf"), settings("rclone"));
  const s3cfg = settings("s3cmd").replace(
    "use_https = False",
    `use_https = True\nsignurl_use_https = True\nca_certs_file = ${cert}`,
  );
  writeFileSync(join(home, ".s3cfg"), `[default]\n${s3cfg}`);
  writeFileSync(join(home, "customer.key"), customerKey);
  writeFileSync(join(home, file.name), file.text);
}

async function makePaidBucket(owner: sdk.S3Client, reader: string): Promise<void> {
  const { bucket: Bucket, key: Key, text: Body } = foreign;
  await owner.send(new sdk.CreateBucketCommand({ Bucket }));
  await owner.send(new sdk.PutObjectCommand({ Bucket, Key, Body }));
  const Statement = {
    Effect: "Allow",
    Principal: { AWS: reader },
    Action: ["s3:GetObject", "s3:ListBucket"],
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
  };
  await owner.send(
    new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );
  const RequestPaymentConfiguration = { Payer: "Requester" } as const;
  await owner.send(new sdk.PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration }));
}

/** The bucket of a client, which keeps versions and can lock them. */
export function bucketOf(client: Client): string {
  return `of-${client.toLowerCase().replaceAll(" ", "-")}`;
}

const retained = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date(retainUntil) } as const;
/** The versions that are there before the client comes, the current one last. */
const before: { readonly [J in Job]?: readonly Partial<sdk.PutObjectCommandInput>[] } = {
  presignedGet: [{}],
  laterRetention: [{}],
  legalHold: [{}],
  bypass: [retained, {}],
  oldVersion: [{ Body: "the first one" }, { Body: "the second one" }],
};

const byDefault = {
  ObjectLockConfiguration: {
    ObjectLockEnabled: "Enabled",
    Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } },
  },
} as const;

/** Makes what a job needs. */
export async function prepare({ witness }: Bench, client: Client, job: Job): Promise<Place> {
  // `create --website` makes a website of a bucket that it creates.
  const isNew = client === "s3-credentials" && job === "website";
  const place = { Bucket: `${bucketOf(client)}${isNew ? "-new" : ""}`, Key: `${job}/${file.name}` };
  if (job === "underRetention")
    await witness.send(new sdk.PutObjectLockConfigurationCommand({ Bucket: place.Bucket, ...byDefault }));
  const versions: string[] = [];
  for (const more of before[job] ?? []) {
    const { VersionId = "" } = await witness.send(new sdk.PutObjectCommand({ Body: file.text, ...more, ...place }));
    versions.push(VersionId);
  }
  return { bucket: place.Bucket, key: place.Key, versionId: versions[0] ?? "" };
}

/** As who has nothing but the URL. */
export async function visit(
  { agent }: Pick<Bench, "agent">,
  url: string,
  { method = "GET", body = "" }: { readonly method?: "GET" | "PUT"; readonly body?: string } = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const asked = request(url, { method, agent });
  asked.end(body);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}

/** What a request with the customer's key says of it. */
export function customerKeyOf({ customerKey }: Pick<Bench, "customerKey">) {
  const bytes = Buffer.from(customerKey);
  return {
    SSECustomerAlgorithm: "AES256",
    SSECustomerKey: bytes.toString("base64"),
    SSECustomerKeyMD5: md5(bytes),
  };
}

/** As in `Content-MD5`. */
export function md5(data: string | Buffer): string {
  return createHash("md5").update(data).digest("base64");
}
