import { expect, test } from "vitest";
import type { S3OperationName } from "../ports/operation-name.ts";
import { accessLogOperation } from "./access-log-operation.ts";

/** Those that the documentation has as examples. https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
test.each<readonly [S3OperationName, method: string, string]>([
  ["GetBucketVersioning", "GET", "REST.GET.VERSIONING"],
  ["GetBucketLogging", "GET", "REST.GET.LOGGING_STATUS"],
  ["GetBucketPolicy", "GET", "REST.GET.BUCKETPOLICY"],
  ["ListObjectVersions", "GET", "REST.GET.BUCKETVERSIONS"],
  ["ListObjectsV2", "GET", "REST.GET.BUCKET"],
  ["PutObject", "PUT", "REST.PUT.OBJECT"],
  ["HeadObject", "HEAD", "REST.HEAD.OBJECT"],
  ["CopyObject", "PUT", "REST.COPY.OBJECT"],
  ["UploadPartCopy", "PUT", "REST.COPY.PART"],
  ["UploadPart", "PUT", "REST.PUT.PART"],
  ["CompleteMultipartUpload", "POST", "REST.POST.UPLOAD"],
  ["CreateMultipartUpload", "POST", "REST.POST.UPLOADS"],
  ["DeleteObjects", "POST", "REST.POST.MULTI_OBJECT_DELETE"],
  ["PutObjectTagging", "PUT", "REST.PUT.OBJECT_TAGGING"],
  ["GetBucketTagging", "GET", "REST.GET.TAGGING"],
  ["GetBucketAcl", "GET", "REST.GET.ACL"],
  ["GetPublicAccessBlock", "GET", "REST.GET.PUBLIC_ACCESS_BLOCK"],
  ["OptionsObject", "OPTIONS", "REST.OPTIONS.PREFLIGHT"],
])("%s by %s is %s", (operation, method, expected) => {
  expect(accessLogOperation(operation, method, false)).toBe(expected);
});

test("a visit is one of the website", () => {
  expect(accessLogOperation("GetObject", "GET", true)).toBe("WEBSITE.GET.OBJECT");
});
