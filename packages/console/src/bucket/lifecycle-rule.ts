/** Rules of lifecycles as the AWS CLI has them, in sentences and in parts of a form. */
import { countOf, showName, showSize } from "../shell/format.ts";

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface FilterParts {
  readonly Prefix?: string;
  readonly ObjectSizeGreaterThan?: number;
  readonly ObjectSizeLessThan?: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html */
export interface LifecycleRule {
  readonly ID?: string;
  readonly Status: string;
  /** The old form of a filter. */
  readonly Prefix?: string;
  readonly Filter?: FilterParts & {
    readonly Tag?: Tag;
    readonly And?: FilterParts & { readonly Tags?: readonly Tag[] };
  };
  readonly Expiration?: {
    readonly Days?: number;
    readonly Date?: string;
    readonly ExpiredObjectDeleteMarker?: boolean;
  };
  readonly NoncurrentVersionExpiration?: {
    readonly NoncurrentDays: number;
    readonly NewerNoncurrentVersions?: number;
  };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
  readonly Transitions?: readonly {
    readonly Days?: number;
    readonly Date?: string;
    readonly StorageClass: string;
  }[];
  readonly NoncurrentVersionTransitions?: readonly {
    readonly NoncurrentDays: number;
    readonly NewerNoncurrentVersions?: number;
    readonly StorageClass: string;
  }[];
}

/** What objects a rule is about; several conditions hold all at once. */
export interface RuleScope {
  readonly prefix: string;
  readonly tags: readonly Tag[];
  /** Bytes. */
  readonly largerThan: number | undefined;
  readonly smallerThan: number | undefined;
}

export function scopeOf({ Prefix, Filter = {} }: LifecycleRule): RuleScope {
  const parts = Filter.And ?? Filter;
  const tags = Filter.And?.Tags ?? (Filter.Tag === undefined ? [] : [Filter.Tag]);
  return {
    prefix: parts.Prefix ?? Prefix ?? "",
    tags,
    largerThan: parts.ObjectSizeGreaterThan,
    smallerThan: parts.ObjectSizeLessThan,
  };
}

/** The rule about other objects. One condition stands alone, several inside `And`; a rule of the old form keeps it as long as it can. */
export function withScope(rule: LifecycleRule, scope: RuleScope): LifecycleRule {
  const { Prefix: old, Filter: _filter, ...rest } = rule;
  const { prefix, tags, largerThan, smallerThan } = scope;
  const count = [prefix, largerThan, smallerThan].filter((one) => one !== "" && one !== undefined).length + tags.length;
  if (old !== undefined && tags.length === 0 && largerThan === undefined && smallerThan === undefined)
    return { ...rest, Prefix: prefix };
  const sizes = {
    ...(largerThan === undefined ? {} : { ObjectSizeGreaterThan: largerThan }),
    ...(smallerThan === undefined ? {} : { ObjectSizeLessThan: smallerThan }),
  };
  if (count > 1)
    return {
      ...rest,
      Filter: {
        And: {
          ...(prefix === "" ? {} : { Prefix: prefix }),
          ...(tags.length === 0 ? {} : { Tags: tags }),
          ...sizes,
        },
      },
    };
  const [tag] = tags;
  if (tag !== undefined) return { ...rest, Filter: { Tag: tag } };
  return { ...rest, Filter: prefix === "" && count === 1 ? sizes : { Prefix: prefix } };
}

/** "objects that begin with logs/ and have the tag team=a" */
function subjectOf({ prefix, tags, largerThan, smallerThan }: RuleScope, more: readonly string[] = []): string {
  const conditions = [
    ...(prefix === "" ? [] : [`begin with ${showName(prefix)}`]),
    ...tags.map(({ Key, Value }) => `have the tag ${showName(Key)}=${showName(Value)}`),
    ...(largerThan === undefined ? [] : [`are larger than ${showSize(largerThan)}`]),
    ...(smallerThan === undefined ? [] : [`are smaller than ${showSize(smallerThan)}`]),
    ...more,
  ];
  return conditions.length === 0 ? "all objects" : `objects that ${conditions.join(" and ")}`;
}

/** What the rule does, each a sentence without its end. */
export function ruleSentences(rule: LifecycleRule): readonly string[] {
  const scope = scopeOf(rule);
  const subject = subjectOf(scope);
  const { Expiration, NoncurrentVersionExpiration: noncurrent, AbortIncompleteMultipartUpload: abort } = rule;
  const newest = noncurrent?.NewerNoncurrentVersions ?? 0;
  return [
    ...(Expiration?.Days === undefined
      ? []
      : [`Deletes ${subject} ${countOf(Expiration.Days, "day")} after their last change`]),
    ...(Expiration?.Date === undefined ? [] : [`Deletes ${subject} from ${Expiration.Date.slice(0, 10)} on`]),
    ...(Expiration?.ExpiredObjectDeleteMarker === true
      ? ["Removes delete markers under which no version is left"]
      : []),
    ...(noncurrent === undefined
      ? []
      : [
          `Deletes older versions of ${subject} ${countOf(noncurrent.NoncurrentDays, "day")} after a newer one came${newest === 0 ? "" : `, but keeps the newest ${newest} of them`}`,
        ]),
    ...(abort === undefined
      ? []
      : [`Ends uploads that are not completed after ${countOf(abort.DaysAfterInitiation, "day")}`]),
    ...transitionSentences(rule, scope),
  ];
}

/** Whether it ends anything, and does not only give it another storage class. */
export function deletesAny({
  Expiration,
  NoncurrentVersionExpiration,
  AbortIncompleteMultipartUpload,
}: LifecycleRule): boolean {
  return (Expiration ?? NoncurrentVersionExpiration ?? AbortIncompleteMultipartUpload) !== undefined;
}

/** Smaller objects keep their class, unless the rule says of which sizes it is. */
function transitionSentences(
  { Transitions = [], NoncurrentVersionTransitions = [] }: LifecycleRule,
  scope: RuleScope,
): readonly string[] {
  const saysSizes = scope.largerThan !== undefined || scope.smallerThan !== undefined;
  const subject = subjectOf(scope, saysSizes ? [] : ["are at least 128 KiB large"]);
  return [
    ...Transitions.map(({ Days = 0, Date, StorageClass }) => {
      const when =
        Date === undefined ? `${countOf(Days, "day")} after their last change` : `from ${Date.slice(0, 10)} on`;
      return `Gives ${subject} the storage class ${StorageClass} ${when}`;
    }),
    ...NoncurrentVersionTransitions.map(({ NoncurrentDays, NewerNoncurrentVersions: newest = 0, StorageClass }) => {
      const but = newest === 0 ? "" : `, but for the newest ${newest} of them`;
      return `Gives older versions of ${subject} the storage class ${StorageClass} ${countOf(NoncurrentDays, "day")} after a newer one came${but}`;
    }),
  ];
}
