/** Policies and settings of buckets: what makes the service's one what the directory's is. */
import { isObject, type Json, textField } from "../formats/json.ts";
import { bucketCall, type Call } from "./call.ts";
import { allBlocked, settingNames, settingOf, type SettingName } from "./bucket-settings.ts";
import { type Change, change } from "./change.ts";
import { documentOf, type Entity, entityKey, entityWords, ofKind, toPlain } from "./configuration.ts";
import type { Configuration } from "./configuration.ts";
import { fileNames } from "./file-name.ts";
import { inventoryChanges } from "./inventories.ts";
import type { Problem } from "./read-directory.ts";

/** `undefined`: the service's one, or the directory's, has nothing that a new bucket has not. */
export function bucketChanges(bucket: string, before?: Entity, after?: Entity): readonly Change[] {
  const isLoosened = Object.keys(allBlocked).some((name) => blocks(before, name) && !blocks(after, name));
  const settings = (names: readonly SettingName[]): readonly Change[] =>
    names.flatMap((name) => settingChanges(bucket, name, before, after));
  const others = settingNames.filter((name) => name !== "PublicAccessBlockConfiguration" && name !== "LoggingEnabled");
  const block = settings(["PublicAccessBlockConfiguration"]);
  // While public policies are refused, one can neither be set nor set back.
  return isLoosened
    ? [...block, ...policyChanges(bucket, before, after), ...settings(others)]
    : [...policyChanges(bucket, before, after), ...block, ...settings(others)];
}

/** What is written about it into another bucket, whose own settings have to fit before: access logs and inventories. */
export function deliveryChanges(bucket: string, before?: Entity, after?: Entity): readonly Change[] {
  return [...settingChanges(bucket, "LoggingEnabled", before, after), ...inventoryChanges(bucket, before, after)];
}

/** Whether a bucket blocks this kind of public access. */
export function blocks(bucket: Entity | undefined, name: string): boolean {
  const set = bucket?.members.get("PublicAccessBlockConfiguration");
  return isObject(set) ? set.get(name) === true : true;
}

function policyCall(Bucket: string, policy: Entity | undefined): Call {
  const Policy = policy === undefined ? "" : documentOf(policy, "Policy");
  return Policy === ""
    ? bucketCall("DeleteBucketPolicy", { Bucket })
    : bucketCall("PutBucketPolicy", { Bucket, Policy });
}

function policyChanges(bucket: string, before?: Entity, after?: Entity): readonly Change[] {
  const [was, is] = [before, after].map((one) => (one === undefined ? "" : documentOf(one, "Policy")));
  if (was === is) return [];
  const text = `${is === "" ? "delete" : "set"} the policy of bucket ${bucket}`;
  return [change(text, policyCall(bucket, after), policyCall(bucket, before))];
}

function settingChanges(bucket: string, name: SettingName, before?: Entity, after?: Entity): readonly Change[] {
  const [was, is] = [before?.members.get(name), after?.members.get(name)];
  if (textOf(was) === textOf(is)) return [];
  const [set, unset] = [settingCall(bucket, name, is), settingCall(bucket, name, was)];
  // A bucket whose file is gone keeps what cannot be taken away.
  if (set === undefined) return [];
  const text = `${is === undefined ? "take back" : "set"} ${settingOf(name).words} of bucket ${bucket}`;
  if (unset !== undefined) return [change(text, set, unset)];
  const suspend = settingCall(bucket, name, "Suspended");
  return [name === "Versioning" && suspend !== undefined ? change(text, set, suspend) : change(text, set)];
}

const textOf = (value: Json | undefined): string => JSON.stringify(value === undefined ? null : toPlain(value));

/** `value` undefined: what makes it absent; no such call for what nothing takes away. */
function settingCall(Bucket: string, name: SettingName, value: Json | undefined): Call | undefined {
  const { put, inputOf, remove } = settingOf(name);
  const sent = value === undefined ? remove : { value: toPlain(value) };
  if (sent === undefined) return undefined;
  return "operation" in sent
    ? bucketCall(sent.operation, { Bucket })
    : bucketCall(put, { Bucket, ...inputOf(sent.value) });
}

/** What no call can do, or nobody could take back. */
export function impossibleSettings(before: Configuration, wanted: Configuration): readonly Problem[] {
  const buckets = ofKind(wanted, "buckets");
  const files = fileNames(
    "buckets",
    buckets.map(({ name }) => name),
  );
  return buckets.flatMap((after) => {
    const old = before.entities.get(entityKey("buckets", after.name));
    const problem = (member: string, message: string): Problem => ({
      file: files.get(after.name) ?? "",
      pointer: `/${member}`,
      message: `${entityWords(after)} ${message}`,
    });
    return [
      ...(old?.members.has("Versioning") === true && !after.members.has("Versioning")
        ? [problem("Versioning", "has versioning, which can be suspended and not taken away: write that here")]
        : []),
      ...lockProblems(old?.members.get("ObjectLockConfiguration"), after.members.get("ObjectLockConfiguration")).map(
        (message) => problem("ObjectLockConfiguration", message),
      ),
    ];
  });
}

function lockProblems(was: Json | undefined, is: Json | undefined): readonly string[] {
  if (textOf(was) === textOf(is)) return [];
  if (is === undefined) return ["has Object Lock, which is never taken away: write its configuration here"];
  if (was === undefined)
    return ["has no Object Lock, which nobody could take away again: turn it on by PutObjectLockConfiguration first"];
  return defaultMode(is) === "COMPLIANCE"
    ? [
        "would lock each new object in compliance mode, which nobody could take back: set that by PutObjectLockConfiguration",
      ]
    : [];
}

function defaultMode(lock: Json): string {
  const rule = isObject(lock) ? lock.get("Rule") : undefined;
  const retention = isObject(rule) ? rule.get("DefaultRetention") : undefined;
  return isObject(retention) ? textField(retention, "Mode") : "";
}
