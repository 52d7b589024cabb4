import { type Refusal, refuse } from "../operations/operation.ts";
import type { S3OperationName } from "../operations/operation-name.ts";
import { listsWithoutId, type Method, type SubResource, subResources } from "./sub-resources.ts";

export interface DetectInput {
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
}

const plainBucket: Readonly<Partial<Record<Method, S3OperationName>>> = {
  HEAD: "HeadBucket",
  PUT: "CreateBucket",
  DELETE: "DeleteBucket",
};
const plainObject: Readonly<Partial<Record<Method, S3OperationName>>> = {
  GET: "GetObject",
  HEAD: "HeadObject",
  DELETE: "DeleteObject",
};

const methods: Readonly<Record<string, Method>> = {
  GET: "GET",
  HEAD: "HEAD",
  PUT: "PUT",
  POST: "POST",
  DELETE: "DELETE",
};

function notAllowed(method: string): Refusal {
  return refuse("MethodNotAllowed", undefined, { details: { Method: method } });
}

function namedSubResource(query: ReadonlyMap<string, string>): string | undefined | Refusal {
  let found: string | undefined;
  for (const name of query.keys()) {
    if (!Object.hasOwn(subResources, name)) continue;
    if (found !== undefined) return refuse("InvalidArgument", `Conflicting query string parameters: ${found}, ${name}`);
    found = name;
  }
  return found;
}

function atSubResource(name: keyof typeof subResources, method: Method, input: DetectInput): S3OperationName | Refusal {
  if (name === "uploadId" && method === "PUT") return partOperation(input);
  const row: SubResource = subResources[name];
  const operation = (input.key === undefined ? row.bucket : row.object)?.[method];
  if (operation === undefined || input.bucket === undefined) return notAllowed(method);
  if (operation === "GetObjectAnnotation")
    return input.query.has("annotationName") ? operation : "ListObjectAnnotations";
  return input.query.has("id") ? operation : (listsWithoutId[operation] ?? operation);
}

function partOperation({ key, query, headers }: DetectInput): S3OperationName | Refusal {
  if (key === undefined) return notAllowed("PUT");
  if (!query.has("partNumber"))
    return refuse("InvalidArgument", "An upload id needs a part number.", { details: { ArgumentName: "partNumber" } });
  return headers.has("x-amz-copy-source") ? "UploadPartCopy" : "UploadPart";
}

function bucketListing(query: ReadonlyMap<string, string>): S3OperationName | Refusal {
  const type = query.get("list-type");
  if (type === undefined) return "ListObjects";
  if (type === "2") return "ListObjectsV2";
  return refuse("InvalidArgument", "Invalid List Type specified in Request", {
    details: { ArgumentName: "list-type", ArgumentValue: type },
  });
}

function atBucket(method: Method, input: DetectInput): S3OperationName | Refusal {
  if (method === "GET") return bucketListing(input.query);
  // Without `delete` only the browser form posts to a bucket.
  if (method === "POST" && input.headers.get("content-type")?.toLowerCase().startsWith("multipart/form-data") === true)
    return "PostObject";
  return plainBucket[method] ?? notAllowed(method);
}

function atObject(method: Method, { query, headers }: DetectInput): S3OperationName | Refusal {
  if (method !== "PUT") return plainObject[method] ?? notAllowed(method);
  // A part without its upload must not become the whole object.
  if (query.has("partNumber"))
    return refuse("InvalidArgument", "A part number needs an upload id.", { details: { ArgumentName: "uploadId" } });
  return headers.has("x-amz-copy-source") ? "CopyObject" : "PutObject";
}

/**
 * The operation an S3 request asks for, by constant tables: level (service, bucket, object), method, sub-resource.
 * Parameters that select nothing (`x-id` among them) are signed and ignored.
 */
export function detectS3(input: DetectInput): S3OperationName | Refusal {
  if (input.method === "OPTIONS") return "OptionsObject";
  const method = Object.hasOwn(methods, input.method) ? methods[input.method] : undefined;
  if (method === undefined) return notAllowed(input.method);
  const named = namedSubResource(input.query);
  if (typeof named === "object") return named;
  if (named !== undefined) return atSubResource(named as keyof typeof subResources, method, input);
  if (input.bucket === undefined) return method === "GET" ? "ListBuckets" : notAllowed(method);
  return input.key === undefined ? atBucket(method, input) : atObject(method, input);
}
