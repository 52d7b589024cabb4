import { child, element, readXml, renderXml, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { modelOf } from "../members.ts";
import { type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

const known: ReadonlySet<string> = new Set(["IndexDocument", "ErrorDocument", "RedirectAllRequestsTo", "RoutingRules"]);

/** What must hold of a configuration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_WebsiteConfiguration.html */
function fault(root: XmlElement): Refusal | undefined {
  if (root.children.some(({ name }) => !known.has(name))) return refuse("MalformedXML");
  const redirect = child(root, "RedirectAllRequestsTo");
  if (redirect !== undefined) {
    if (root.children.length > 1)
      return refuse(
        "InvalidRequest",
        "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
      );
    if (!textOf(redirect, "HostName")) return refuse("MalformedXML");
    return ["http", "https"].includes(textOf(redirect, "Protocol") ?? "http")
      ? undefined
      : refuse(
          "InvalidRequest",
          "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.",
        );
  }
  const suffix =
    child(root, "IndexDocument") === undefined ? undefined : textOf(child(root, "IndexDocument") ?? root, "Suffix");
  if (suffix === undefined || suffix === "")
    return refuse(
      "InvalidArgument",
      "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
      { details: { ArgumentName: "IndexDocument" } },
    );
  if (suffix.includes("/"))
    return refuse("InvalidArgument", "The IndexDocument Suffix is not well formed", {
      details: { ArgumentName: "IndexDocument" },
    });
  const error = child(root, "ErrorDocument");
  return error !== undefined && !textOf(error, "Key") ? refuse("MalformedXML") : undefined;
}

/** Elements without white space between them. */
function copy({ name, children, text }: XmlElement): XmlNode {
  return element(name, children.length === 0 ? text : children.map(copy));
}

/** Stored, not served: this endpoint is no website. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
export const putBucketWebsite = defineBucketOperation<string, undefined, XmlElement>({
  name: "PutBucketWebsite",
  route: { method: "PUT", subResource: "website" },
  // The document is checked, kept and given back whole.
  reads: modelOf("s3", "PutBucketWebsite")
    .split(" ")
    .filter((name) => name.startsWith("/")),
  // Fifty routing rules of at most ten elements.
  body: xmlBody("WebsiteConfiguration", { maxBytes: 128 * 1024, maxElements: 1000 }),
  demands: [{ action: "s3:PutBucketWebsite", resource: "bucket" }],
  parse: noInput,
  parseBody: (_head, root) => fault(root) ?? renderXml(copy(root)),
  async run(grant, document, { ports, bucket }) {
    await ports.buckets.setWebsite(grant, bucket.id, document);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html */
export const getBucketWebsite = defineBucketOperation({
  name: "GetBucketWebsite",
  route: { method: "GET", subResource: "website" },
  demands: [{ action: "s3:GetBucketWebsite", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket }) {
    const { website } = bucket;
    if (website === undefined)
      return refuse("NoSuchWebsiteConfiguration", undefined, { details: { BucketName: bucket.name } });
    const root = readXml(website);
    if ("error" in root) throw new Error("a stored website configuration does not parse");
    return xmlReply("WebsiteConfiguration", root.children.map(copy));
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html */
export const deleteBucketWebsite = defineBucketOperation({
  name: "DeleteBucketWebsite",
  route: { method: "DELETE", subResource: "website" },
  demands: [{ action: "s3:DeleteBucketWebsite", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    await ports.buckets.setWebsite(grant, bucket.id, undefined);
    return emptyReply(204);
  },
});
