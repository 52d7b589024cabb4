import { stsClient } from "./clients.ts";
import type { Connection } from "./connection.ts";

/** The account of the credentials in use; undefined where the service does not say. */
export async function callerAccount(connection: Connection): Promise<string | undefined> {
  try {
    const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
    return (await (await stsClient(connection)).send(new GetCallerIdentityCommand({}))).Account || undefined;
  } catch {
    return undefined;
  }
}
