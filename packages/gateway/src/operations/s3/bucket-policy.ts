import { element } from "@s3-credentials/protocol";
import { parsePolicy } from "@s3-credentials/policy";
import { type BufferedBody, defineBufferedS3, defineS3, isRefusal, refuse } from "../operation.ts";
import { isPublicPolicy } from "../public-policy.ts";
import { checkBucketPolicy } from "./check-bucket-policy.ts";
import { authorized, bucketOf } from "./names.ts";
import { emptyReply, xmlReply } from "./reply.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

const body: BufferedBody<string> = {
  kind: "buffered",
  maxBytes: 64 * 1024,
  async read(bytes) {
    if (bytes.length === 0) return refuse("MissingRequestBodyError");
    try {
      return decoder.decode(bytes);
    } catch {
      return refuse("MalformedPolicy", "The policy is not UTF-8");
    }
  },
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export const putBucketPolicy = defineBufferedS3<string, string, string>({
  name: "PutBucketPolicy",
  body,
  demands: [{ action: "s3:PutBucketPolicy", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  parseBody: (_bucket, text) => text,
  async run(grant, text, { ports, bucket: found }) {
    const bucket = authorized(found);
    const policy = checkBucketPolicy(text, bucket.name);
    if (isRefusal(policy)) return policy;
    const bound = await ports.principals.bindings.bind(text);
    if (bound.kind === "unknown") return refuse("MalformedPolicy", `Invalid principal in policy: ${bound.principal}`);
    if (bucket.publicAccessBlock?.blockPublicPolicy === true && isPublicPolicy(policy)) {
      return refuse(
        "AccessDenied",
        "The policy makes the bucket public, and the bucket's BlockPublicPolicy setting does not let it.",
      );
    }
    await ports.buckets.setPolicy(grant, bucket.id, bound.policy);
    return emptyReply(204);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html */
export const getBucketPolicy = defineS3<string>({
  name: "GetBucketPolicy",
  body: { kind: "none" },
  demands: [{ action: "s3:GetBucketPolicy", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  async run(_grant, name, { ports, bucket }) {
    const { policy } = authorized(bucket);
    if (policy === undefined) return refuse("NoSuchBucketPolicy", undefined, { details: { BucketName: name } });
    const text = await ports.principals.bindings.unbind(policy);
    return { kind: "reply", status: 200, headers: {}, body: { kind: "text", text, type: "application/json" } };
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export const deleteBucketPolicy = defineS3<string>({
  name: "DeleteBucketPolicy",
  body: { kind: "none" },
  demands: [{ action: "s3:DeleteBucketPolicy", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  async run(grant, _name, { ports, bucket }) {
    await ports.buckets.setPolicy(grant, authorized(bucket).id, undefined);
    return emptyReply(204);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html */
export const getBucketPolicyStatus = defineS3<string>({
  name: "GetBucketPolicyStatus",
  body: { kind: "none" },
  demands: [{ action: "s3:GetBucketPolicyStatus", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  async run(_grant, name, { bucket }) {
    const { policy: text } = authorized(bucket);
    if (text === undefined) return refuse("NoSuchBucketPolicy", undefined, { details: { BucketName: name } });
    const { policy } = parsePolicy(text, "resource");
    // A policy that cannot be read lets nobody in, and is told as what a reader should look at.
    return xmlReply("PolicyStatus", [element("IsPublic", policy === undefined || isPublicPolicy(policy))]);
  },
});
