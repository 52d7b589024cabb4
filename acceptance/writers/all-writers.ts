import { KeyWriter } from "./key-writer.ts";
import { OrderWriter } from "./order-writer.ts";
import { PutWriter } from "./put-writer.ts";
import { UploadWriter } from "./upload-writer.ts";
import { VersionWriter } from "./version-writer.ts";
import type { Writer } from "./writer.ts";

/** New ones, each with how many work at a time. `putters`: of those that write most. */
export function allWriters(putters: number): readonly { readonly writer: Writer; readonly workers: number }[] {
  return [
    { writer: new PutWriter(), workers: putters },
    { writer: new UploadWriter(), workers: 1 },
    { writer: new VersionWriter(), workers: 1 },
    { writer: new KeyWriter(), workers: 1 },
    { writer: new OrderWriter(), workers: 1 },
  ];
}
