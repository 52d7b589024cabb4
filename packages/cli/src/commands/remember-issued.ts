import { parseArn } from "@s3-credentials/policy";
import { type JsonObject, textField } from "../formats/json.ts";
import { describeError } from "../output/errors.ts";
import type { CreateRequest } from "../plan/create-request.ts";
import type { Plan } from "../plan/steps.ts";
import { callerAccount } from "../service/caller.ts";
import type { Connection } from "../service/connection.ts";
import { ledgerFile, recordIssued } from "../service/ledger.ts";
import type { Context } from "../command-line/context.ts";

/** Credentials that were handed over are kept when the ledger cannot be written. */
export async function rememberIssued(
  context: Context,
  { credentials: asked, purpose }: CreateRequest,
  { steps }: Plan,
  connection: Connection,
  credentials: JsonObject,
): Promise<void> {
  if (asked.kind !== "temporary") return;
  const { s3: endpoint } = connection.endpoints;
  const assumed = steps.find((step) => step.kind === "assume-role");
  const account = parseArn(assumed?.roleArn ?? "")?.account || (await callerAccount(connection));
  try {
    await recordIssued(context.env, {
      issued: new Date().toISOString(),
      expires: isoExpiration(credentials),
      accessKeyId: textField(credentials, "AccessKeyId"),
      session: asked.sessionName,
      ...(assumed?.roleArn === undefined ? {} : { roleArn: assumed.roleArn }),
      purpose,
      ...(asked.sourceIdentity === undefined ? {} : { sourceIdentity: asked.sourceIdentity }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(account === undefined ? {} : { account }),
    });
  } catch (error) {
    context.say(`Warning: cannot note the credentials in ${ledgerFile(context.env)}: ${describeError(error)}`);
  }
}

function isoExpiration(credentials: JsonObject): string {
  return new Date(textField(credentials, "Expiration").replace(" ", "T")).toISOString();
}
