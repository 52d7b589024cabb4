import type { XmlElement } from "@s3-credentials/protocol";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { definePreflight, isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { corsHeaders, type CorsRule, corsRuleElement, readCorsRules, ruleMembers } from "./cors-rules.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html; the document has 64 KB at most. */
export const putBucketCors = defineBucketOperation<readonly CorsRule[], undefined, XmlElement>({
  name: "PutBucketCors",
  route: { method: "PUT", subResource: "cors" },
  reads: ruleMembers,
  body: xmlBody("CORSConfiguration", { maxBytes: 64 * 1024, maxElements: 4000 }),
  demands: [{ action: "s3:PutBucketCORS", resource: "bucket" }],
  parse: noInput,
  parseBody: (_head, root) => readCorsRules(root),
  async run(grant, rules, { ports, bucket }) {
    await ports.buckets.setCors(grant, bucket.id, JSON.stringify(rules));
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export const getBucketCors = defineBucketOperation({
  name: "GetBucketCors",
  route: { method: "GET", subResource: "cors" },
  demands: [{ action: "s3:GetBucketCORS", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket }) {
    const rules = corsRulesOf(bucket);
    if (rules === undefined)
      return refuse("NoSuchCORSConfiguration", undefined, { details: { BucketName: bucket.name } });
    return xmlReply("CORSConfiguration", rules.map(corsRuleElement));
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html: the right is the one to set. */
export const deleteBucketCors = defineBucketOperation({
  name: "DeleteBucketCors",
  route: { method: "DELETE", subResource: "cors" },
  demands: [{ action: "s3:PutBucketCORS", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    await ports.buckets.setCors(grant, bucket.id, undefined);
    return emptyReply(204);
  },
});

/**
 * A browser's question before the request itself, which it asks without credentials.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 */
export const optionsObject = definePreflight({
  name: "OptionsObject",
  async preflight(headers, bucket, turn) {
    const origin = headers.get("origin");
    const method = headers.get("access-control-request-method");
    if (origin === undefined) return refuse("BadRequest", "Insufficient information. Origin request header needed.");
    if (method === undefined) return refuse("BadRequest", "Invalid Access-Control-Request-Method: null");
    const rules = corsRulesOf(bucket);
    if (rules === undefined) return refuse("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.");
    const asked = askedHeaders(headers.get("access-control-request-headers") ?? "");
    if (isRefusal(asked)) return asked;
    const allowed = await corsHeaders(rules, { origin, method, headers: asked }, turn);
    if (allowed === undefined)
      return refuse(
        "AccessForbidden",
        "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      );
    return emptyReply(200, allowed);
  },
});

/** Far more than S3 has headers; user metadata is 2 KB. */
const maxAskedHeaders = 1000;

/** Each name once, in lower case. */
function askedHeaders(list: string): readonly string[] | Refusal {
  const names = new Set(list.split(",").map((name) => name.trim().toLowerCase()));
  names.delete("");
  return names.size > maxAskedHeaders
    ? refuse("BadRequest", `Access-Control-Request-Headers has more than ${maxAskedHeaders} names.`)
    : [...names];
}

/** Added to every answer of a request that says which page it comes from; none when no rule lets the page read it. */
export async function crossOriginHeaders(
  headers: ReadonlyMap<string, string>,
  method: string,
  bucket: BucketRecord,
): Promise<Readonly<Record<string, string>>> {
  const origin = headers.get("origin");
  const rules = corsRulesOf(bucket);
  if (origin === undefined || rules === undefined) return {};
  const noTurn = async (): Promise<void> => {}; // without headers there is little to compare
  return (await corsHeaders(rules, { origin, method, headers: [] }, noTurn)) ?? {};
}

/** Written by `putBucketCors` alone. */
function corsRulesOf({ cors }: BucketRecord): readonly CorsRule[] | undefined {
  return cors === undefined ? undefined : (JSON.parse(cors) as readonly CorsRule[]);
}
