import { encodedMessage } from "../formats/encoded-message.ts";
import { isIP } from "node:net";
import { type AccessQuestion, conditionKeyType, type LayerName, type ReportedDecision } from "@s3-credentials/policy";
import { UsageError } from "../command-line/failures.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const policyTypes: readonly (readonly [RegExp, LayerName | undefined, string])[] = [
  [/session polic/i, "session", "a session policy"],
  [/identity-based polic/i, "identity", "an identity-based policy"],
  [/permissions? boundar/i, "boundary", "a permissions boundary"],
  [/service control polic/i, undefined, "a service control policy"],
  [/resource control polic/i, undefined, "a resource control policy"],
  [/VPC endpoint polic/i, undefined, "a VPC endpoint policy"],
  [/resource-based polic|trust polic/i, "resource", "a policy of the resource"],
];

function reportedBy(reason: string): ReportedDecision {
  const [, layer, what = ""] = policyTypes.find(([pattern]) => pattern.test(reason)) ?? [];
  if (layer !== undefined) return { allowed: false, layer, reason };
  return { allowed: false, layer: undefined, ...(what === "" ? {} : { hidden: what }), reason };
}

/** IAM names who it was asked about as the caller did: `user ann`, of the caller's account and without a path. */
function resourceOf(written: string, principal: string): string {
  const [, kind, name] = /^(user|role|group) (.+)$/.exec(written) ?? [];
  return kind === undefined ? written : `arn:aws:iam::${principal.split(":")[4] ?? ""}:${kind}/${name ?? ""}`;
}

/**
 * The question in an AccessDenied message, as AWS and the gateway word it, and the reason it gives.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function readDenialMessage(written: string): AccessQuestion {
  const message = written.replace(encodedMessage, "");
  // A bare resource of several words, such as `access key AKIA…`, ends where the reason begins.
  const [whole = "", principal, action, quoted, before, bare] =
    /User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: (?:"([^"]+)"|([^"\n]+?)(?= because no | with an explicit deny )|((?:(?:user|role|group) )?\S+)))?/.exec(
      message,
    ) ?? [];
  if (principal === undefined || action === undefined)
    throw new UsageError(
      "--message is not an AccessDenied message: it has the form `User: ARN is not authorized to perform: ACTION on resource: ARN …`",
    );
  const reason = message.slice(message.indexOf(whole) + whole.length).trim();
  return {
    principal,
    action,
    resource: resourceOf(quoted ?? before ?? bare ?? "*", principal),
    reported: reportedBy(reason),
  };
}

interface ValueForm {
  readonly fits: (value: string) => boolean;
  readonly words: string;
}

/** By the type of a condition key. No request has a value of another form, so an answer to it would mislead. */
const valueForms: Readonly<Partial<Record<string, ValueForm>>> = {
  IPAddress: { fits: (value) => isIP(value) !== 0, words: "an address such as 203.0.113.7" },
  Bool: { fits: (value) => /^(true|false)$/i.test(value), words: "true or false" },
  Numeric: { fits: (value) => /^-?\d+(\.\d+)?$/.test(value), words: "a number" },
  Date: {
    fits: (value) => /^(\d+|\d{4}-\d\d-\d\d(T\S+)?)$/.test(value),
    words: "a date such as 2030-01-02T03:04:05Z",
  },
};

function checkValue(key: string, value: string): void {
  const form = valueForms[conditionKeyType(key)?.type ?? ""];
  if (form === undefined || form.fits(value)) return;
  throw new UsageError(`invalid --context "${key}=${value}": the value of ${key} must be ${form.words}`);
}

/** `--context KEY=VALUE`, several values for one key by giving it again. */
export function readContext(texts: readonly string[]): ReadonlyMap<string, string | readonly string[]> {
  const context = new Map<string, string | readonly string[]>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 1) throw new UsageError(`invalid --context "${text}": it is KEY=VALUE`);
    const key = text.slice(0, equals).toLowerCase();
    const value = text.slice(equals + 1);
    checkValue(text.slice(0, equals), value);
    const before = context.get(key);
    context.set(key, before === undefined ? value : [...(typeof before === "string" ? [before] : before), value]);
  }
  return context;
}
