import { child, children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import {
  type InventoryConfiguration,
  type InventoryField,
  inventoryFields,
  inventoryFrequencies,
} from "../../ports/inventory.ts";
import { modelOf } from "../members.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";

/** The document is checked, kept and given back whole. */
export const inventoryMembers = modelOf("s3", "PutBucketInventoryConfiguration")
  .split(" ")
  .filter((name) => name.startsWith("/"));

export function isInventoryId(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text);
}

const arnStart = "arn:aws:s3:::";
/** Bytes: what comes after it in the names of the report's objects still fits into a key. */
const maxPrefixBytes = 512;

/** What S3 can list and the gateway has no value for. */
const unknownFields: readonly string[] = [
  "IntelligentTieringAccessTier",
  "IntelligentTieringReferenceDate",
  "LifecycleExpirationDate",
  "ObjectAccessControlList",
  "ObjectLockEventHoldDuration",
  "ObjectLockEventHoldStatus",
];

function readFields(root: XmlElement): readonly InventoryField[] | Refusal {
  const fields: InventoryField[] = [];
  const list = child(root, "OptionalFields");
  for (const { text } of list === undefined ? [] : children(list, "Field")) {
    const name = text.trim();
    const field = inventoryFields.find((one) => one === name);
    if (field === undefined)
      return unknownFields.includes(name)
        ? refuse("NotImplemented", `The optional field ${name} of an inventory is not implemented.`)
        : refuse("MalformedXML");
    if (!fields.includes(field)) fields.push(field);
  }
  return fields;
}

type Destination = InventoryConfiguration["destination"];

function readEncryption(destination: XmlElement): Pick<Destination, "encryption"> | Refusal {
  const encryption = child(destination, "Encryption");
  if (encryption === undefined) return {};
  const [only, ...more] = encryption.children;
  if (only === undefined || more.length > 0) return refuse("MalformedXML");
  if (only.name === "SSE-S3") return { encryption: { kind: "SSE-S3" } };
  const keyId = textOf(only, "KeyId")?.trim() ?? "";
  return only.name === "SSE-KMS" && keyId !== "" ? { encryption: { kind: "SSE-KMS", keyId } } : refuse("MalformedXML");
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryS3BucketDestination.html */
function readDestination(root: XmlElement): Destination | Refusal {
  const whole = child(root, "Destination");
  const destination = whole && child(whole, "S3BucketDestination");
  if (destination === undefined) return refuse("MalformedXML");
  const format = textOf(destination, "Format")?.trim();
  if (format === "ORC" || format === "Parquet")
    return refuse("NotImplemented", `The inventory format ${format} is not implemented; CSV is.`);
  if (format !== "CSV") return refuse("MalformedXML");
  const arn = textOf(destination, "Bucket")?.trim() ?? "";
  const bucket = arn.startsWith(arnStart) ? arn.slice(arnStart.length) : "";
  if (!/^[a-z0-9.-]{3,63}$/.test(bucket))
    return refuse("InvalidArgument", "The destination of an inventory is the ARN of a bucket: arn:aws:s3:::NAME.");
  const accountId = textOf(destination, "AccountId")?.trim();
  if (accountId !== undefined && !/^\d{12}$/.test(accountId))
    return refuse("InvalidArgument", "The AccountId of an inventory's destination has 12 digits.");
  const prefix = textOf(destination, "Prefix");
  if (Buffer.byteLength(prefix ?? "") > maxPrefixBytes)
    return refuse("InvalidArgument", `The prefix of an inventory's destination has at most ${maxPrefixBytes} bytes.`);
  const encryption = readEncryption(destination);
  if (isRefusal(encryption)) return encryption;
  return {
    bucket,
    ...(accountId === undefined ? {} : { accountId }),
    ...(prefix === undefined ? {} : { prefix }),
    ...encryption,
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html */
export function readInventory(root: XmlElement): InventoryConfiguration | Refusal {
  const id = textOf(root, "Id")?.trim() ?? "";
  const enabled = textOf(root, "IsEnabled")?.trim().toLowerCase();
  const versions = textOf(root, "IncludedObjectVersions")?.trim();
  const schedule = child(root, "Schedule");
  const frequency = inventoryFrequencies.find((one) => one === (schedule && textOf(schedule, "Frequency")?.trim()));
  if (!isInventoryId(id) || (enabled !== "true" && enabled !== "false") || frequency === undefined)
    return refuse("MalformedXML");
  if (versions !== "All" && versions !== "Current") return refuse("MalformedXML");
  const fields = readFields(root);
  if (isRefusal(fields)) return fields;
  const destination = readDestination(root);
  if (isRefusal(destination)) return destination;
  const filter = child(root, "Filter");
  const prefix = filter && textOf(filter, "Prefix");
  const filtered = prefix === undefined ? {} : { prefix };
  return { id, isEnabled: enabled === "true", versions, frequency, ...filtered, fields, destination };
}

function encryptionElement({ encryption }: Destination): XmlNode | undefined {
  if (encryption === undefined) return undefined;
  const inside =
    encryption.kind === "SSE-S3" ? element("SSE-S3", []) : element("SSE-KMS", [element("KeyId", encryption.keyId)]);
  return element("Encryption", [inside]);
}

export function inventoryElements(configuration: InventoryConfiguration): readonly (XmlNode | undefined)[] {
  const { id, isEnabled, versions, frequency, prefix, fields, destination } = configuration;
  const optional = (name: string, text: string | undefined): XmlNode | undefined =>
    text === undefined ? undefined : element(name, text);
  return [
    element("Id", id),
    element("IsEnabled", isEnabled),
    prefix === undefined ? undefined : element("Filter", [element("Prefix", prefix)]),
    element("Destination", [
      element("S3BucketDestination", [
        element("Format", "CSV"),
        optional("AccountId", destination.accountId),
        element("Bucket", `${arnStart}${destination.bucket}`),
        optional("Prefix", destination.prefix),
        encryptionElement(destination),
      ]),
    ]),
    element("Schedule", [element("Frequency", frequency)]),
    element("IncludedObjectVersions", versions),
    fields.length === 0
      ? undefined
      : element(
          "OptionalFields",
          fields.map((field) => element("Field", field)),
        ),
  ];
}
