import { refuse } from "../operation.ts";
import { defineUploadOperation, noInput } from "./define-s3.ts";
import { emptyReply } from "./reply.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload = defineUploadOperation({
  name: "AbortMultipartUpload",
  route: { method: "DELETE", subResource: "uploadId" },
  demands: [{ action: "s3:AbortMultipartUpload", resource: "object" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket, key, uploadId }) {
    const aborted = await ports.objects.abortUpload(grant, bucket.id, key, uploadId);
    return aborted ? emptyReply(204) : refuse("NoSuchUpload", undefined, { details: { UploadId: uploadId } });
  },
});
