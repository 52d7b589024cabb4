import { type Json, type JsonObject, textField } from "../formats/json.ts";
import { writeRows } from "../output/rows.ts";
import { listObjects } from "../service/buckets.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { bufferedPrint } from "../transfer/buffered-print.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
  positional,
} from "../command-line/definition.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "list-bucket",
  summary: "List the objects of a bucket",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [
    { name: "prefix", value: "PREFIX", summary: "only keys that start with this" },
    { name: "urls", summary: "add the URL of each object" },
    ...rowOptions,
  ],
  service: true,
  example: "s3-credentials list-bucket my-bucket --prefix photos/ --nl",
} as const satisfies CommandDefinition;

const headers = ["Key", "LastModified", "ETag", "Size", "StorageClass", "Owner"];

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const bucket = positional(invocation, 0);
  const s3 = await s3Client(await connectionOf(context, options));
  const urls = hasOption(options, "urls");
  const objects = listObjects(s3, bucket, textOption(options, "prefix"));
  const { print, flush } = bufferedPrint(context.print);
  try {
    await writeRows(
      urls ? withUrls(objects, bucket) : objects,
      urls ? [...headers, "URL"] : headers,
      rowFormat(options),
      { print, shown: context.shown },
    );
  } finally {
    await flush();
  }
  return 0;
}

async function* withUrls(objects: AsyncIterable<JsonObject>, bucket: string): AsyncGenerator<JsonObject> {
  for await (const object of objects) {
    yield new Map<string, Json>([...object, ["URL", `https://s3.amazonaws.com/${bucket}/${textField(object, "Key")}`]]);
  }
}

export const listBucket: Command = { definition, run };
