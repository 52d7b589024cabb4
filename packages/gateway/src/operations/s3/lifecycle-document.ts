import { child, children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import type { LifecycleExpiration, LifecycleFilter, LifecycleRule } from "../../ports/lifecycle.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { readTransitions, transitionElements, transitionMembers } from "./lifecycle-transitions.ts";
import { readMidnight, readNewer, wholeNumber } from "./lifecycle-values.ts";
import { isoTime } from "./reply.ts";

const filterMembers = ["Prefix", "Tag", "Tag/Key", "Tag/Value", "ObjectSizeGreaterThan", "ObjectSizeLessThan"];

/** What `readRules` reads. */
export const lifecycleMembers = [
  "/Rule",
  ...["ID", "Prefix", "Status", "Filter", "Filter/And", "Expiration"].map((name) => `/Rule/${name}`),
  ...filterMembers.flatMap((name) => [`/Rule/Filter/${name}`, `/Rule/Filter/And/${name}`]),
  ...["Days", "Date", "ExpiredObjectDeleteMarker"].map((name) => `/Rule/Expiration/${name}`),
  "/Rule/NoncurrentVersionExpiration",
  "/Rule/NoncurrentVersionExpiration/NoncurrentDays",
  "/Rule/NoncurrentVersionExpiration/NewerNoncurrentVersions",
  "/Rule/AbortIncompleteMultipartUpload",
  "/Rule/AbortIncompleteMultipartUpload/DaysAfterInitiation",
  ...transitionMembers,
] as const;

export const maxRules = 1000;
const maxIdLength = 255;

const malformed = (): Refusal => refuse("MalformedXML");
const invalid = (message: string): Refusal => refuse("InvalidArgument", message);

function positive(parent: XmlElement, name: string, action: string): number | Refusal {
  const number = wholeNumber(parent, name);
  if (number === undefined) return malformed();
  return number >= 1 && number <= 2_147_483_647
    ? number
    : invalid(`'${name}' for ${action} action must be a positive integer`);
}

function readFilter(filter: XmlElement): LifecycleFilter | Refusal {
  const and = child(filter, "And");
  if (and !== undefined && filter.children.length > 1) return malformed();
  const from = and ?? filter;
  const tags = children(from, "Tag").map((tag) => ({
    key: textOf(tag, "Key") ?? "",
    value: textOf(tag, "Value") ?? "",
  }));
  // One condition alone, or several inside `And`.
  if (and === undefined ? filter.children.length > 1 : and.children.length < 2) return malformed();
  if (tags.length > 10 || tags.some(({ key }) => key === "")) return malformed();
  if (new Set(tags.map(({ key }) => key)).size < tags.length) return invalid("Duplicate Tag Keys are not allowed.");
  const [largerThan, smallerThan] = ["ObjectSizeGreaterThan", "ObjectSizeLessThan"].map((name) =>
    wholeNumber(from, name),
  );
  if (Number.isNaN(largerThan) || Number.isNaN(smallerThan) || smallerThan === 0) return malformed();
  if (largerThan !== undefined && smallerThan !== undefined && largerThan + 1 >= smallerThan)
    return refuse("InvalidRequest", "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  const prefix = textOf(from, "Prefix");
  return {
    tags,
    ...(prefix === undefined ? {} : { prefix }),
    ...(largerThan === undefined ? {} : { largerThan }),
    ...(smallerThan === undefined ? {} : { smallerThan }),
  };
}

function readExpiration(expiration: XmlElement): LifecycleExpiration | Refusal {
  const [only, more] = expiration.children;
  if (only === undefined || more !== undefined) return malformed();
  if (only.name === "Days") {
    const days = positive(expiration, "Days", "Expiration");
    return isRefusal(days) ? days : { days };
  }
  if (only.name === "Date") {
    const date = readMidnight(only.text);
    return typeof date === "number" ? { date } : date;
  }
  const text = only.text.trim();
  if (only.name !== "ExpiredObjectDeleteMarker" || (text !== "true" && text !== "false")) return malformed();
  return { expiredMarkers: text === "true" };
}

function readNoncurrent(sent: XmlElement): NonNullable<LifecycleRule["noncurrent"]> | Refusal {
  const days = positive(sent, "NoncurrentDays", "NoncurrentVersionExpiration");
  if (isRefusal(days)) return days;
  const newer = readNewer(sent);
  return isRefusal(newer) ? newer : { days, newer };
}

/** What of a rule is about things that have no tags and no size. */
function refuseCombination({ filter, expiration, abortDays }: Omit<LifecycleRule, "id">): Refusal | undefined {
  const { tags, largerThan, smallerThan } = filter;
  const what =
    tags.length > 0 ? "Tags" : largerThan !== undefined || smallerThan !== undefined ? "Object Size" : undefined;
  if (what === undefined) return undefined;
  if (abortDays !== undefined)
    return refuse("InvalidRequest", `AbortIncompleteMultipartUpload cannot be specified with ${what}.`);
  if (expiration !== undefined && "expiredMarkers" in expiration)
    return refuse("InvalidRequest", `ExpiredObjectDeleteMarker cannot be specified with ${what}.`);
  return undefined;
}

function readRule(root: XmlElement, newId: () => string): LifecycleRule | Refusal {
  const status = textOf(root, "Status")?.trim();
  if (status !== "Enabled" && status !== "Disabled") return malformed();
  const [oldPrefix, sentFilter] = [textOf(root, "Prefix"), child(root, "Filter")];
  if ((oldPrefix === undefined) === (sentFilter === undefined)) return malformed();
  const filter = sentFilter === undefined ? { tags: [], prefix: oldPrefix ?? "" } : readFilter(sentFilter);
  if (isRefusal(filter)) return filter;
  const [sentExpiration, sentNoncurrent, abort] = [
    child(root, "Expiration"),
    child(root, "NoncurrentVersionExpiration"),
    child(root, "AbortIncompleteMultipartUpload"),
  ];
  const actions = ["Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "Transition"];
  if (![...actions, "NoncurrentVersionTransition"].some((name) => child(root, name) !== undefined))
    return refuse("InvalidRequest", "At least one action needs to be specified in a rule");
  const expiration = sentExpiration && readExpiration(sentExpiration);
  if (isRefusal(expiration)) return expiration;
  const noncurrent = sentNoncurrent && readNoncurrent(sentNoncurrent);
  if (isRefusal(noncurrent)) return noncurrent;
  const abortDays = abort && positive(abort, "DaysAfterInitiation", "AbortIncompleteMultipartUpload");
  if (isRefusal(abortDays)) return abortDays;
  const transitions = readTransitions(root, expiration, noncurrent);
  if (isRefusal(transitions)) return transitions;
  const id = textOf(root, "ID") || newId();
  if (id.length > maxIdLength) return invalid(`ID length should not exceed allowed limit of ${maxIdLength}`);
  const rule = {
    id,
    isEnabled: status === "Enabled",
    hasOldForm: sentFilter === undefined,
    filter,
    ...(expiration === undefined ? {} : { expiration }),
    ...(noncurrent === undefined ? {} : { noncurrent }),
    ...(abortDays === undefined ? {} : { abortDays }),
    ...transitions,
  };
  return refuseCombination(rule) ?? rule;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
export function readRules(root: XmlElement, newId: () => string): readonly LifecycleRule[] | Refusal {
  const rules: LifecycleRule[] = [];
  for (const sent of children(root, "Rule")) {
    const rule = readRule(sent, newId);
    if (isRefusal(rule)) return rule;
    rules.push(rule);
  }
  if (rules.length === 0 || rules.length > maxRules) return malformed();
  return new Set(rules.map(({ id }) => id)).size === rules.length
    ? rules
    : invalid("Rule ID must be unique. Found same ID for more than one rule");
}

function filterElement({ prefix, tags, largerThan, smallerThan }: LifecycleFilter): XmlNode {
  const members = [
    prefix === undefined ? undefined : element("Prefix", prefix),
    ...tags.map(({ key, value }) => element("Tag", [element("Key", key), element("Value", value)])),
    largerThan === undefined ? undefined : element("ObjectSizeGreaterThan", largerThan),
    smallerThan === undefined ? undefined : element("ObjectSizeLessThan", smallerThan),
  ].filter((member) => member !== undefined);
  return element("Filter", members.length > 1 ? element("And", members) : members);
}

function expirationElement(expiration: LifecycleExpiration): XmlNode {
  return element("Expiration", [
    "days" in expiration
      ? element("Days", expiration.days)
      : "date" in expiration
        ? element("Date", isoTime(expiration.date))
        : element("ExpiredObjectDeleteMarker", expiration.expiredMarkers),
  ]);
}

export function ruleElement(rule: LifecycleRule): XmlNode {
  const { id, isEnabled, hasOldForm, filter, expiration, noncurrent, abortDays } = rule;
  return element("Rule", [
    element("ID", id),
    hasOldForm ? element("Prefix", filter.prefix ?? "") : filterElement(filter),
    element("Status", isEnabled ? "Enabled" : "Disabled"),
    expiration && expirationElement(expiration),
    noncurrent &&
      element("NoncurrentVersionExpiration", [
        element("NoncurrentDays", noncurrent.days),
        noncurrent.newer === 0 ? undefined : element("NewerNoncurrentVersions", noncurrent.newer),
      ]),
    abortDays === undefined
      ? undefined
      : element("AbortIncompleteMultipartUpload", [element("DaysAfterInitiation", abortDays)]),
    ...transitionElements(rule),
  ]);
}
