import { type XmlContent, type XmlNode, element } from "@s3-credentials/protocol";
import { type Refusal, type Reply, refuse } from "../operation.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { Ports } from "../../ports/ports.ts";
import type { WriteRefusal } from "../../ports/data-plane.ts";

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

export function xmlReply(name: string, content: XmlContent, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    kind: "reply",
    status: 200,
    headers,
    body: { kind: "xml", root: element(name, content, { xmlns: namespace }) },
  };
}

export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { kind: "reply", status, headers, body: { kind: "none" } };
}

/** `2026-11-23T12:00:00.000Z`, the form of times in the XML of S3. */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

export function ownerElement(name: "Owner" | "Initiator", id: string): XmlNode {
  return element(name, [element("ID", id)]);
}

/** S3 names owners by canonical user id. Objects belong to the owner of their bucket, so one look-up is enough for an answer. */
export async function canonicalOwner({ identity }: Ports, { owner }: Pick<BucketRecord, "owner">): Promise<string> {
  const account = await identity.findAccount(owner);
  if (account === undefined) throw new Error("a bucket's owner is not in the directory");
  return account.canonicalId;
}

const codes = {
  "precondition-failed": "PreconditionFailed",
  "conditional-miss": "NoSuchKey",
  "bucket-closed": "NoSuchBucket",
  "no-such-upload": "NoSuchUpload",
  "invalid-part": "InvalidPart",
  "invalid-part-order": "InvalidPartOrder",
  "part-too-small": "EntityTooSmall",
  "no-such-version": "NoSuchVersion",
} as const satisfies Readonly<Record<WriteRefusal["kind"], string>>;

/**
 * The S3 error of an outcome of the data plane. Only a caller who may list the bucket learns that a condition
 * failed because there is no object.
 */
export async function writeRefusal({ kind }: WriteRefusal, mayList: () => Promise<boolean>): Promise<Refusal> {
  return kind === "conditional-miss" && !(await mayList()) ? refuse("AccessDenied") : refuse(codes[kind]);
}
