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
import { readMidnight, readNewer, wholeNumber } from "./lifecycle-values.ts";
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
  const newer = readNewer(sent);
  return isRefusal(newer) ? newer : { storageClass, days, newer };
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
  const end = expiration === undefined || "expiredMarkers" in expiration ? undefined : expiration;
  const isDated = transitions.some(({ at }) => "date" in at);
  const refused =
    refuseMixture([
      ...transitions.map(({ at }) => at),
      ...(transitions.length === 0 || end === undefined ? [] : [end]),
    ]) ??
    refuseOrder(
      { action: "Transition", member: isDated ? "Date" : "Days" },
      transitions.map(({ storageClass, at }) => ({ storageClass, day: dayOf(at) })),
      end && dayOf(end),
    ) ??
    refuseOrder(
      { action: "NoncurrentVersionTransition", member: "NoncurrentDays" },
      older.map(({ storageClass, days }) => ({ storageClass, day: days })),
      noncurrent?.days,
    );
  return (
    refused ?? {
      ...(transitions.length === 0 ? {} : { transitions }),
      ...(older.length === 0 ? {} : { noncurrentTransitions: older }),
    }
  );
}

/** After the last change of an object, or since 1970. */
function dayOf(at: LifecycleTransition["at"]): number {
  return "date" in at ? at.date / dayMs : at.days;
}

function refuseMixture(all: readonly LifecycleTransition["at"][]): Refusal | undefined {
  const dated = all.filter((at) => "date" in at).length;
  return dated === 0 || dated === all.length
    ? undefined
    : refuse(
        "InvalidRequest",
        "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule",
      );
}

/** An object gets one class after the other, in their order, and is deleted after all of them. `end`: on which day. */
function refuseOrder(
  { action, member }: { readonly action: string; readonly member: string },
  transitions: readonly { readonly storageClass: TransitionClass; readonly day: number }[],
  end: number | undefined,
): Refusal | undefined {
  const order = ({ storageClass }: { readonly storageClass: TransitionClass }): number =>
    transitionClasses.indexOf(storageClass);
  const sorted = transitions.toSorted((one, other) => order(one) - order(other));
  for (const [index, { storageClass, day }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined) continue;
    if (before.storageClass === storageClass)
      return refuse("InvalidRequest", `'StorageClass' must be different for '${action}' actions in same 'Rule'`);
    const apart = isInfrequent(before.storageClass) ? infrequentDays : 0;
    if (day < before.day + apart)
      return invalid(
        `'${member}' in the '${action}' action with StorageClass '${storageClass}' must be at least ${apart} days after that with StorageClass '${before.storageClass}'`,
      );
  }
  return end !== undefined && transitions.some(({ day }) => day >= end)
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
