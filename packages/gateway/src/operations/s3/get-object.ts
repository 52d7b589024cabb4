import type { Grant } from "../../ports/grant.ts";
import { StoreError } from "../../ports/store-error.ts";
import { defineS3, isRefusal, type Refusal, type Reply, type S3Context } from "../operation.ts";
import { authorized } from "./names.ts";
import { parseRead, type ReadInput, selectObject } from "./read-object.ts";

/** How often an object that is replaced just while it is opened is looked up anew. */
const attempts = 3;

async function readOnce(grant: Grant, input: ReadInput, context: S3Context): Promise<Reply | Refusal> {
  const selected = await selectObject(grant, input, context);
  if (isRefusal(selected) || selected.kind === "reply") return selected;
  const { version, range, status, headers, length } = selected;
  const chunks = await context.ports.objects.read(grant, authorized(context.bucket).id, version, range);
  return { kind: "reply", status, headers, body: { kind: "stream", chunks, length } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject = defineS3({
  name: "GetObject",
  body: { kind: "none" },
  demands: [
    { action: "s3:GetObject", resource: "object", when: "no-version" },
    { action: "s3:GetObjectVersion", resource: "object", when: "version-named" },
  ],
  conditionKeys: ["s3:VersionId"],
  parse: parseRead,
  subject: ({ bucket, key, versionId }) => ({ bucket, key, ...(versionId === undefined ? {} : { versionId }) }),
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
