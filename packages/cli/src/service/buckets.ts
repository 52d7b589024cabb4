import type { S3Client } from "@aws-sdk/client-s3";
import { textOf } from "@s3-credentials/protocol";
import { type JsonObject, textField } from "../formats/json.ts";
import { bucketShape, objectShape } from "./shapes.ts";
import { readItems, sendForXml } from "./wire.ts";

export async function* listBuckets(s3: S3Client): AsyncGenerator<JsonObject> {
  const { ListBucketsCommand } = await import("@aws-sdk/client-s3");
  let token: string | undefined;
  do {
    const command = new ListBucketsCommand(token === undefined ? {} : { ContinuationToken: token });
    const { output, document } = await sendForXml(command, () => s3.send(command));
    yield* readItems(document, ["Buckets"], "Bucket", bucketShape);
    token = output.ContinuationToken === "" ? undefined : output.ContinuationToken;
  } while (token !== undefined);
}

/** Every object, page by page. Keys come percent-encoded: XML 1.0 cannot carry every character a key may have. */
export async function* listObjects(
  s3: S3Client,
  bucket: string,
  prefix: string | undefined,
): AsyncGenerator<JsonObject> {
  const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      EncodingType: "url",
      ...(prefix === undefined ? {} : { Prefix: prefix }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    const { document } = await sendForXml(command, () => s3.send(command), "ListBucketResult");
    const encoded = textOf(document, "EncodingType") === "url";
    for (const object of readItems(document, [], "Contents", objectShape)) {
      yield encoded ? new Map([...object, ["Key", decodeKey(textField(object, "Key"))]]) : object;
    }
    token = textOf(document, "IsTruncated") === "true" ? textOf(document, "NextContinuationToken") : undefined;
  } while (token !== undefined);
}

function decodeKey(sent: string): string {
  try {
    return decodeURIComponent(sent.replaceAll("+", " "));
  } catch {
    return sent;
  }
}
