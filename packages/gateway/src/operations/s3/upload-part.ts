import { headerOf } from "@s3-credentials/protocol";
import { defineS3, isRefusal, refuse } from "../operation.ts";
import { authorized } from "./names.ts";
import { largestPut } from "./put-object.ts";
import { emptyReply, quoted } from "./reply.ts";
import { findUpload, partNumberOf, type UploadInput, uploadOf } from "./uploads.ts";
import { writeRefusal } from "./write-refusals.ts";

interface Input extends UploadInput {
  readonly number: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPart = defineS3<Input>({
  name: "UploadPart",
  body: { kind: "stream" },
  demands: [{ action: "s3:PutObject", resource: "object" }],
  conditionKeys: [],
  parse(request) {
    const number = partNumberOf(request);
    return isRefusal(number) ? number : { ...uploadOf(request), number };
  },
  subject: ({ bucket, key }) => ({ bucket, key }),
  async run(grant, input, context) {
    const { body, ports, mayList } = context;
    if (body === undefined) throw new Error("UploadPart without a body");
    if (body.length > largestPut)
      return refuse("EntityTooLarge", undefined, {
        details: { ProposedSize: String(body.length), MaxSizeAllowed: String(largestPut) },
      });
    const upload = await findUpload(grant, input, context);
    if (isRefusal(upload)) return upload;
    const put = await ports.objects.putPart(grant, authorized(context.bucket).id, upload, input.number, body);
    if (put.kind !== "part") return writeRefusal(put, mayList);
    const { etag, checksum } = put.part;
    return emptyReply(200, { etag: quoted(etag), [headerOf(checksum.algorithm)]: checksum.value });
  },
});
