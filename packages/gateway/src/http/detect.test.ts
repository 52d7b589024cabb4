import { describe, expect, test } from "vitest";
import { isRefusal } from "../operations/operation.ts";
import { s3OperationNames } from "../ports/operation-name.ts";
import { detectS3, detectS3Control, isS3Control } from "./detect.ts";
import type { RouteMark } from "../operations/s3/s3-request.ts";
import { controlRoutes } from "../operations/s3/control-routes.ts";
import { s3Routes } from "../operations/table.ts";

function detect(line: string, headers: Record<string, string> = {}): string {
  const [method = "", target = ""] = line.split(" ");
  const [path = "", search = ""] = target.split("?");
  const [, bucket, ...rest] = path.split("/");
  const query = new Map(new URLSearchParams(search));
  const found = detectS3({
    method,
    bucket: bucket === "" ? undefined : bucket,
    key: rest.join("/") === "" ? undefined : rest.join("/"),
    query,
    headers: new Map(Object.entries(headers)),
  });
  return isRefusal(found) ? `refused: ${found.code}` : found;
}

describe("detectS3", () => {
  test.each([
    ["GET /", "ListBuckets"],
    ["GET /?x-id=ListBuckets", "ListBuckets"],
    ["PUT /b", "CreateBucket"],
    ["HEAD /b", "HeadBucket"],
    ["DELETE /b", "DeleteBucket"],
    ["GET /b", "ListObjects"],
    ["GET /b?prefix=a&delimiter=%2F", "ListObjects"],
    ["GET /b?list-type=2", "ListObjectsV2"],
    ["GET /b?list-type=1", "refused: InvalidArgument"],
    ["GET /b?versions", "ListObjectVersions"],
    ["GET /b?uploads=", "ListMultipartUploads"],
    ["POST /b?delete", "DeleteObjects"],
    ["PUT /b?policy", "PutBucketPolicy"],
    ["GET /b?policyStatus", "GetBucketPolicyStatus"],
    ["DELETE /b?publicAccessBlock", "DeletePublicAccessBlock"],
    ["GET /b?inventory", "ListBucketInventoryConfigurations"],
    ["GET /b?inventory&id=1", "GetBucketInventoryConfiguration"],
    ["PUT /b/k?x-id=PutObject", "PutObject"],
    ["GET /b/k/../x", "GetObject"],
    ["GET /b/k?partNumber=1", "GetObject"],
    ["GET /b/k?versionId=null", "GetObject"],
    ["HEAD /b/k", "HeadObject"],
    ["DELETE /b/k?versionId=1", "DeleteObject"],
    ["POST /b/k?uploads", "CreateMultipartUpload"],
    ["PUT /b/k?uploadId=u&partNumber=1", "UploadPart"],
    ["GET /b/k?uploadId=u", "ListParts"],
    ["POST /b/k?uploadId=u", "CompleteMultipartUpload"],
    ["DELETE /b/k?uploadId=u", "AbortMultipartUpload"],
    ["PUT /b/k?uploadId=u", "refused: InvalidArgument"],
    ["PUT /b/k?partNumber=1", "refused: InvalidArgument"],
    ["GET /b/k?acl", "GetObjectAcl"],
    ["PUT /b/k?retention", "PutObjectRetention"],
    ["POST /b/k?select&select-type=2", "SelectObjectContent"],
    ["OPTIONS /b/k", "OptionsObject"],
    ["GET /b?acl&policy", "refused: InvalidArgument"],
    ["GET /b/k?acl&tagging", "refused: InvalidArgument"],
    ["GET /b/k?policy", "refused: MethodNotAllowed"],
    ["PATCH /b/k", "refused: MethodNotAllowed"],
    ["HEAD /b/k?acl", "refused: MethodNotAllowed"],
    ["GET /?acl", "refused: MethodNotAllowed"],
    ["POST /", "refused: MethodNotAllowed"],
    ["POST /b", "refused: MethodNotAllowed"],
    ["POST /b/k", "refused: MethodNotAllowed"],
    ["PUT /", "refused: MethodNotAllowed"],
    ["constructor /b", "refused: MethodNotAllowed"],
    ["GET /b/k?constructor", "GetObject"],
  ])("%s is %s", (line, expected) => {
    expect(detect(line)).toBe(expected);
  });

  test("a copy source splits put and copy", () => {
    const source = { "x-amz-copy-source": "/a/b" };
    expect(detect("PUT /b/k", source)).toBe("CopyObject");
    expect(detect("PUT /b/k?uploadId=u&partNumber=1", source)).toBe("UploadPartCopy");
    expect(detect("GET /b/k", source)).toBe("GetObject");
  });

  test("a browser form", () => {
    expect(detect("POST /b", { "content-type": "multipart/form-data; boundary=x" })).toBe("PostObject");
  });

  const needed: Readonly<Record<string, string>> = { uploadId: "partNumber=1", annotation: "annotationName=a" };
  const marked: Readonly<Record<RouteMark, readonly [query: string, headers: Record<string, string>]>> = {
    "copy-source": ["", { "x-amz-copy-source": "/a/b" }],
    "browser-form": ["", { "content-type": "multipart/form-data; boundary=x" }],
    "list-type-2": ["list-type=2", {}],
    "without-id": ["", {}],
    "without-annotation-name": ["", {}],
  };

  test("S3 Control is found by its path and the header that names an account", () => {
    expect(isS3Control("/v20180820/configuration/publicAccessBlock", new Map([["x-amz-account-id", "1"]]))).toBe(true);
    expect(isS3Control("/v20180820/configuration/publicAccessBlock", new Map())).toBe(false);
    expect(isS3Control("/v2018082/x", new Map([["x-amz-account-id", "1"]]))).toBe(false);
    const found = (method: string, path: string) => {
      const operation = detectS3Control(method, path);
      return typeof operation === "string" ? operation : operation.code;
    };
    const block = "/v20180820/configuration/publicAccessBlock";
    expect(found("GET", block)).toBe("GetAccountPublicAccessBlock");
    expect(found("PUT", block)).toBe("PutAccountPublicAccessBlock");
    expect(found("DELETE", block)).toBe("DeleteAccountPublicAccessBlock");
    for (const method of ["POST", "HEAD", "OPTIONS", "TRACE"]) expect(found(method, block)).toBe("MethodNotAllowed");
    for (const [name, route] of Object.entries(controlRoutes)) {
      const [method = "", path = ""] = route.split(" ");
      if (path === "configuration/publicAccessBlock") continue;
      const operation = detectS3Control(method, `/v20180820/${path.replaceAll(/\{\+?\}/g, "x")}`);
      expect(operation).toMatchObject({ code: "NotImplemented", message: `${name} of S3 Control is not implemented.` });
    }
    for (const path of [`${block}/`, `${block}x`, "/v20180820/jobs", "/v20180820/bucket/policy", "/v20180820/"])
      expect(found("GET", path)).toBe("NotImplemented");
  });

  const ofBuckets = s3Routes.filter(([, { level }]) => level !== "account");
  test.each(ofBuckets)("%s is found by its route", (operation, { level, method, subResource, mark }) => {
    const [query, headers] = mark === undefined ? ["id=1", {}] : marked[mark];
    const more = mark === "without-annotation-name" ? undefined : needed[subResource ?? ""];
    const search = [subResource, query, more].filter((part) => part !== undefined && part !== "").join("&");
    const path = { service: "/", account: "", bucket: "/b", object: "/b/k" }[level];
    expect(detect(`${method} ${path}?${search}`, headers)).toBe(operation);
  });

  test("every documented operation has a route, but preflights and those of other endpoints", () => {
    const routed = new Set(s3Routes.map(([name]) => name));
    expect(s3OperationNames.filter((name) => !routed.has(name))).toEqual([
      "ListDirectoryBuckets",
      "OptionsObject",
      "WriteGetObjectResponse",
    ]);
  });
});
