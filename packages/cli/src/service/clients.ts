import type { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import type { STSClient } from "@aws-sdk/client-sts";
import { need } from "./providers.ts";
import type { KeySource } from "./ambient.ts";
import { responseBytes, understandBareErrors } from "./response-body.ts";
import type { ServiceName } from "./configured-endpoints.ts";
import type { Connection } from "./connection.ts";

/** The SDK is loaded here and only when a command needs it: `policy` and `--help` start without it. */
export async function s3Client(connection: Connection, region?: string): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  return new S3Client({
    ...(await settings(connection, "s3")),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: connection.pathStyle,
    followRegionRedirects: true,
    // Downloads compare every checksum themselves. The SDK knows fewer, and refuses an object that has one of the others.
    responseChecksumValidation: "WHEN_REQUIRED",
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
  const { ServiceHandler } = await import("./http-handler.ts");
  const requestHandler = new ServiceHandler(connection.network);
  const credentials =
    connection.keys ?? (await keyProvider(connection.source, { requestHandler, streamCollector: responseBytes }));
  return {
    requestHandler,
    streamCollector: responseBytes,
    region: regionOf(connection),
    // They are in `endpoints` already, those of the right profile.
    ignoreConfiguredEndpointUrls: true,
    ...(credentials === undefined ? {} : { credentials }),
    ...(connection.profile === undefined ? {} : { profile: connection.profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Providers of roles and of SSO call services of their own, through the same proxy and with the same limits. */
async function keyProvider(source: KeySource | undefined, clientConfig: object) {
  if (source === undefined) return undefined;
  const { fromIni, fromProcess, fromSSO, fromTokenFile } = await import("@aws-sdk/credential-providers");
  if (source.kind !== "web-identity") {
    const { profile } = source;
    return { role: fromIni, sso: fromSSO, process: fromProcess }[source.kind]({ profile, clientConfig });
  }
  return fromTokenFile({
    webIdentityTokenFile: source.tokenFile,
    roleArn: source.roleArn,
    clientConfig,
    ...(source.sessionName === undefined ? {} : { roleSessionName: source.sessionName }),
  });
}

/** The region given or found, else `us-east-1` as the Python tool has it. */
export function regionOf(connection: Connection): string {
  return connection.region ?? "us-east-1";
}

/**
 * Now, by the clock of the service that the client asked last. What services compare with their own time must not come from a
 * machine whose clock is wrong.
 */
export async function serviceTime(client: { readonly config: { readonly requestHandler: unknown } }): Promise<Date> {
  const { ServiceHandler } = await import("./http-handler.ts");
  const { requestHandler } = client.config;
  return requestHandler instanceof ServiceHandler ? requestHandler.serviceTime() : new Date();
}
