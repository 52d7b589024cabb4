import { createHash, timingSafeEqual } from "node:crypto";
import { customerKeyCheck, isCustomerKey } from "../../domain/objects/encryption.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectEncryption, ObjectMetadata, ObjectVersion } from "../../ports/object-version.ts";
import type { Upload } from "../../ports/upload.ts";
import type { Ports } from "../../ports/ports.ts";
import type { S3ConditionKey } from "../demand.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import type { S3Request } from "./s3-request.ts";
import { isOnEngine, unsupportedByEngine } from "./engine-refusals.ts";

const methodHeader = "x-amz-server-side-encryption";
const keyIdHeader = `${methodHeader}-aws-kms-key-id`;
const contextHeader = `${methodHeader}-context`;
const bucketKeyHeader = `${methodHeader}-bucket-key-enabled`;
const sourcePrefix = "x-amz-copy-source-server-side-encryption-customer-";
const ownPrefix = `${methodHeader}-customer-`;

const customerHeaders = (prefix: string): readonly string[] => [
  `${prefix}algorithm`,
  `${prefix}key`,
  `${prefix}key-md5`,
];

/** What `readCustomerKey` reads. */
export const customerKeyMembers = customerHeaders(ownPrefix);
export const sourceKeyMembers = customerHeaders(sourcePrefix);
/** What `readEncryption` reads. */
export const encryptionMembers = [methodHeader, keyIdHeader, contextHeader, bucketKeyHeader, ...customerKeyMembers];

/** Keys by which policies ask for encryption. */
const encryptionConditionKeys = [
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-server-side-encryption-customer-algorithm",
] as const satisfies readonly S3ConditionKey[];

function invalid(name: string, message: string): Refusal {
  return refuse("InvalidArgument", message, { details: { ArgumentName: name } });
}

const withCustomerKeys = "Requests specifying Server Side Encryption with Customer provided keys must";

/**
 * The key of SSE-C that came with the request, or, with `source`, the one of the source of a copy. Undefined: none.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 */
export function readCustomerKey({ headers, secure }: S3Request, of?: "source"): CustomerKey | undefined | Refusal {
  const [algorithmName = "", keyName = "", md5Name = ""] = of === "source" ? sourceKeyMembers : customerKeyMembers;
  const [algorithm, text, md5] = [algorithmName, keyName, md5Name].map((name) => headers.get(name));
  if (algorithm === undefined && text === undefined && md5 === undefined) return undefined;
  if (!secure) return refuse("InvalidRequest", `${withCustomerKeys} be made over a secure connection.`);
  if (algorithm === undefined)
    return invalid(algorithmName, `${withCustomerKeys} provide a valid encryption algorithm.`);
  if (algorithm !== "AES256")
    return refuse("InvalidEncryptionAlgorithmError", undefined, { details: { ArgumentName: algorithmName } });
  if (text === undefined) return invalid(keyName, `${withCustomerKeys} provide an appropriate secret key.`);
  if (md5 === undefined)
    return invalid(md5Name, `${withCustomerKeys} provide the client calculated MD5 of the secret key.`);
  const key = Buffer.from(text, "base64");
  if (key.length !== 32 || key.toString("base64") !== text)
    return invalid(keyName, "The secret key was invalid for the specified algorithm.");
  const [sent, own] = [Buffer.from(md5, "base64"), md5Of(key)];
  return sent.length === own.length && timingSafeEqual(sent, own)
    ? key
    : invalid(md5Name, "The calculated MD5 hash of the key did not match the hash that was provided.");
}

function md5Of(key: CustomerKey): Buffer {
  return createHash("md5").update(key).digest();
}

/** What a request asks for; `default`: what the bucket has. */
export type AskedEncryption =
  | { readonly kind: "default"; readonly bucketKey: boolean | undefined }
  | { readonly kind: "SSE-S3" }
  | {
      readonly kind: "SSE-KMS";
      readonly keyName: string | undefined;
      readonly bucketKey: boolean | undefined;
      readonly context: string | undefined;
    }
  | { readonly kind: "SSE-C"; readonly key: CustomerKey };

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export function readEncryption(request: S3Request): AskedEncryption | Refusal {
  const { headers } = request;
  const key = readCustomerKey(request);
  if (isRefusal(key)) return key;
  const [method, keyName, context] = [methodHeader, keyIdHeader, contextHeader].map((name) => headers.get(name));
  const bucketKey = readBoolean(headers.get(bucketKeyHeader));
  if (bucketKey === "invalid") return invalid(bucketKeyHeader, "The value is neither true nor false.");
  if (method !== undefined && !methods.includes(method))
    return method === "aws:kms:dsse"
      ? refuse("NotImplemented", "The encryption method aws:kms:dsse is not implemented.", {
          details: { Header: methodHeader },
        })
      : invalid(methodHeader, "The encryption method specified is not supported");
  if (key !== undefined) {
    if (method === undefined && keyName === undefined && context === undefined) return { kind: "SSE-C", key };
    return invalid(
      methodHeader,
      "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
    );
  }
  if (method !== "aws:kms" && (keyName !== undefined || context !== undefined))
    return invalid(
      methodHeader,
      "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    );
  if (method === undefined) return { kind: "default", bucketKey };
  if (method === "AES256") return { kind: "SSE-S3" };
  if (context !== undefined && !isContext(context))
    return invalid(
      contextHeader,
      "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
    );
  return { kind: "SSE-KMS", keyName, bucketKey, context };
}

export function customerKeyOf(asked: AskedEncryption): CustomerKey | undefined {
  return asked.kind === "SSE-C" ? asked.key : undefined;
}

const methods: readonly string[] = ["AES256", "aws:kms"];

function readBoolean(text: string | undefined): boolean | undefined | "invalid" {
  const lower = text?.toLowerCase();
  return lower === undefined ? undefined : lower === "true" ? true : lower === "false" ? false : "invalid";
}

function isContext(text: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString());
    return (
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((one) => typeof one === "string")
    );
  } catch {
    return false;
  }
}

/** How an object is to be encrypted, and the key for it when the customer has it. */
export interface ChosenEncryption {
  readonly encryption: ObjectMetadata["encryption"];
  readonly customerKey: CustomerKey | undefined;
}

/** The key of requests that name none. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
const managedKey = "alias/aws/s3";

/** With the default of the bucket, or of the gateway. */
export function chooseEncryption(
  asked: AskedEncryption,
  { kmsKeys, encryptsByDefault }: Pick<Ports, "kmsKeys" | "encryptsByDefault">,
  bucket: BucketRecord,
): ChosenEncryption | Refusal {
  const { encryption: byBucket } = bucket;
  const chosen = (encryption: ObjectMetadata["encryption"]): ChosenEncryption => ({
    encryption,
    customerKey: undefined,
  });
  if (asked.kind === "SSE-S3") return chosen({ kind: "SSE-S3" });
  if (isOnEngine(bucket)) {
    // How such an engine encrypts what does not ask for it is its own affair: `--encrypt` is for the gateway's data folder.
    if (asked.kind === "default") return chosen(undefined);
    return unsupportedByEngine(
      asked.kind === "SSE-C"
        ? "encryption with customer-provided keys (SSE-C)"
        : "encryption with keys of KMS (SSE-KMS)",
    );
  }
  if (asked.kind === "SSE-C") {
    if (byBucket?.blocksCustomerKeys === true)
      return refuse(
        "AccessDenied",
        "The bucket blocks uploads with server-side encryption with customer-provided keys (SSE-C).",
      );
    return { encryption: { kind: "SSE-C", check: customerKeyCheck(asked.key) }, customerKey: asked.key };
  }
  if (asked.kind === "default" && byBucket?.algorithm !== "aws:kms")
    return chosen(byBucket !== undefined || encryptsByDefault ? { kind: "SSE-S3" } : undefined);
  const { keyName, context } = asked.kind === "SSE-KMS" ? asked : { keyName: byBucket?.keyName, context: undefined };
  const key = kmsKeys.find(keyName ?? managedKey);
  if (key === undefined) return missingKey(keyName ?? managedKey);
  const bucketKey = asked.bucketKey ?? (byBucket?.algorithm === "aws:kms" && byBucket.bucketKey);
  const encryption = {
    kind: "SSE-KMS",
    keyArn: key.arn,
    bucketKey,
    ...(context === undefined ? {} : { context }),
  } as const;
  return chosen(encryption);
}

function missingKey(name: string): Refusal {
  const shown = /^[\w:/.-]{1,300}$/.test(name) ? `The key ${name} does not exist` : "The key does not exist";
  return refuse("KMS.NotFoundException", `${shown}: the gateway has the keys that --kms-key of serve names.`);
}

export function withEncryption(metadata: ObjectMetadata, encryption: ObjectMetadata["encryption"]): ObjectMetadata {
  return encryption === undefined ? metadata : { ...metadata, encryption };
}

/** Why an object cannot be read with this key of the customer, or without one. */
export function refuseKey(
  { metadata: { encryption } }: Pick<ObjectVersion, "metadata">,
  key: CustomerKey | undefined,
): Refusal | undefined {
  if (encryption?.kind !== "SSE-C")
    return key === undefined
      ? undefined
      : refuse("InvalidRequest", "The encryption parameters are not applicable to this object.");
  if (key === undefined)
    return refuse(
      "InvalidRequest",
      "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
    );
  return isCustomerKey(encryption, key) ? undefined : refuse("AccessDenied");
}

/** Why the bytes cannot be read; `refuseKey` has passed. */
export function refuseBytes(
  { metadata: { encryption } }: Pick<ObjectVersion, "metadata">,
  { kmsKeys }: Pick<Ports, "kmsKeys">,
): Refusal | undefined {
  if (encryption?.kind !== "SSE-KMS") return undefined;
  return kmsKeys.find(encryption.keyArn) === undefined ? missingKey(encryption.keyArn) : undefined;
}

/** Why a part cannot be added with this key. `needsKey`: the part has bytes to encrypt. */
export function refusePartKey(
  { metadata: { encryption } }: Upload,
  key: CustomerKey | undefined,
  needsKey = true,
): Refusal | undefined {
  if (encryption?.kind !== "SSE-C")
    return key === undefined
      ? undefined
      : refuse(
          "InvalidRequest",
          "The multipart upload initiate did not request encryption. Please resend the request without sending encryption parameters.",
        );
  if (key === undefined)
    return needsKey
      ? refuse(
          "InvalidRequest",
          "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
        )
      : undefined;
  return isCustomerKey(encryption, key)
    ? undefined
    : refuse("InvalidRequest", "The provided encryption parameters did not match the ones used originally.");
}

/** Headers that say how an object is encrypted. The MD5 of a customer's key is that of the key that came. */
export function encryptionHeaders(
  encryption: ObjectEncryption | undefined,
  key: CustomerKey | undefined,
): Readonly<Record<string, string>> {
  if (encryption === undefined) return {};
  if (encryption.kind === "SSE-S3") return { [methodHeader]: "AES256" };
  if (encryption.kind === "SSE-KMS")
    return {
      [methodHeader]: "aws:kms",
      [keyIdHeader]: encryption.keyArn,
      ...(encryption.bucketKey ? { [bucketKeyHeader]: "true" } : {}),
    };
  return {
    [`${ownPrefix}algorithm`]: "AES256",
    ...(key === undefined ? {} : { [`${ownPrefix}key-md5`]: md5Of(key).toString("base64") }),
  };
}

/** After a write, the encryption context too. */
export function writtenEncryption(
  encryption: ObjectEncryption | undefined,
  key: CustomerKey | undefined,
): Readonly<Record<string, string>> {
  const context = encryption?.kind === "SSE-KMS" ? encryption.context : undefined;
  return { ...encryptionHeaders(encryption, key), ...(context === undefined ? {} : { [contextHeader]: context }) };
}

/**
 * The id of an upload ends with what its initiation asked of encryption, because policies ask it of each part too, and parts do not say it.
 * An id that a client changes is the id of no upload.
 */
export function uploadIdSuffix({ headers }: S3Request): string {
  const values = encryptionConditionKeys.map((key) => headers.get(key.slice("s3:".length)) ?? null);
  if (values.every((value) => value === null)) return "";
  return `.${Buffer.from(JSON.stringify(values)).toString("base64url")}`;
}

export function uploadConditions(request: S3Request): ReadonlyMap<string, string> {
  const id = request.query.get("uploadId") ?? "";
  const found = new Map<string, string>();
  const at = id.indexOf(".");
  if (at === -1) return found;
  try {
    const values: unknown = JSON.parse(Buffer.from(id.slice(at + 1), "base64url").toString());
    if (!Array.isArray(values)) return found;
    for (const [index, key] of encryptionConditionKeys.entries()) {
      const value: unknown = values[index];
      if (typeof value === "string") found.set(key, value);
    }
    return found;
  } catch {
    return found;
  }
}
