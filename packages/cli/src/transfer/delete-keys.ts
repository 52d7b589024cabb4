import type { S3Client } from "@aws-sdk/client-s3";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../command-line/failures.ts";
import { describeError, serviceFailure } from "../output/errors.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html: at most 1,000 keys a request. */
export const batchSize = 1000;

export interface KeyFailure {
  readonly key: string;
  readonly reason: string;
}

const attempts = 4;

/** Codes of one key's failure that asking again may mend. */
const passing: ReadonlySet<string> = new Set(["InternalError", "ServiceUnavailable", "SlowDown", "OperationAborted"]);

/** What no XML 1.0 document can hold, not even escaped. https://www.w3.org/TR/xml/#charsets */
const outsideXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** Deletes keys exactly as they are, at most `batchSize`; those that could not be deleted, in their order. */
export async function deleteKeys(
  s3: S3Client,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly KeyFailure[]> {
  const failures = new Map<string, string>();
  await deleteTogether(
    s3,
    bucket,
    keys.filter((key) => !outsideXml.test(key)),
    { signal, failures },
  );
  for (const key of keys.filter((one) => outsideXml.test(one)))
    await deleteAlone(s3, bucket, key, { signal, failures });
  return keys.flatMap((key) => {
    const reason = failures.get(key);
    return reason === undefined ? [] : [{ key, reason }];
  });
}

interface Course {
  readonly signal: AbortSignal;
  readonly failures: Map<string, string>;
}

async function deleteTogether(
  s3: S3Client,
  bucket: string,
  keys: readonly string[],
  { signal, failures }: Course,
): Promise<void> {
  const { DeleteObjectsCommand } = await import("@aws-sdk/client-s3");
  let left = keys;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    if (attempt > 1) await sleep(100 * 2 ** attempt, undefined, { signal });
    const command = new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: left.map((key) => ({ Key: key })) },
    });
    const { Deleted = [], Errors = [] } = await s3.send(command, { abortSignal: signal });
    // A web page in place of the service names none of them. They are counted, because some services write names that do not read back.
    if (Deleted.length + Errors.length < left.length)
      throw new CommandError("the answer does not say of each key that it is deleted; check the endpoint");
    const again: string[] = [];
    for (const { Key = "", Code = "", Message } of Errors) {
      if (attempt < attempts && passing.has(Code)) again.push(Key);
      else failures.set(Key, describeError({ Code, message: Message }));
    }
    left = again;
  }
}

/** A refusal of one key is its own; anything that is not (the bucket, the credentials, the network) is thrown. */
async function deleteAlone(s3: S3Client, bucket: string, key: string, { signal, failures }: Course): Promise<void> {
  const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
  try {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  } catch (error) {
    if (serviceFailure(error).code !== "AccessDenied") throw error;
    failures.set(key, describeError(error));
  }
}
