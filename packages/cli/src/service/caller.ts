import { stsClient } from "./clients.ts";
import type { Connection } from "./connection.ts";
import type { S3Client } from "@aws-sdk/client-s3";
import { CommandError } from "../command-line/failures.ts";

/** The account of the credentials in use; undefined where the service does not say. */
export async function callerAccount(connection: Connection): Promise<string | undefined> {
  try {
    return await askAccount(connection);
  } catch {
    return undefined;
  }
}

/** For who cannot go on without it: throws what the service answered, or why it could not be asked. */
export async function requireCallerAccount(connection: Connection): Promise<string> {
  const account = await askAccount(connection);
  if (account === undefined) throw new CommandError("the service does not say whose credentials these are");
  return account;
}

async function askAccount(connection: Connection): Promise<string | undefined> {
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  return (await (await stsClient(connection)).send(new GetCallerIdentityCommand({}))).Account || undefined;
}

/** Who the caller is as the owner of its buckets, where STS does not say. */
export interface BucketOwner {
  readonly userId: string;
  /** The tenant; empty when there is none. */
  readonly account: string;
  readonly arn: string;
}

/** https://docs.ceph.com/en/pacific/radosgw/multitenancy/: a user of a tenant is `TENANT$USER`. */
export async function bucketOwner(s3: S3Client, partition: string): Promise<BucketOwner> {
  const { ListBucketsCommand } = await import("@aws-sdk/client-s3");
  const userId = (await s3.send(new ListBucketsCommand({}))).Owner?.ID;
  if (userId === undefined) throw new CommandError("the service does not say who these credentials belong to");
  const [user = "", account = ""] = userId.split("$").reverse();
  return { userId, account, arn: `arn:${partition}:iam::${account}:user/${user}` };
}
