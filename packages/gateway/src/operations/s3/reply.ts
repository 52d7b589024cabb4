import { element, type XmlContent, type XmlNode } from "@s3-credentials/protocol";
import type { Reply } from "../operation.ts";

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

/** `2026-11-23T12:00:00.000Z`, as S3's XML has times. */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

export function ownerElement(name: "Owner" | "Initiator", id: string): XmlNode {
  return element(name, [element("ID", id)]);
}
