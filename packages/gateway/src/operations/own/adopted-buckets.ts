import { upstreamPlace } from "../../ports/bucket-homes.ts";
import { newBucketBlock } from "../../ports/public-access.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { jsonOptional, jsonText } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { defineOwn } from "./define-own.ts";
import { refuseOthers } from "./keyring.ts";

export const bucketName = jsonText({
  pattern: /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/,
  shown: "[a-z0-9][a-z0-9.-]*[a-z0-9]",
  min: 3,
  max: 63,
});
const upstreamName = jsonOptional(jsonText({ pattern: /^[a-z0-9][a-z0-9-]*$/, shown: "[a-z0-9][a-z0-9-]*", max: 32 }));
// What an engine calls its buckets is its own: older ones take capitals and underscores.
export const upstreamBucket = jsonOptional(
  jsonText({ pattern: /^\w[\w.-]*$/, shown: "[A-Za-z0-9_][A-Za-z0-9_.-]*", min: 1, max: 255 }),
);
const accountId = jsonOptional(jsonText({ pattern: /^\d{12}$/, shown: "\\d{12}", max: 12 }));

function shown({ name, place, owner, versioning }: BucketRecord): JsonResult {
  const { upstream = "", bucket = "" } = upstreamPlace(place) ?? {};
  const Versioning = { off: "Off", enabled: "Enabled", suspended: "Suspended" }[versioning];
  return { BucketName: name, Upstream: upstream, UpstreamBucket: bucket, AccountId: owner, Versioning };
}

export const invalid = (message: string): Refusal => refuse("ValidationException", message);

/** The account that is to have a bucket; a closed one has none. */
async function ownerOf(asked: string | undefined, { ports, principal }: OperationContext): Promise<string | Refusal> {
  const own = "accountId" in principal ? principal.accountId : "";
  if (asked === undefined || asked === own) return own;
  const found = await ports.organization.findAccount(asked);
  return found?.state === "ACTIVE" ? asked : refuse("ResourceNotFoundException", `There is no open account ${asked}.`);
}

/** Puts a bucket that an engine has already under the policies of the gateway. Its objects stay as and where they are. */
export const adoptBucket = defineOwn({
  name: "AdoptBucket",
  fields: { BucketName: bucketName, Upstream: upstreamName, UpstreamBucket: upstreamBucket, AccountId: accountId },
  async run(grant, values, context) {
    const refused = await refuseOthers(context);
    if (refused !== undefined) return refused;
    const { ports, now } = context;
    const { BucketName: name, Upstream, UpstreamBucket = name } = values;
    const owner = await ownerOf(values.AccountId, context);
    if (isRefusal(owner)) return owner;
    const place = ports.homes.placeOn(Upstream, UpstreamBucket);
    if (place === undefined)
      return Upstream === undefined
        ? invalid("Give Upstream: the gateway has no upstream, or several.")
        : refuse("ResourceNotFoundException", `The gateway has no upstream ${Upstream}.`);
    const versioning = await ports.homes.versioningAt(grant, place);
    if (versioning === undefined)
      return refuse(
        "ResourceNotFoundException",
        `The upstream has no bucket ${UpstreamBucket}, or the gateway's keys may not see it. Give its name on the upstream as UpstreamBucket (--upstream-bucket), make it there, or let these keys see it.`,
      );
    const id = ports.ids.bucketId();
    const created = await ports.buckets.create(grant, { id, place, name, owner, region: ports.region, createdAt: now });
    const bucket = "made" in created ? created.made : created.exists;
    if (bucket.name !== name)
      return invalid(`The bucket ${UpstreamBucket} of the upstream is the bucket ${bucket.name} here.`);
    if (bucket.place !== place || bucket.owner !== owner)
      return invalid(`There is a bucket ${name} already; adopt it under another name, with UpstreamBucket.`);
    if (bucket.state === "deleting") return invalid(`The bucket ${name} is being deleted. Try again.`);
    if (bucket.state === "creating") {
      await ports.buckets.setPublicAccessBlock(grant, bucket.id, newBucketBlock);
      if (versioning !== "off") await ports.buckets.setVersioning(grant, bucket.id, versioning);
      await ports.buckets.move(grant, bucket.id, "creating", "active");
    }
    return shown({ ...bucket, versioning });
  },
});

/** The gateway knows the bucket no longer, and its policy and settings are gone. The engine keeps it with all its objects. */
export const releaseBucket = defineOwn({
  name: "ReleaseBucket",
  fields: { BucketName: bucketName },
  async run(grant, { BucketName: name }, context) {
    const refused = await refuseOthers(context);
    if (refused !== undefined) return refused;
    const { buckets } = context.ports;
    const bucket = await buckets.find(name);
    if (bucket === undefined) return refuse("ResourceNotFoundException", `There is no bucket ${name}.`);
    if (upstreamPlace(bucket.place) === undefined)
      return invalid(`The objects of ${name} are in the gateway's own data folder: nothing would reach them any more.`);
    if (bucket.state === "active" && !(await buckets.move(grant, bucket.id, "active", "deleting")))
      return refuse("ValidationException", `The bucket ${name} is being deleted.`);
    await buckets.remove(grant, bucket.id);
    return shown(bucket);
  },
});
