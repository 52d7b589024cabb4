import { element } from "@s3-credentials/protocol";
import { isPublicPolicy, parsePolicy, printPolicy } from "@s3-credentials/policy";
import { blocksPublicAccess } from "../../ports/public-access.ts";
import { type BufferedBody, isRefusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { conditionsOnTags, unsupportedByEngine } from "./engine-refusals.ts";
import { checkBucketPolicy } from "./check-bucket-policy.ts";
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
export const putBucketPolicy = defineBucketOperation<string, undefined, string>({
  name: "PutBucketPolicy",
  route: { method: "PUT", subResource: "policy" },
  body,
  demands: [{ action: "s3:PutBucketPolicy", resource: "bucket" }],
  parse: noInput,
  parseBody: (_head, text) => text,
  async run(grant, text, { ports, bucket, time }) {
    const policy = await checkBucketPolicy(text, bucket.name, time.turn);
    if (isRefusal(policy)) return policy;
    if (
      printPolicy(policy).toLowerCase().includes("s3:existingobjecttag/") &&
      !(await ports.homes.keepsTags(bucket.place))
    )
      return unsupportedByEngine(conditionsOnTags);
    const bound = await ports.principals.bindings.bind(text);
    if (bound.kind === "unknown") return refuse("MalformedPolicy", `Invalid principal in policy: ${bound.principal}`);
    if (blocksPublicAccess(bucket, "blockPublicPolicy") && isPublicPolicy(policy)) {
      return refuse(
        "AccessDenied",
        "The policy makes the bucket public, and the BlockPublicPolicy setting of the bucket or of its account does not let it.",
      );
    }
    await ports.buckets.setPolicy(grant, bucket.id, bound.policy);
    return emptyReply(204);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html */
export const getBucketPolicy = defineBucketOperation({
  name: "GetBucketPolicy",
  route: { method: "GET", subResource: "policy" },
  demands: [{ action: "s3:GetBucketPolicy", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { ports, bucket }) {
    const { policy } = bucket;
    if (policy === undefined) return refuse("NoSuchBucketPolicy", undefined, { details: { BucketName: bucket.name } });
    const text = await ports.principals.bindings.unbind(policy);
    return { kind: "reply", status: 200, headers: {}, body: { kind: "text", text, type: "application/json" } };
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export const deleteBucketPolicy = defineBucketOperation({
  name: "DeleteBucketPolicy",
  route: { method: "DELETE", subResource: "policy" },
  demands: [{ action: "s3:DeleteBucketPolicy", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    await ports.buckets.setPolicy(grant, bucket.id, undefined);
    return emptyReply(204);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html */
export const getBucketPolicyStatus = defineBucketOperation({
  name: "GetBucketPolicyStatus",
  route: { method: "GET", subResource: "policyStatus" },
  demands: [{ action: "s3:GetBucketPolicyStatus", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket }) {
    const { policy: text } = bucket;
    if (text === undefined) return refuse("NoSuchBucketPolicy", undefined, { details: { BucketName: bucket.name } });
    const { policy } = parsePolicy(text, "resource");
    // A policy that cannot be read allows nobody. It is reported as public, so that somebody looks at it.
    return xmlReply("PolicyStatus", [element("IsPublic", policy === undefined || isPublicPolicy(policy))]);
  },
});
