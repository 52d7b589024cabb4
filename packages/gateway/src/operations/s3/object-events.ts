import { principalContext } from "@s3-credentials/policy";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { ObjectEvent, ObjectEventName } from "../../ports/notifications.ts";
import type { BucketContext } from "./s3-context.ts";

interface PublishContext extends Pick<BucketContext, "bucket" | "requestId" | "sourceIp"> {
  readonly ports: Pick<BucketContext["ports"], "notifications">;
  readonly caller: Pick<BucketContext["caller"], "principal">;
}

/** Called when what the events report is done. */
export async function publishEvents(context: PublishContext, events: readonly ObjectEvent[]): Promise<void> {
  const { bucket, ports, caller, requestId, sourceIp } = context;
  if (bucket.notification === undefined) return;
  const id = principalContext(caller.principal).get("aws:userid");
  const { principal } = caller;
  const principalId = typeof id === "string" ? id : principal.kind === "service" ? principal.service : principal.kind;
  await ports.notifications?.publish(bucket, events, { requestId, sourceIp, principalId });
}

/** Of what made a version, or changed it. */
export async function publishVersionEvent(
  context: PublishContext,
  name: ObjectEventName,
  version: ObjectVersion,
): Promise<void> {
  if (context.bucket.notification === undefined) return;
  const { key, versionId, size, etag } = version;
  await publishEvents(context, [{ name, key, size, etag, ...versionOf(context, versionId) }]);
}

/** The event of a deletion. `versionId`: that of the marker that was made, or of the version that was removed. */
export function removalEvent(
  { bucket }: Pick<PublishContext, "bucket">,
  key: string,
  asked: string | undefined,
  { versionId, deleteMarker }: { readonly versionId: string | undefined; readonly deleteMarker: boolean },
): ObjectEvent {
  const made = asked === undefined && deleteMarker;
  const name = made ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectRemoved:Delete";
  return { name, key, ...versionOf({ bucket }, asked ?? versionId) };
}

function versionOf(
  { bucket }: Pick<PublishContext, "bucket">,
  versionId: string | undefined,
): Pick<ObjectEvent, "versionId"> {
  return bucket.versioning === "off" || versionId === undefined ? {} : { versionId };
}
