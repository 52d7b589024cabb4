import { headerValue } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import type { ByteRange, CustomerKey, ObjectBytes } from "../../ports/object-bytes.ts";
import type { ObjectVersion, StoredChecksum } from "../../ports/object-version.ts";
import { type Refusal, type Reply, isRefusal, refuse } from "../operation.ts";
import { byVersion, versionedObject } from "./define-s3.ts";
import type { VersionContext } from "./s3-context.ts";
import type { S3Request } from "./s3-request.ts";
import { partAt, partRange, rangeText, resolveRange } from "./byte-ranges.ts";
import {
  type ReadConditions,
  checkConditions,
  conditionFailed,
  keepsRange,
  readConditionMembers,
  readConditions,
} from "./conditions.ts";
import { isOnEngine } from "./engine-refusals.ts";
import { expirationHeaders } from "./bucket-lifecycle.ts";
import { findObject } from "./find-object.ts";
import { customerKeyMembers, readCustomerKey, refuseBytes, refuseKey } from "./object-encryption.ts";
import {
  checksumHeaders,
  legalHoldHeaders,
  objectHeaders,
  partChecksum,
  retentionHeaders,
  versionHeader,
} from "./object-headers.ts";
import { emptyReply, quoted } from "./reply.ts";
import { StoreError } from "../../ports/store-error.ts";

/** What GetObject and HeadObject are asked. */
interface ReadInput {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly partNumber: number | undefined;
  readonly conditions: ReadConditions;
  /** Response headers the request overrides, by name. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly withChecksum: boolean;
  readonly customerKey: CustomerKey | undefined;
}

const overridable = [
  "content-type",
  "content-language",
  "expires",
  "cache-control",
  "content-disposition",
  "content-encoding",
] as const;

/** What `parseRead` reads. */
const readMembers = [
  ...readConditionMembers,
  ...customerKeyMembers,
  "range",
  "if-range",
  "?partNumber",
  "x-amz-checksum-mode",
  ...overridable.map((name) => `?response-${name}`),
] as const;

function parseRead(request: S3Request): ReadInput | Refusal {
  const { headers, query } = request;
  const customerKey = readCustomerKey(request);
  if (isRefusal(customerKey)) return customerKey;
  const partNumber = readPartNumber(query.get("partNumber"));
  if (isRefusal(partNumber)) return partNumber;
  const range = headers.get("range");
  if (partNumber !== undefined && range !== undefined)
    return refuse("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
  const overrides: Record<string, string> = {};
  for (const name of overridable) {
    const text = query.get(`response-${name}`);
    if (text === undefined) continue;
    const value = headerValue(text);
    if (value === undefined) return refuse("InvalidArgument", `response-${name} is not a header's value`);
    overrides[name] = value;
  }
  return {
    range,
    ifRange: headers.get("if-range"),
    partNumber,
    conditions: readConditions(headers),
    overrides,
    withChecksum: headers.get("x-amz-checksum-mode")?.toUpperCase() === "ENABLED",
    customerKey,
  };
}

function readPartNumber(text: string | undefined): number | undefined | Refusal {
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 10_000
    ? number
    : refuse("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", {
        details: { ArgumentName: "partNumber", ArgumentValue: text },
      });
}

/** The selected version and bytes with the headers that describe them, or the answer that ends the request. */
interface Selected {
  readonly kind: "selected";
  readonly version: ObjectVersion;
  readonly range: ByteRange | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly length: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: overriding is for signed requests. */
function refuseOverrides({ overrides }: ReadInput, { principal }: VersionContext): Refusal | undefined {
  return principal.kind === "anonymous" && Object.keys(overrides).length > 0
    ? refuse("InvalidRequest", "Request specific response headers cannot be used for anonymous GET requests.")
    : undefined;
}

async function selectObject(
  grant: Grant,
  input: ReadInput,
  context: VersionContext,
): Promise<Selected | Reply | Refusal> {
  const { bucket, ports } = context;
  const version = await findObject(grant, context);
  if (isRefusal(version)) return version;
  const unreadable = refuseKey(version, input.customerKey);
  if (unreadable !== undefined) return unreadable;
  const verdict = checkConditions(input.conditions, version);
  if (verdict === "failed") return conditionFailed(verdict, input.conditions);
  if (verdict === "not-modified") {
    return emptyReply(304, {
      etag: quoted(version.etag),
      "last-modified": new Date(version.lastModified).toUTCString(),
      ...versionHeader(bucket, version),
    });
  }
  const { partNumber } = input;
  const found =
    partNumber === undefined ? undefined : await ports.objects.findPart?.(grant, bucket.place, version, partNumber);
  if (found === "none")
    return refuse("InvalidPartNumber", undefined, { details: { PartNumberRequested: String(partNumber) } });
  const range = found?.range ?? rangeOf(input, version);
  if (isRefusal(range)) return range;
  const length = range === undefined ? version.size : range.last - range.first + 1;
  const count = found?.count ?? version.parts.length;
  const parts = partNumber === undefined || count === 0 ? {} : { "x-amz-mp-parts-count": String(count) };
  const { tags = [] } = version.metadata;
  const headers = objectHeaders(bucket, version, input.customerKey);
  // "The number of tags, if any, on the object, when you have the relevant permission to read object tags."
  if (tags.length > 0 && (await context.mayRead("tags", version))) headers["x-amz-tagging-count"] = String(tags.length);
  Object.assign(headers, expirationHeaders(bucket, version));
  // "This header is only returned if the requester has" the right to ask for it by itself.
  const { retention, legalHold } = version.metadata.lock ?? {};
  if (retention !== undefined && (await context.mayRead("retention", version)))
    Object.assign(headers, retentionHeaders(retention));
  if (legalHold !== undefined && (await context.mayRead("legal-hold", version)))
    Object.assign(headers, legalHoldHeaders(legalHold));
  const checksum = found === undefined ? checksumOf(version, range) : found.checksum;
  Object.assign(headers, input.overrides, parts, input.withChecksum ? checksumHeaders(checksum) : {});
  if (range !== undefined) headers["content-range"] = `bytes ${range.first}-${range.last}/${version.size}`;
  return { kind: "selected", version, range, status: range === undefined ? 200 : 206, headers, length };
}

/**
 * A checksum of the whole says nothing of a shorter range. But a range that is one part, however it was asked for, has that of the part.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
function checksumOf(version: ObjectVersion, range: ByteRange | undefined): StoredChecksum | undefined {
  const { checksum, size, parts } = version;
  if (range === undefined || checksum === undefined) return checksum;
  const part = parts[partAt(parts.map(sizeOf), range) ?? parts.length];
  const own = part && partChecksum(version, part);
  if (own !== undefined) return { ...own, type: checksum.type };
  return range.first === 0 && range.last === size - 1 ? checksum : undefined;
}

function sizeOf(part: { readonly size: number }): number {
  return part.size;
}

function rangeOf({ range, ifRange, partNumber }: ReadInput, version: ObjectVersion): ByteRange | undefined | Refusal {
  const { size, parts } = version;
  if (partNumber !== undefined) {
    const part = partRange(parts.map(sizeOf), size, partNumber);
    if (part !== undefined) return part === "whole" ? undefined : part;
    const details = { PartNumberRequested: String(partNumber), ActualPartCount: String(parts.length || 1) };
    return refuse("InvalidPartNumber", undefined, { details });
  }
  if (!keepsRange(ifRange, version)) return undefined;
  const resolved = resolveRange(range, size);
  if (resolved === "whole") return undefined;
  if (resolved !== "unsatisfiable") return resolved;
  return refuse("InvalidRange", undefined, {
    headers: { "content-range": `bytes */${size}` },
    details: range === undefined ? {} : { RangeRequested: range, ActualObjectSize: String(size) },
  });
}

/** How many times an object is looked up, when it is replaced between the look-up and the opening. */
const attempts = 3;

/**
 * One request to an engine in place of two, where what the engine answers to GetObject is all that is needed to judge this request. Not for a
 * client that has the object and asks whether it changed, because the bytes would be sent for nothing.
 */
function opensAtOnce(input: ReadInput, { bucket, seen }: VersionContext): boolean {
  const { ifNoneMatch, ifModifiedSince } = input.conditions;
  const isWhole = input.range === undefined;
  return (
    isOnEngine(bucket) &&
    seen.object === undefined &&
    ifNoneMatch === undefined &&
    ifModifiedSince === undefined &&
    input.ifRange === undefined &&
    input.partNumber === undefined &&
    input.customerKey === undefined &&
    (isWhole || !input.withChecksum) // of a range an engine may give the checksum of a part
  );
}

async function readOnce(grant: Grant, input: ReadInput, context: VersionContext): Promise<Reply | Refusal> {
  const refused = refuseOverrides(input, context);
  if (refused !== undefined) return refused;
  const { ports, bucket, key, versionId, seen } = context;
  const opened = opensAtOnce(input, context)
    ? await ports.objects.openObject?.(grant, bucket.place, key, versionId, rangeText(input.range))
    : undefined;
  if (opened === undefined) return readSelected(grant, input, context, undefined);
  const { version, reading } = opened;
  let isTaken = false;
  try {
    return await readSelected(grant, input, { ...context, seen: { ...seen, object: { version } } }, (range) => {
      if (reading === undefined || reading.range?.first !== range?.first || reading.range?.last !== range?.last)
        return undefined;
      isTaken = true;
      return reading.bytes();
    });
  } finally {
    if (!isTaken) reading?.close();
  }
}

/** `take`: the bytes of a range that are on their way already. */
async function readSelected(
  grant: Grant,
  input: ReadInput,
  context: VersionContext,
  take: ((range: ByteRange | undefined) => Promise<ObjectBytes> | undefined) | undefined,
): Promise<Reply | Refusal> {
  const selected = await selectObject(grant, input, context);
  if (isRefusal(selected) || selected.kind === "reply") return selected;
  const { version, range, status, headers, length } = selected;
  const { ports, bucket } = context;
  const locked = refuseBytes(version, ports);
  if (locked !== undefined) return locked;
  const chunks = await (take?.(range) ?? ports.objects.read(grant, bucket.place, version, range, input.customerKey));
  const { whole } = chunks;
  const body =
    whole === undefined ? ({ kind: "stream", chunks, length } as const) : ({ kind: "bytes", bytes: whole } as const);
  return { kind: "reply", status, headers, body };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject = versionedObject({
  name: "GetObject",
  route: { method: "GET" },
  reads: readMembers,
  demands: byVersion("s3:GetObject", "s3:GetObjectVersion"),
  parse: parseRead,
  async run(grant, input, context) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await readOnce(grant, input, context);
      } catch (error) {
        if (
          attempt === attempts ||
          context.seen.object !== undefined ||
          !(error instanceof StoreError && error.kind === "conflict")
        )
          throw error;
      }
    }
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export const headObject = versionedObject({
  name: "HeadObject",
  route: { method: "HEAD" },
  reads: readMembers,
  demands: byVersion("s3:GetObject", "s3:GetObjectVersion"),
  parse: parseRead,
  async run(grant, input, context) {
    const refused = refuseOverrides(input, context);
    if (refused !== undefined) return refused;
    const selected = await selectObject(grant, input, context);
    if (isRefusal(selected) || selected.kind === "reply") return selected;
    return emptyReply(selected.status, { ...selected.headers, "content-length": String(selected.length) });
  },
});
