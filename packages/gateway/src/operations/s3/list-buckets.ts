import { element } from "@s3-credentials/protocol";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineServiceOperation } from "./define-s3.ts";
import { canonicalOwner, isoTime, ownerElement, xmlReply } from "./reply.ts";

interface Input {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
  readonly region: string | undefined;
  /** "If the request contains at least one valid parameter, it is included in the response." */
  readonly tellsRegion: boolean;
}

const parameters = ["prefix", "continuation-token", "max-buckets", "bucket-region"];

const maxBuckets = 10_000;

function readToken(token: string): string | undefined {
  const marker = Buffer.from(token, "base64url").toString();
  return marker !== "" && Buffer.from(marker).toString("base64url") === token ? marker : undefined;
}

/** "Valid Range: Minimum value of 1. Maximum value of 10000." */
function readLimit(text = ""): number | Refusal {
  const limit = text === "" ? maxBuckets : Number(/^\d{1,5}$/.exec(text)?.[0]);
  if (limit >= 1 && limit <= maxBuckets) return limit;
  return refuse("InvalidArgument", `Argument max-buckets must be an integer between 1 and ${maxBuckets}`, {
    details: { ArgumentName: "max-buckets", ArgumentValue: text },
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export const listBuckets = defineServiceOperation<Input>({
  name: "ListBuckets",
  route: { method: "GET" },
  reads: parameters.map((name) => `?${name}`),
  demands: [{ action: "s3:ListAllMyBuckets", resource: "none" }],
  parse(request) {
    const { query } = request;
    const token = query.get("continuation-token");
    const after = token === undefined ? undefined : readToken(token);
    if (token !== undefined && after === undefined)
      return refuse("InvalidArgument", "The continuation token provided is incorrect", {
        details: { ArgumentName: "continuation-token" },
      });
    const limit = readLimit(query.get("max-buckets"));
    if (isRefusal(limit)) return limit;
    const tellsRegion = parameters.some((name) => query.has(name));
    return { prefix: query.get("prefix") ?? "", after, limit, region: query.get("bucket-region"), tellsRegion };
  },
  async run(grant, { prefix, after, limit, region, tellsRegion }, { ports, principal, time }) {
    if (!("accountId" in principal)) return refuse("AccessDenied");
    const owner = principal.accountId;
    const elsewhere = region !== undefined && region !== ports.region;
    const page = elsewhere
      ? { buckets: [], next: undefined }
      : await ports.buckets.list(grant, owner, { prefix, after, limit, turn: time.turn });
    return xmlReply("ListAllMyBucketsResult", [
      ownerElement("Owner", await canonicalOwner(ports, { owner })),
      element(
        "Buckets",
        page.buckets.map((bucket) =>
          element("Bucket", [
            element("Name", bucket.name),
            element("CreationDate", isoTime(bucket.createdAt)),
            tellsRegion ? element("BucketRegion", bucket.region) : undefined,
          ]),
        ),
      ),
      page.next === undefined ? undefined : element("ContinuationToken", Buffer.from(page.next).toString("base64url")),
      prefix === "" ? undefined : element("Prefix", prefix),
    ]);
  },
});
