/** Whether a setting of a bucket lets somebody do more: what is open to everybody is not compared as policies are, so it is not decided. */
import type { AccessChange } from "@s3-credentials/policy";
import { isList, isObject } from "../formats/json.ts";
import { allBlocked, bucketSettings } from "./bucket-settings.ts";
import { documentOf, type Configuration, type Entity, entityWords, ofKind, textOf, toPlain } from "./configuration.ts";
import { inventoriesMember } from "./inventories.ts";
import { blocks } from "./plan-buckets.ts";
import type { Verdict } from "./verdict.ts";

export function settingVerdicts(before: Configuration, after: Configuration): readonly Verdict[] {
  const old = new Map(ofKind(before, "buckets").map((bucket) => [bucket.name, bucket]));
  const now = new Map(ofKind(after, "buckets").map((bucket) => [bucket.name, bucket]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    const bucket = is ?? was;
    if (bucket === undefined) return [];
    const verdict = (what: string, change: AccessChange): Verdict => ({
      of: `${what} of ${entityWords(bucket)}`,
      change,
    });
    return [
      ...blockChange(was, is).map((change) => verdict("what public access is blocked", change)),
      ...ownershipChange(was, is).map((change) => verdict("the object ownership", change)),
      ...(website(is) === "" || website(was) === website(is)
        ? []
        : [verdict("the website", undecided("a website, which shows everybody what everybody may read"))]),
      ...Object.entries(reports).flatMap(([member, { what, shows }]) =>
        reportsIn(is, member).every((report) => reportsIn(was, member).includes(report))
          ? []
          : [verdict(what, undecided(shows))],
      ),
    ];
  });
}

const undecided = (construct: string): AccessChange => ({ change: "unknown", construct });

function blockChange(was: Entity | undefined, is: Entity | undefined): readonly AccessChange[] {
  const changed = Object.keys(allBlocked).filter((name) => blocks(was, name) !== blocks(is, name));
  if (changed.length === 0) return [];
  const open = changed.filter((name) => !blocks(is, name));
  return [
    open.length === 0 ? { change: "narrower" } : undecided(`public access that is blocked no more: ${open.join(", ")}`),
  ];
}

const hasLists = (bucket: Entity | undefined): boolean =>
  bucket !== undefined && textOf(bucket, "ObjectOwnership") !== "BucketOwnerEnforced";

function ownershipChange(was: Entity | undefined, is: Entity | undefined): readonly AccessChange[] {
  if (hasLists(was) === hasLists(is)) return [];
  return [hasLists(is) ? undecided("access control lists, which count again") : { change: "narrower" }];
}

const website = (bucket: Entity | undefined): string =>
  bucket === undefined ? "" : documentOf(bucket, "WebsiteConfiguration");

const readersElsewhere = "names of objects that are written to another bucket, for all who may read that one";

/** What tells others, who need no right for this bucket, of its objects. */
const reports: Readonly<Record<string, { readonly what: string; readonly shows: string }>> = {
  [inventoriesMember]: { what: "the inventories", shows: readersElsewhere },
  LoggingEnabled: { what: bucketSettings.LoggingEnabled.words, shows: readersElsewhere },
  NotificationConfiguration: {
    what: bucketSettings.NotificationConfiguration.words,
    shows: "names of objects that a target gets to know",
  },
};

/** Each as JSON; an inventory that is not enabled is none. */
function reportsIn(bucket: Entity | undefined, member: string): readonly string[] {
  const value = bucket?.members.get(member);
  const all = value === undefined ? [] : isList(value) ? value : [value];
  return all
    .filter((one) => !isObject(one) || one.get("IsEnabled") !== false)
    .map((one) => JSON.stringify(toPlain(one)));
}
