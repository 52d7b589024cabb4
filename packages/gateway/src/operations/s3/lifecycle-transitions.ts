import { children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { dayMs } from "../../ports/clock.ts";
import {
  type LifecycleExpiration,
  type LifecycleRule,
  type LifecycleTransition,
  type NoncurrentTransition,
  type TransitionClass,
  transitionClasses,
} from "../../ports/lifecycle.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { maxNewer, readMidnight, wholeNumber } from "./lifecycle-values.ts";
import { archiveClasses } from "./object-metadata.ts";
import { isoTime } from "./reply.ts";

/** What `readTransitions` and `readNoncurrentTransitions` read. */
export const transitionMembers = [
  "/Rule/Transition",
  ...["Days", "Date", "StorageClass"].map((name) => `/Rule/Transition/${name}`),
  "/Rule/NoncurrentVersionTransition",
  ...["NoncurrentDays", "NewerNoncurrentVersions", "StorageClass"].map(
    (name) => `/Rule/NoncurrentVersionTransition/${name}`,
  ),
] as const;

/** Days that an object is kept in a class for infrequent access before and after it gets that class. */
const infrequentDays = 30;
const isInfrequent = (storageClass: TransitionClass): boolean =>
  storageClass === "STANDARD_IA" || storageClass === "ONEZONE_IA";

const malformed = (): Refusal => refuse("MalformedXML");
const invalid = (message: string): Refusal => refuse("InvalidArgument", message);

function readClass(sent: XmlElement): TransitionClass | Refusal {
  const text = textOf(sent, "StorageClass")?.trim() ?? "";
  const known = transitionClasses.find((one) => one === text);
  if (known !== undefined) return known;
  return archiveClasses.has(text)
    ? refuse("NotImplemented", `Transitions to ${text} need RestoreObject, which is not implemented.`)
    : malformed();
}

function readDays(
  sent: XmlElement,
  member: "Days" | "NoncurrentDays",
  storageClass: TransitionClass,
): number | Refusal {
  const days = wholeNumber(sent, member);
  if (days === undefined) return malformed();
  const action = sent.name;
  if (!(days <= 2_147_483_647)) return invalid(`'${member}' for ${action} action must be nonnegative`);
  return days < infrequentDays && isInfrequent(storageClass)
    ? invalid(`'${member}' in ${action} action must be greater than or equal to 30 for storageClass '${storageClass}'`)
    : days;
}

function readTransition(sent: XmlElement): LifecycleTransition | Refusal {
  const storageClass = readClass(sent);
  if (isRefusal(storageClass)) return storageClass;
  const [days, date] = [textOf(sent, "Days"), textOf(sent, "Date")];
  if ((days === undefined) === (date === undefined)) return malformed();
  if (date !== undefined) {
    const midnight = readMidnight(date);
    return typeof midnight === "number" ? { storageClass, at: { date: midnight } } : midnight;
  }
  const after = readDays(sent, "Days", storageClass);
  return isRefusal(after) ? after : { storageClass, at: { days: after } };
}

function readNoncurrentTransition(sent: XmlElement): NoncurrentTransition | Refusal {
  const storageClass = readClass(sent);
  if (isRefusal(storageClass)) return storageClass;
  const days = readDays(sent, "NoncurrentDays", storageClass);
  if (isRefusal(days)) return days;
  const newer = wholeNumber(sent, "NewerNoncurrentVersions") ?? 0;
  return newer >= (textOf(sent, "NewerNoncurrentVersions") === undefined ? 0 : 1) && newer <= maxNewer
    ? { storageClass, days, newer }
    : invalid(`'NewerNoncurrentVersions' must be a positive integer of at most ${maxNewer}`);
}

function readAll<T>(rule: XmlElement, name: string, read: (sent: XmlElement) => T | Refusal): readonly T[] | Refusal {
  const all: T[] = [];
  for (const sent of children(rule, name)) {
    const one = read(sent);
    if (isRefusal(one)) return one;
    all.push(one);
  }
  return all;
}

type Transitions = Pick<LifecycleRule, "transitions" | "noncurrentTransitions">;

/** The transitions of a rule. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Transition.html */
export function readTransitions(
  rule: XmlElement,
  expiration: LifecycleExpiration | undefined,
  noncurrent: LifecycleRule["noncurrent"],
): Transitions | Refusal {
  const transitions = readAll(rule, "Transition", readTransition);
  if (isRefusal(transitions)) return transitions;
  const older = readAll(rule, "NoncurrentVersionTransition", readNoncurrentTransition);
  if (isRefusal(older)) return older;
  return (
    refuseMixture(transitions, expiration) ??
    refuseOrder(
      "Transition",
      "Days",
      transitions.map(({ storageClass, at }) => [storageClass, "days" in at ? at.days : at.date / dayMs]),
      expiration === undefined ? undefined : "days" in expiration ? expiration.days : undefined,
    ) ??
    refuseOrder(
      "NoncurrentVersionTransition",
      "NoncurrentDays",
      older.map(({ storageClass, days }) => [storageClass, days]),
      noncurrent?.days,
    ) ?? {
      ...(transitions.length === 0 ? {} : { transitions }),
      ...(older.length === 0 ? {} : { noncurrentTransitions: older }),
    }
  );
}

function refuseMixture(
  transitions: readonly LifecycleTransition[],
  expiration: LifecycleExpiration | undefined,
): Refusal | undefined {
  const kinds = new Set(transitions.map(({ at }) => ("days" in at ? "Days" : "Date")));
  if (transitions.length > 0 && expiration !== undefined && !("expiredMarkers" in expiration))
    kinds.add("days" in expiration ? "Days" : "Date");
  return kinds.size > 1
    ? refuse(
        "InvalidRequest",
        "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule",
      )
    : undefined;
}

/** One way, one after the other, and at the end what deletes. */
function refuseOrder(
  action: string,
  member: string,
  transitions: readonly (readonly [TransitionClass, number])[],
  end: number | undefined,
): Refusal | undefined {
  const sorted = transitions.toSorted(
    ([one], [other]) => transitionClasses.indexOf(one) - transitionClasses.indexOf(other),
  );
  for (const [index, [storageClass, days]] of sorted.entries()) {
    const [before, daysBefore] = sorted[index - 1] ?? [undefined, -infrequentDays];
    if (before === storageClass)
      return refuse("InvalidRequest", `'StorageClass' must be different for '${action}' actions in same 'Rule'`);
    const least = before !== undefined && isInfrequent(before) ? daysBefore + infrequentDays : daysBefore;
    if (before !== undefined && days < least)
      return invalid(
        `'${member}' in the '${action}' action with StorageClass '${storageClass}' must be ${isInfrequent(before) ? `${infrequentDays} days more than` : "at least"} that with StorageClass '${before}'`,
      );
  }
  const last = Math.max(...transitions.map(([, days]) => days));
  return end !== undefined && transitions.length > 0 && end <= last
    ? invalid(`'${member}' in the Expiration action must be greater than '${member}' in the ${action} action`)
    : undefined;
}

export function transitionElements({
  transitions = [],
  noncurrentTransitions = [],
}: LifecycleRule): readonly XmlNode[] {
  return [
    ...transitions.map(({ storageClass, at }) =>
      element("Transition", [
        "days" in at ? element("Days", at.days) : element("Date", isoTime(at.date)),
        element("StorageClass", storageClass),
      ]),
    ),
    ...noncurrentTransitions.map(({ storageClass, days, newer }) =>
      element("NoncurrentVersionTransition", [
        element("NoncurrentDays", days),
        newer === 0 ? undefined : element("NewerNoncurrentVersions", newer),
        element("StorageClass", storageClass),
      ]),
    ),
  ];
}
