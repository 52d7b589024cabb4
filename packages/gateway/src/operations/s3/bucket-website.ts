import { element, renderXml, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { Ports } from "../../ports/ports.ts";
import { modelOf } from "../members.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { readKept, xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";
import { readWebsite, websiteLimits } from "./website-configuration.ts";

/** Where the website is, for clients that know of this header of the gateway: only the gateway knows the port and domain. */
function urlHeaders({ websiteUrl }: Pick<Ports, "websiteUrl">, { name }: BucketRecord): Record<string, string> {
  return websiteUrl === undefined ? {} : { "x-s3-credentials-website-url": websiteUrl(name) };
}

/** Elements without white space between them. */
function copy({ name, children, text }: XmlElement): XmlNode {
  return element(name, children.length === 0 ? text : children.map(copy));
}

/** Kept as it is; `website/` serves it, at a port of its own. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
export const putBucketWebsite = defineBucketOperation<string, undefined, XmlElement>({
  name: "PutBucketWebsite",
  route: { method: "PUT", subResource: "website" },
  // The document is checked, kept and given back whole.
  reads: modelOf("s3", "PutBucketWebsite")
    .split(" ")
    .filter((name) => name.startsWith("/")),
  body: xmlBody("WebsiteConfiguration", websiteLimits),
  demands: [{ action: "s3:PutBucketWebsite", resource: "bucket" }],
  parse: noInput,
  parseBody: (_head, root) => {
    const configuration = readWebsite(root);
    return isRefusal(configuration) ? configuration : renderXml(copy(root));
  },
  async run(grant, document, { ports, bucket }) {
    await ports.buckets.setWebsite(grant, bucket.id, document);
    return emptyReply(200, urlHeaders(ports, bucket));
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html */
export const getBucketWebsite = defineBucketOperation({
  name: "GetBucketWebsite",
  route: { method: "GET", subResource: "website" },
  demands: [{ action: "s3:GetBucketWebsite", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { ports, bucket, time }) {
    const { website } = bucket;
    if (website === undefined)
      return refuse("NoSuchWebsiteConfiguration", undefined, { details: { BucketName: bucket.name } });
    const root = await readKept(website, websiteLimits, time.turn);
    return xmlReply("WebsiteConfiguration", root.children.map(copy), urlHeaders(ports, bucket));
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
