import { child, element, textOf, type XmlElement } from "@s3-credentials/protocol";
import { type DefaultRetention, type ObjectLockConfiguration, retentionModes } from "../../ports/object-lock.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { isOnEngine, unsupportedByEngine } from "./engine-refusals.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

/** "The maximum retention period is 100 years": https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
const longest = { Days: 36_500, Years: 100 } as const;

function readDefault(rule: XmlElement): DefaultRetention | Refusal {
  const sent = child(rule, "DefaultRetention");
  const mode = retentionModes.find((one) => sent !== undefined && one === textOf(sent, "Mode")?.trim());
  if (sent === undefined || mode === undefined) return refuse("MalformedXML");
  const units = (["Days", "Years"] as const).filter((unit) => textOf(sent, unit) !== undefined);
  const [unit, more] = units;
  if (unit === undefined || more !== undefined) return refuse("MalformedXML");
  const text = textOf(sent, unit)?.trim() ?? "";
  if (!/^-?\d{1,10}$/.test(text)) return refuse("MalformedXML");
  const count = Number(text);
  if (count < 1) return refuse("InvalidArgument", "Default retention period must be a positive integer value.");
  return count > longest[unit]
    ? refuse("InvalidArgument", `Default retention period must be at most ${longest[unit]} ${unit.toLowerCase()}.`)
    : { mode, unit, count };
}

function readConfiguration(root: XmlElement): ObjectLockConfiguration | Refusal {
  if (textOf(root, "ObjectLockEnabled")?.trim() !== "Enabled") return refuse("MalformedXML");
  const rule = child(root, "Rule");
  const defaultRetention = rule && readDefault(rule);
  return isRefusal(defaultRetention) ? defaultRetention : { defaultRetention };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html: it is never taken away again. */
export const putObjectLockConfiguration = defineBucketOperation<ObjectLockConfiguration, undefined, XmlElement>({
  name: "PutObjectLockConfiguration",
  route: { method: "PUT", subResource: "object-lock" },
  reads: [
    "/ObjectLockEnabled",
    "/Rule",
    "/Rule/DefaultRetention",
    "/Rule/DefaultRetention/Mode",
    "/Rule/DefaultRetention/Days",
    "/Rule/DefaultRetention/Years",
  ],
  body: xmlBody("ObjectLockConfiguration", { maxBytes: 16 * 1024, maxElements: 64 }),
  demands: [{ action: "s3:PutBucketObjectLockConfiguration", resource: "bucket" }],
  parse: noInput,
  parseBody: (_head, root) => readConfiguration(root),
  async run(grant, configuration, { ports, bucket }) {
    if (isOnEngine(bucket)) return unsupportedByEngine("Object Lock");
    if (bucket.versioning !== "enabled")
      return refuse(
        "InvalidBucketState",
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
        { details: { BucketName: bucket.name } },
      );
    await ports.buckets.setObjectLock(grant, bucket.id, configuration);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export const getObjectLockConfiguration = defineBucketOperation({
  name: "GetObjectLockConfiguration",
  route: { method: "GET", subResource: "object-lock" },
  demands: [{ action: "s3:GetBucketObjectLockConfiguration", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket: { name, objectLock } }) {
    if (objectLock === undefined)
      return refuse("ObjectLockConfigurationNotFoundError", undefined, { details: { BucketName: name } });
    const { defaultRetention } = objectLock;
    const rule =
      defaultRetention &&
      element("Rule", [
        element("DefaultRetention", [
          element("Mode", defaultRetention.mode),
          element(defaultRetention.unit, defaultRetention.count),
        ]),
      ]);
    return xmlReply("ObjectLockConfiguration", [element("ObjectLockEnabled", "Enabled"), rule]);
  },
});
