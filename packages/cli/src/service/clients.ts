import type { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import type { STSClient } from "@aws-sdk/client-sts";
import { need } from "./providers.ts";
import { understandBareErrors } from "./bare-errors.ts";
import type { Connection, ServiceName } from "./connection.ts";

/** The SDK is loaded here and only when a command needs it: `policy` and `--help` start without it. */
export async function s3Client(connection: Connection, region?: string): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  return new S3Client({
    ...(await settings(connection, "s3")),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: connection.pathStyle,
    followRegionRedirects: true,
  });
}

/** `attempts`: 1 for a call that must not be repeated when its answer is lost. */
export async function iamClient(connection: Connection, attempts?: number): Promise<IAMClient> {
  const { IAMClient } = await import("@aws-sdk/client-iam");
  const client = new IAMClient({
    ...(await settings(connection, "iam")),
    ...(attempts === undefined ? {} : { maxAttempts: attempts }),
  });
  understandBareErrors(client);
  if (connection.provider.usersFrom === "ceph-admin") (await import("./ceph/admin-api.ts")).askAdminApi(client);
  return client;
}

/** For commands about users: refused before any call where the service has none. */
export async function userClient(connection: Connection): Promise<IAMClient> {
  need(connection.provider, "users", "show or change users");
  return iamClient(connection);
}

export async function stsClient(connection: Connection): Promise<STSClient> {
  const { STSClient } = await import("@aws-sdk/client-sts");
  const client = new STSClient(await settings(connection, "sts"));
  understandBareErrors(client);
  return client;
}

async function settings(connection: Connection, service: ServiceName) {
  const endpoint = connection.endpoints[service];
  return {
    region: await regionOf(connection),
    ...(connection.keys === undefined ? {} : { credentials: { ...connection.keys } }),
    ...(connection.profile === undefined ? {} : { profile: connection.profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

const foundRegions = new WeakMap<Connection, string>();

/** The region given, else the one of the shared configuration files, else `us-east-1` as the Python tool has it. */
export async function regionOf(connection: Connection): Promise<string> {
  const known = connection.region ?? foundRegions.get(connection);
  if (known !== undefined) return known;
  const { STSClient } = await import("@aws-sdk/client-sts");
  const probe = new STSClient(connection.profile === undefined ? {} : { profile: connection.profile });
  let region = "us-east-1";
  try {
    region = await probe.config.region();
  } catch {
    // No file names one.
  }
  probe.destroy();
  foundRegions.set(connection, region);
  return region;
}
