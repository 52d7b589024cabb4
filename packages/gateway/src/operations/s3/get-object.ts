import type { Grant } from "../../ports/grant.ts";
import { StoreError } from "../../ports/store-error.ts";
import { isRefusal, type Refusal, type Reply } from "../operation.ts";
import { type VersionContext, byVersion, versionedObject } from "./define-s3.ts";
import { parseRead, readMembers, type ReadInput, selectObject } from "./read-object.ts";

/** How often an object that is replaced just while it is opened is looked up anew. */
const attempts = 3;

async function readOnce(grant: Grant, input: ReadInput, context: VersionContext): Promise<Reply | Refusal> {
  const selected = await selectObject(grant, input, context);
  if (isRefusal(selected) || selected.kind === "reply") return selected;
  const { version, range, status, headers, length } = selected;
  const chunks = await context.ports.objects.read(grant, context.bucket.id, version, range);
  return { kind: "reply", status, headers, body: { kind: "stream", chunks, length } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject = versionedObject({
  name: "GetObject",
  route: { method: "GET" },
  reads: readMembers,
  demands: byVersion("s3:GetObject", "s3:GetObjectVersion"),
  parse: parseRead,
  async run(grant, input, context) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await readOnce(grant, input, context);
      } catch (error) {
        if (attempt === attempts || !(error instanceof StoreError && error.kind === "conflict")) throw error;
      }
    }
  },
});
