import { element, textOf, type XmlElement } from "@s3-credentials/protocol";
import type { MetadataChange } from "../../ports/object-write.ts";
import type { Grant } from "../../ports/grant.ts";
import { type Retention, retentionModes } from "../../ports/object-lock.ts";
import type { S3ConditionKey } from "../demand.ts";
import { isRefusal, type Refusal, type Reply, refuse } from "../operation.ts";
import { defineObjectOperation, noInput, versionedObject } from "./define-s3.ts";
import type { VersionContext } from "./s3-context.ts";
import { findObject } from "./find-object.ts";
import { versionIdOf } from "./names.ts";
import { versionHeader } from "./object-headers.ts";
import { publishVersionEvent } from "./object-events.ts";
import { bypassesGovernance, bypassMember, readRetention, refusePast, refuseWithoutLock } from "./object-lock-input.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, isoTime, writeRefusal, xmlReply } from "./reply.ts";

const documentLimits = { maxBytes: 16 * 1024, maxElements: 64 } as const;

/** S3 looks at the bucket before it looks at the object. */
async function findLockable(grant: Grant, context: VersionContext): Promise<ReturnType<typeof findObject>> {
  return refuseWithoutLock(context.bucket) ?? findObject(grant, context);
}

async function changeLock(grant: Grant, change: MetadataChange, context: VersionContext): Promise<Reply | Refusal> {
  const version = await findLockable(grant, context);
  if (isRefusal(version)) return version;
  const { ports, bucket, seen } = context;
  const changed = await ports.objects.change(grant, bucket.place, version, change, seen.object !== undefined);
  if (changed.kind !== "changed") return writeRefusal(changed, context);
  if ("retention" in change) await publishVersionEvent(context, "ObjectRetention:Put", version);
  return emptyReply(200, versionHeader(bucket, version));
}

function notLocked({ key }: VersionContext): Refusal {
  return refuse("NoSuchObjectLockConfiguration", undefined, { details: { Key: key } });
}

interface Head {
  readonly versionId: string | undefined;
  readonly bypassesGovernance: boolean;
}

interface RetentionInput extends Head {
  /** Undefined: the retention is taken away. */
  readonly retention: Retention | undefined;
  readonly context: ReadonlyMap<string, string | readonly string[]>;
}

function readRetentionElement(root: XmlElement): Retention | undefined | Refusal {
  const [mode, date] = [textOf(root, "Mode")?.trim(), textOf(root, "RetainUntilDate")?.trim()];
  if (mode === undefined && date === undefined) return undefined;
  const known = retentionModes.find((one) => one === mode);
  return known === undefined || date === undefined ? refuse("MalformedXML") : readRetention(known, date);
}

/** As if they had been sent as headers: policies ask for what the document says, and for no header beside it. */
function retentionContext(retention: Retention | undefined): RetentionInput["context"] {
  const said = retention === undefined ? { mode: [], until: [] } : { ...retention, until: isoTime(retention.until) };
  return new Map<S3ConditionKey, string | readonly string[]>([
    ["s3:object-lock-mode", said.mode],
    ["s3:object-lock-retain-until-date", said.until],
  ]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html */
export const putObjectRetention = defineObjectOperation<RetentionInput, Head, XmlElement>({
  name: "PutObjectRetention",
  route: { method: "PUT", subResource: "retention" },
  events: ["ObjectRetention:Put"],
  reads: ["?versionId", bypassMember, "/Mode", "/RetainUntilDate"],
  body: xmlBody("Retention", documentLimits),
  demands: [
    { action: "s3:PutObjectRetention", resource: "object" },
    { action: "s3:BypassGovernanceRetention", resource: "object", when: "governance-bypass-header" },
  ],
  parse(request) {
    const versionId = versionIdOf(request);
    return isRefusal(versionId) ? versionId : { versionId, bypassesGovernance: bypassesGovernance(request.headers) };
  },
  details: ({ versionId }) => ({ versionId }),
  parseBody(head, root) {
    const retention = readRetentionElement(root);
    if (isRefusal(retention)) return retention;
    return { ...head, retention, context: retentionContext(retention) };
  },
  detailsOfBody: ({ versionId, context }) => ({ versionId, context }),
  async run(grant, { retention, versionId, bypassesGovernance: bypasses }, context) {
    const past = retention && refusePast(retention, context.now);
    if (past !== undefined) return past;
    return changeLock(grant, { retention, bypassesGovernance: bypasses }, { ...context, versionId });
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
export const getObjectRetention = versionedObject({
  name: "GetObjectRetention",
  route: { method: "GET", subResource: "retention" },
  demands: [{ action: "s3:GetObjectRetention", resource: "object" }],
  parse: noInput,
  async run(grant, _input, context) {
    const version = await findLockable(grant, context);
    if (isRefusal(version)) return version;
    const { retention } = version.metadata.lock ?? {};
    if (retention === undefined) return notLocked(context);
    const { mode, until } = retention;
    return xmlReply("Retention", [element("Mode", mode), element("RetainUntilDate", isoTime(until))]);
  },
});

interface HoldInput {
  readonly versionId: string | undefined;
  readonly legalHold: boolean;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html */
export const putObjectLegalHold = defineObjectOperation<HoldInput, Pick<HoldInput, "versionId">, XmlElement>({
  name: "PutObjectLegalHold",
  route: { method: "PUT", subResource: "legal-hold" },
  events: [],
  reads: ["?versionId", "/Status"],
  body: xmlBody("LegalHold", documentLimits),
  demands: [{ action: "s3:PutObjectLegalHold", resource: "object" }],
  parse(request) {
    const versionId = versionIdOf(request);
    return isRefusal(versionId) ? versionId : { versionId };
  },
  details: ({ versionId }) => ({ versionId }),
  parseBody({ versionId }, root) {
    const status = textOf(root, "Status")?.trim();
    return status === "ON" || status === "OFF" ? { versionId, legalHold: status === "ON" } : refuse("MalformedXML");
  },
  detailsOfBody: ({ versionId, legalHold }) => ({
    versionId,
    context: new Map<S3ConditionKey, string>([["s3:object-lock-legal-hold", legalHold ? "ON" : "OFF"]]),
  }),
  run: (grant, { versionId, legalHold }, context) => changeLock(grant, { legalHold }, { ...context, versionId }),
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html */
export const getObjectLegalHold = versionedObject({
  name: "GetObjectLegalHold",
  route: { method: "GET", subResource: "legal-hold" },
  demands: [{ action: "s3:GetObjectLegalHold", resource: "object" }],
  parse: noInput,
  async run(grant, _input, context) {
    const version = await findLockable(grant, context);
    if (isRefusal(version)) return version;
    const { legalHold } = version.metadata.lock ?? {};
    return legalHold === undefined
      ? notLocked(context)
      : xmlReply("LegalHold", [element("Status", legalHold ? "ON" : "OFF")]);
  },
});
