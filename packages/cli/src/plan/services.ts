import type { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import type { STSClient } from "@aws-sdk/client-sts";
import type { Context } from "../command-line/context.ts";
import type { OptionValues } from "../command-line/definition.ts";
import type { Keys } from "../service/auth-file.ts";
import type { Provider } from "../service/providers.ts";
import { iamClient, regionOf, s3Client, stsClient } from "../service/clients.ts";
import { type Connection, connectionOf } from "../service/connection.ts";
import { partitionOf } from "../service/partition.ts";

/** The clients that make a plan and run it. */
export interface Services {
  readonly s3: S3Client;
  /** For a bucket made in another region than the client's. */
  readonly s3In: (region: string) => Promise<S3Client>;
  readonly iam: IAMClient;
  /** Never repeats a call by itself: a second CreateAccessKey would leave a key that nobody knows of. */
  readonly iamOnce: IAMClient;
  readonly sts: STSClient;
  /** The same endpoints with other keys; no call is repeated by itself. */
  readonly as: (keys: Keys) => Promise<{ readonly s3: S3Client; readonly sts: STSClient }>;
  /** Whether S3 is reached over TLS. */
  readonly secure: boolean;
  readonly partition: string;
  readonly provider: Provider;
}

/** Everything a command that plans needs of the service options. */
export interface OpenServices {
  readonly connection: Connection;
  readonly region: string;
  readonly services: Services;
}

export async function openServices(context: Context, options: OptionValues): Promise<OpenServices> {
  const connection = await connectionOf(context, options);
  const region = regionOf(connection);
  return { connection, region, services: await servicesOf(connection, partitionOf(region)) };
}

export async function servicesOf(connection: Connection, partition: string): Promise<Services> {
  const s3 = await s3Client(connection);
  return {
    s3,
    // Other services than AWS sign with one region, whatever the place of a bucket is called.
    s3In: async (region) => (connection.pathStyle && region !== "us-east-1" ? s3 : s3Client(connection, region)),
    iam: await iamClient(connection),
    iamOnce: await iamClient(connection, 1),
    sts: await stsClient(connection),
    as: async (keys) => {
      const { profile: _, ...endpoints } = connection;
      const other = { ...endpoints, region: regionOf(connection), keys };
      return { s3: await s3Client(other), sts: await stsClient(other) };
    },
    secure: connection.endpoints.s3?.startsWith("http:") !== true,
    partition,
    provider: connection.provider,
  };
}
