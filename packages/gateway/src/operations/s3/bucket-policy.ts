import { element } from "@s3-credentials/protocol";
import { isPublicPolicy, parsePolicy, printPolicy } from "@s3-credentials/policy";
import { blocksPublicAccess } from "../../ports/public-access.ts";
import { type BufferedBody, isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { conditionsOnTags, unsupportedByEngine } from "./engine-refusals.ts";
import { checkBucketPolicy } from "./check-bucket-policy.ts";
import type { BucketContext } from "./s3-context.ts";
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

/**
 * "If you have the correct permissions, but you're not using an identity that belongs to the bucket owner's account, Amazon S3 returns a
 * 405 Method Not Allowed error": whatever a bucket's policy gives to others, it is not the policy itself.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html, and of GetBucketPolicy and DeleteBucketPolicy
 */
function refuseOthers(
  Method: "GET" | "PUT" | "DELETE",
  { principal, bucket }: Pick<BucketContext, "principal" | "bucket">,
): Refusal | undefined {
  if ("accountId" in principal && principal.accountId === bucket.owner) return undefined;
  const details = { Method, ResourceType: "BUCKETPOLICY" };
  // RFC 9110 section 10.2.1: no method is allowed.
  return refuse("MethodNotAllowed", undefined, { details, headers: { allow: "" } });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export const putBucketPolicy = defineBucketOperation<string, undefined, string>({
  name: "PutBucketPolicy",
  route: { method: "PUT", subResource: "policy" },
  body,
  demands: [{ action: "s3:PutBucketPolicy", resource: "bucket" }],
  parse: noInput,
  parseBody: (_head, text) => text,
  async run(grant, text, context) {
    const { ports, bucket, time } = context;
    const others = refuseOthers("PUT", context);
    if (others !== undefined) return others;
    const policy = await checkBucketPolicy(text, bucket.name, time.turn);
    if (isRefusal(policy)) return policy;
    if (
      printPolicy(policy).toLowerCase().includes("s3:existingobjecttag/") &&
      !(await ports.homes.keepsTags(bucket.place))
    )
      return unsupportedByEngine(conditionsOnTags);
    const bound = await ports.principals.bindings.bind(text, time.turn);
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
  async run(_grant, _input, context) {
    const { ports, bucket, time } = context;
    const others = refuseOthers("GET", context);
    if (others !== undefined) return others;
    const { policy } = bucket;
    if (policy === undefined) return refuse("NoSuchBucketPolicy", undefined, { details: { BucketName: bucket.name } });
    const text = await ports.principals.bindings.unbind(policy, time.turn);
    return { kind: "reply", status: 200, headers: {}, body: { kind: "text", text, type: "application/json" } };
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export const deleteBucketPolicy = defineBucketOperation({
  name: "DeleteBucketPolicy",
  route: { method: "DELETE", subResource: "policy" },
  demands: [{ action: "s3:DeleteBucketPolicy", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, context) {
    const { ports, bucket } = context;
    const others = refuseOthers("DELETE", context);
    if (others !== undefined) return others;
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
