/** The file of `--notification-targets`. */
import { statSync } from "node:fs";
import { isRecord } from "@s3-credentials/policy/parse";
import { dirname, resolve } from "node:path";
import { StoreError } from "../ports/store-error.ts";
import type { FileTarget, NotificationTarget } from "./config.ts";
import { checkedObject, type Fault, readJsonFile } from "./json-file.ts";
import { refuseOpenFile, Unfit } from "./private-file.ts";
import { parseSpaceFloor } from "./space-floor.ts";
import { readWebhook, webhookMembers } from "./webhook-target.ts";

const fileMembers = ["name", "accounts", "file", "maxSize"] as const;

/** Throws with the reason and the member at fault; what the file holds is not printed. Undefined: there are no targets. */
export function readNotificationTargets(file: string | undefined): readonly NotificationTarget[] | undefined {
  if (file === undefined) return undefined;
  const fail = (why: string): never => {
    throw new StoreError(
      "conflict",
      `cannot use --notification-targets ${file}: ${why}; see docs/guide/notifications.md`,
    );
  };
  const document = readJsonFile(file, fail);
  const { targets, ...more } = isRecord(document) ? document : fail("it is not a JSON object");
  for (const name of Object.keys(more)) return fail(`it has ${JSON.stringify(name)}, and knows targets`);
  if (!Array.isArray(targets) || targets.length === 0) return fail("targets is not a list of at least one");
  const read = targets.map((one: unknown, index) =>
    readTarget(one, dirname(file), (member, why) => fail(`targets[${index}].${member}: ${why}`)),
  );
  const twice = read.find(({ name }, at) => read.findIndex((one) => one.name === name) !== at);
  if (twice !== undefined) return fail(`two targets have the name ${twice.name}`);
  if (read.some(hasSecrets)) refuseOpen(file, fail);
  return read;
}

function hasSecrets({ to }: NotificationTarget): boolean {
  return to.kind === "webhook" && (to.secret !== undefined || Object.keys(to.headers).length > 0);
}

function refuseOpen(file: string, fail: (why: string) => never): void {
  try {
    refuseOpenFile(statSync(file), file);
  } catch (error) {
    if (error instanceof Unfit) fail(`it has secrets, and ${error.message}`);
    throw error;
  }
}

function readTarget(given: unknown, folder: string, fault: Fault): NotificationTarget {
  const isWebhook = isRecord(given) && "url" in given;
  if (isWebhook && "file" in given)
    return fault("url", "a target is a webhook or a file; leave out url or file, or make two targets of it");
  const target = checkedObject(given, isWebhook ? webhookMembers : fileMembers, fault);
  const { name } = target;
  // It is the last part of an ARN of Amazon SQS or SNS.
  if (typeof name !== "string" || !/^[A-Za-z0-9_-]{1,80}$/.test(name))
    return fault("name", "give up to 80 of letters, digits, - and _");
  return {
    name,
    accounts: readAccounts(target["accounts"], fault),
    to: (isWebhook ? readWebhook : readFileTarget)(target, folder, fault),
  };
}

/** INVARIANT: a target of which nobody said whose buckets may use it is nobody's. */
function readAccounts(given: unknown, fault: Fault): NotificationTarget["accounts"] {
  if (given === "all") return "all";
  const areIds = (list: unknown): list is string[] =>
    Array.isArray(list) && list.length > 0 && list.every((id) => typeof id === "string" && /^\d{12}$/.test(id));
  return areIds(given)
    ? given
    : fault("accounts", 'give the ids of the accounts whose buckets may use it, such as ["123456789012"], or "all"');
}

function readFileTarget(
  { file, maxSize = "64MiB" }: Readonly<Record<string, unknown>>,
  folder: string,
  fault: Fault,
): FileTarget {
  if (typeof file !== "string" || file === "") return fault("file", "it is not the name of a file; give one, or a url");
  const size = typeof maxSize === "string" ? parseSpaceFloor(maxSize) : undefined;
  if (size === undefined || size.percent > 0 || size.bytes < 1024 * 1024)
    return fault("maxSize", "it is not a size of 1MiB or more; give one such as 64MiB");
  return { kind: "file", path: resolve(folder, file), maxBytes: size.bytes };
}
