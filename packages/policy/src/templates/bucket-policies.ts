/** The policies the tool hands out, in the order of fields its users know. */
import type { PolicyDocument } from "../parse/print.ts";

export interface TemplateOptions {
  /** `my-prefix/`, with or without a `*` at its end; see `checkPrefix`. */
  readonly prefix?: string;
  /** Further prefixes beside it. */
  readonly alsoPrefixes?: readonly string[];
  /** Statements put after the template's own. */
  readonly extraStatements?: readonly PolicyDocument[];
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition?: string;
}

type Template = (bucket: string, options?: TemplateOptions) => PolicyDocument;

const readActions = [
  "s3:GetObject",
  "s3:GetObjectAcl",
  "s3:GetObjectLegalHold",
  "s3:GetObjectRetention",
  "s3:GetObjectTagging",
];

export const readWritePolicy: Template = (bucket, options = {}) =>
  document(
    [
      ...listing(bucket, options),
      onObjects(readActions, bucket, options),
      onObjects(["s3:PutObject", "s3:DeleteObject"], bucket, options),
    ],
    options,
  );

export const readOnlyPolicy: Template = (bucket, options = {}) =>
  document([...listing(bucket, options), onObjects(readActions, bucket, options)], options);

export const writeOnlyPolicy: Template = (bucket, options = {}) =>
  document([onObjects(["s3:PutObject"], bucket, options)], options);

/** A bucket policy: everyone may read an object whose key they know. */
export function publicBucketPolicy(bucket: string, options: Pick<TemplateOptions, "partition"> = {}): PolicyDocument {
  const { Effect, Action, Resource } = onObjects(["s3:GetObject"], bucket, options);
  return document([{ Sid: "AllowAllGetObject", Effect, Principal: "*", Action, Resource }], {});
}

function document(statements: readonly PolicyDocument[], { extraStatements = [] }: TemplateOptions): PolicyDocument {
  return { Version: "2012-10-17", Statement: [...statements, ...extraStatements] };
}

/** Listing: the whole bucket, or what begins with the prefix. */
function listing(bucket: string, options: TemplateOptions): readonly PolicyDocument[] {
  const prefixes = prefixesOf(options);
  if (prefixes.length === 0) return [onBucket(["s3:ListBucket", "s3:GetBucketLocation"], bucket, options)];
  return [
    onBucket(["s3:GetBucketLocation"], bucket, options),
    {
      ...onBucket(["s3:ListBucket"], bucket, options),
      Condition: { StringLike: { "s3:prefix": prefixes.map(starred) } },
    },
  ];
}

function onBucket(actions: readonly string[], bucket: string, { partition = "aws" }: TemplateOptions): PolicyDocument {
  return { Effect: "Allow", Action: actions, Resource: [`arn:${partition}:s3:::${bucket}`] };
}

function onObjects(actions: readonly string[], bucket: string, options: TemplateOptions): PolicyDocument {
  const { partition = "aws" } = options;
  const prefixes = prefixesOf(options);
  const keys = prefixes.length === 0 ? ["*"] : prefixes.map(starred);
  return { Effect: "Allow", Action: actions, Resource: keys.map((key) => `arn:${partition}:s3:::${bucket}/${key}`) };
}

/** None: every key. */
function prefixesOf({ prefix, alsoPrefixes = [] }: TemplateOptions): readonly string[] {
  return prefix === undefined ? alsoPrefixes : [prefix, ...alsoPrefixes];
}

function starred(prefix: string): string {
  return prefix.endsWith("*") ? prefix : `${prefix}*`;
}
