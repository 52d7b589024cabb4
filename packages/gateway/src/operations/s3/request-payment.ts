import { element, textOf, type XmlElement } from "@s3-credentials/protocol";
import { refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

/** `authz/request-payer.ts` carries it out. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html */
export const putBucketRequestPayment = defineBucketOperation<boolean, undefined, XmlElement>({
  name: "PutBucketRequestPayment",
  route: { method: "PUT", subResource: "requestPayment" },
  reads: ["/Payer"],
  body: xmlBody("RequestPaymentConfiguration", { maxBytes: 64 * 1024, maxElements: 64 }),
  demands: [{ action: "s3:PutBucketRequestPayment", resource: "bucket" }],
  parse: noInput,
  parseBody(_head, root) {
    const payer = textOf(root, "Payer")?.trim();
    return payer === "Requester" || payer === "BucketOwner" ? payer === "Requester" : refuse("MalformedXML");
  },
  async run(grant, requesterPays, { ports, bucket }) {
    await ports.buckets.setRequesterPays(grant, bucket.id, requesterPays);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html */
export const getBucketRequestPayment = defineBucketOperation({
  name: "GetBucketRequestPayment",
  route: { method: "GET", subResource: "requestPayment" },
  demands: [{ action: "s3:GetBucketRequestPayment", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, { bucket: { requesterPays } }) =>
    xmlReply("RequestPaymentConfiguration", [element("Payer", requesterPays ? "Requester" : "BucketOwner")]),
});
