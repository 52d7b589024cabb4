import { element, type S3ErrorCode, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import type { S3OperationName } from "../../ports/operation-name.ts";
import type { S3Demand } from "../demand.ts";
import { type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import type { S3Operation } from "./s3-operation.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

/**
 * Configurations that a bucket may have at S3 and never has here. Clients ask for them before they do anything else, so the
 * answers are those of a bucket where nobody configured them; to write the default, or to delete what is not there, is a success.
 * What would change something is in `not-implemented.ts`, or refused here by name.
 */

type Action = S3Demand["action"];

/** An error of S3's, a document, or `done`: there is nothing to delete. */
type Answer = S3ErrorCode | "done" | { readonly root: string; readonly content: readonly XmlNode[] };

const document = (root: string, ...content: readonly XmlNode[]): Answer => ({ root, content });
const emptyList = (root: string): Answer => document(root, element("IsTruncated", false));

const answers: readonly (readonly [name: S3OperationName, subResource: string, action: Action, answer: Answer])[] = [
  ["GetBucketReplication", "replication", "s3:GetReplicationConfiguration", "ReplicationConfigurationNotFoundError"],
  ["DeleteBucketReplication", "replication", "s3:PutReplicationConfiguration", "done"],
  [
    "GetBucketAccelerateConfiguration",
    "accelerate",
    "s3:GetAccelerateConfiguration",
    document("AccelerateConfiguration"),
  ],
  [
    "ListBucketAnalyticsConfigurations",
    "analytics",
    "s3:GetAnalyticsConfiguration",
    emptyList("ListBucketAnalyticsConfigurationResult"),
  ],
  ["GetBucketAnalyticsConfiguration", "analytics", "s3:GetAnalyticsConfiguration", "NoSuchConfiguration"],
  ["DeleteBucketAnalyticsConfiguration", "analytics", "s3:PutAnalyticsConfiguration", "NoSuchConfiguration"],
  [
    "ListBucketIntelligentTieringConfigurations",
    "intelligent-tiering",
    "s3:GetIntelligentTieringConfiguration",
    emptyList("ListBucketIntelligentTieringConfigurationsOutput"),
  ],
  [
    "GetBucketIntelligentTieringConfiguration",
    "intelligent-tiering",
    "s3:GetIntelligentTieringConfiguration",
    "NoSuchConfiguration",
  ],
  [
    "DeleteBucketIntelligentTieringConfiguration",
    "intelligent-tiering",
    "s3:PutIntelligentTieringConfiguration",
    "NoSuchConfiguration",
  ],
  [
    "ListBucketMetricsConfigurations",
    "metrics",
    "s3:GetMetricsConfiguration",
    emptyList("ListMetricsConfigurationsResult"),
  ],
  ["GetBucketMetricsConfiguration", "metrics", "s3:GetMetricsConfiguration", "NoSuchConfiguration"],
  ["DeleteBucketMetricsConfiguration", "metrics", "s3:PutMetricsConfiguration", "NoSuchConfiguration"],
];

type Written = "default" | "other" | "malformed";

function oneOf(value: string | undefined, usual: string, ...others: readonly string[]): Written {
  if (value?.trim() === usual) return "default";
  return others.includes(value?.trim() ?? "") ? "other" : "malformed";
}

/** Configurations whose default may be written. */
interface Writable {
  readonly name: S3OperationName;
  readonly subResource: string;
  readonly action: Action;
  readonly root: string;
  /** The elements that `written` looks at; others are refused by name. */
  readonly reads: readonly string[];
  readonly written: (root: XmlElement) => Written;
  /** The only value that may be written; the refusal names it. */
  readonly only: string;
}

const writable: readonly Writable[] = [
  {
    name: "PutBucketAccelerateConfiguration",
    subResource: "accelerate",
    action: "s3:PutAccelerateConfiguration",
    root: "AccelerateConfiguration",
    reads: ["/Status"],
    written: (root) => oneOf(textOf(root, "Status"), "Suspended", "Enabled"),
    only: "the status Suspended",
  },
];

function answerRow([name, subResource, action, answer]: (typeof answers)[number]): S3Operation {
  return defineBucketOperation({
    name,
    route: {
      method: name.startsWith("Delete") ? "DELETE" : "GET",
      subResource,
      ...(name.startsWith("List") ? { mark: "without-id" } : {}),
    },
    // The answer is the same for every id, and a list without members has no second page.
    reads: ["?id", "?continuation-token"],
    demands: [{ action, resource: "bucket" }],
    parse: noInput,
    async run(_grant, _input, { bucket }) {
      if (answer === "done") return emptyReply(204);
      if (typeof answer === "object") return xmlReply(answer.root, answer.content);
      return refuse(answer, undefined, { details: { BucketName: bucket.name } });
    },
  });
}

function writableRow({ name, subResource, action, root, reads, written, only }: Writable): S3Operation {
  return defineBucketOperation<undefined, undefined, XmlElement>({
    name,
    route: { method: "PUT", subResource },
    reads,
    body: xmlBody(root, { maxBytes: 64 * 1024, maxElements: 1000 }),
    demands: [{ action, resource: "bucket" }],
    parse: noInput,
    parseBody(_head, sent): undefined | Refusal {
      const what = written(sent);
      if (what === "malformed") return refuse("MalformedXML");
      return what === "default" ? undefined : refuse("NotImplemented", `${name} is implemented for ${only} alone.`);
    },
    run: async () => emptyReply(200),
  });
}

export const notConfigured: Readonly<Partial<Record<S3OperationName, S3Operation>>> = Object.fromEntries(
  [...answers.map(answerRow), ...writable.map(writableRow)].map((row) => [row.name, row]),
);
