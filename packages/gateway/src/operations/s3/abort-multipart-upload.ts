import { defineS3, refuse } from "../operation.ts";
import { authorized } from "./names.ts";
import { emptyReply } from "./reply.ts";
import { type UploadInput, uploadOf } from "./uploads.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload = defineS3<UploadInput>({
  name: "AbortMultipartUpload",
  body: { kind: "none" },
  demands: [{ action: "s3:AbortMultipartUpload", resource: "object" }],
  conditionKeys: [],
  parse: uploadOf,
  subject: ({ bucket, key }) => ({ bucket, key }),
  async run(grant, { key, uploadId }, { ports, bucket }) {
    const aborted = await ports.objects.abortUpload(grant, authorized(bucket).id, key, uploadId);
    return aborted ? emptyReply(204) : refuse("NoSuchUpload", undefined, { details: { UploadId: uploadId } });
  },
});
