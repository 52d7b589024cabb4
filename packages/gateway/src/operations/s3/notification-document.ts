import { child, children, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { findOverlap } from "../../domain/buckets/notification-rules.ts";
import { type NotificationRule, objectEventNames } from "../../ports/notifications.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";

/** The forms of a configuration, the member that names the target, and the service in its ARN. */
const forms = [
  { kind: "topic", root: "TopicConfiguration", member: "Topic", service: "sns" },
  { kind: "queue", root: "QueueConfiguration", member: "Queue", service: "sqs" },
] as const;

type Form = (typeof forms)[number];

const filterMembers = [
  "Filter",
  "Filter/S3Key",
  "Filter/S3Key/FilterRule",
  "Filter/S3Key/FilterRule/Name",
  "Filter/S3Key/FilterRule/Value",
];

/** What `readNotificationRules` reads. Functions of AWS Lambda and EventBridge are not here, so they are refused by name. */
export const notificationMembers = forms.flatMap(({ root, member }) => [
  `/${root}`,
  ...["Id", member, "Event", ...filterMembers].map((name) => `/${root}/${name}`),
]);

/** https://docs.aws.amazon.com/general/latest/gr/s3.html: event notifications of a bucket. */
export const maxNotificationRules = 100;
const maxIdLength = 255;
/** Bytes of a prefix or suffix. */
const maxFilterBytes = 1024;

/** Events of S3 that never happen here, by how they begin: nothing is archived, replicated or annotated. */
const unsupportedEvents = [
  "s3:IntelligentTiering",
  "s3:ObjectAnnotation:",
  "s3:ObjectRestore:",
  "s3:ReducedRedundancyLostObject",
  "s3:Replication:",
];

const supportedEvents: ReadonlySet<string> = new Set(
  objectEventNames.flatMap((name) => {
    const [group = name] = name.split(":");
    const isAlone = objectEventNames.filter((one) => one.startsWith(`${group}:`)).length <= 1;
    return isAlone ? [`s3:${name}`] : [`s3:${name}`, `s3:${group}:*`];
  }),
);

const invalid = (message: string, name: string, value: string): Refusal =>
  refuse("InvalidArgument", message, { details: { ArgumentName: name, ArgumentValue: value } });

function checkEvent(name: string): Refusal | undefined {
  if (supportedEvents.has(name)) return undefined;
  return unsupportedEvents.some((begin) => name.startsWith(begin))
    ? refuse("NotImplemented", `${name} is not implemented: the gateway never has such an event.`)
    : invalid("The event is not supported for notifications", "Event", name.slice(0, 128));
}

function readFilter(configuration: XmlElement): Pick<NotificationRule, "prefix" | "suffix"> | Refusal {
  const filter = child(configuration, "Filter");
  const key = filter && child(filter, "S3Key");
  const found: { prefix?: string; suffix?: string } = {};
  for (const rule of key === undefined ? [] : children(key, "FilterRule")) {
    const sent = textOf(rule, "Name")?.trim() ?? "";
    const name = (["prefix", "suffix"] as const).find((one) => one === sent.toLowerCase());
    if (name === undefined)
      return invalid("filter rule name must be either prefix or suffix", "FilterRule.Name", sent.slice(0, 128));
    if (found[name] !== undefined)
      return invalid(`Cannot specify more than one ${name} rule in a filter.`, "FilterRule.Name", name);
    const value = textOf(rule, "Value") ?? "";
    if (Buffer.byteLength(value) > maxFilterBytes)
      return invalid(
        `Size of filter rule value cannot exceed ${maxFilterBytes} bytes in UTF-8 representation`,
        "FilterRule.Value",
        value.slice(0, 128),
      );
    found[name] = value;
  }
  return found;
}

/** What a rule needs to know of the bucket, and of the targets that its owner may use. */
export interface NotificationScope {
  readonly region: string;
  readonly accountId: string;
  readonly permits: (target: string) => boolean;
}

/** As at S3, where people know it from. */
const unableToValidate = "Unable to validate the following destination configurations";

/** Which ARN would do: the targets are the operator's, so the one who asks cannot look them up. */
function asTarget(service: string, region: string): string {
  return `Give arn:aws:${service}:${region}:ACCOUNT:TARGET with the account of the bucket and a target that the operator of this gateway lets it use (serve --notification-targets).`;
}

/** One answer for a target that is not there and one of others, so that nobody learns which targets there are. */
function readTarget(arn: string, { service, kind }: Form, scope: NotificationScope): string | Refusal {
  const begin = `arn:aws:${service}:${scope.region}:${scope.accountId}:`;
  const target = arn.startsWith(begin) ? arn.slice(begin.length) : "";
  return target !== "" && scope.permits(target)
    ? target
    : refuse("InvalidArgument", `${unableToValidate}: ${arn.slice(0, 256)}. ${asTarget(service, scope.region)}`, {
        details: { ArgumentName: arn.slice(0, 256), ArgumentValue: `The destination ${kind} does not exist` },
      });
}

function readRule(sent: XmlElement, form: Form, scope: NotificationScope, newId: () => string) {
  const arn = textOf(sent, form.member)?.trim();
  const events = [...new Set(children(sent, "Event").map(({ text }) => text.trim()))];
  if (arn === undefined || events.length === 0) return refuse("MalformedXML");
  for (const event of events) {
    const refused = checkEvent(event);
    if (refused !== undefined) return refused;
  }
  const id = textOf(sent, "Id") || newId();
  if (id.length > maxIdLength)
    return invalid(`ID length should not exceed allowed limit of ${maxIdLength}`, "Id", id.slice(0, 128));
  const filter = readFilter(sent);
  if (isRefusal(filter)) return filter;
  const target = readTarget(arn, form, scope);
  return isRefusal(target) ? target : { id, kind: form.kind, target, events, ...filter };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html */
export function readNotificationRules(
  root: XmlElement,
  scope: NotificationScope,
  newId: () => string,
): readonly NotificationRule[] | Refusal {
  const rules: NotificationRule[] = [];
  for (const form of forms)
    for (const sent of children(root, form.root)) {
      if (rules.length === maxNotificationRules)
        return refuse("InvalidArgument", `A bucket has at most ${maxNotificationRules} notification configurations.`);
      const rule = readRule(sent, form, scope, newId);
      if (isRefusal(rule)) return rule;
      rules.push(rule);
    }
  const twice = rules.find(({ id }, at) => rules.findIndex((one) => one.id === id) !== at);
  if (twice !== undefined)
    return invalid("Same ID used for multiple configurations. IDs must be unique", "Id", twice.id);
  const overlap = findOverlap(rules);
  if (overlap === undefined) return rules;
  return invalid(
    overlap.haveFilters
      ? "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
      : "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
    "Event",
    overlap.events.join(", "),
  );
}

export function notificationElement(
  rule: NotificationRule,
  { region, accountId }: Omit<NotificationScope, "permits">,
): XmlNode[] {
  return forms
    .filter(({ kind }) => kind === rule.kind)
    .map(({ root, member, service }) =>
      element(root, [
        element("Id", rule.id),
        element(member, `arn:aws:${service}:${region}:${accountId}:${rule.target}`),
        ...rule.events.map((event) => element("Event", event)),
        filterElement(rule),
      ]),
    );
}

function filterElement({ prefix, suffix }: NotificationRule): XmlNode | undefined {
  const rules = Object.entries({ prefix, suffix }).flatMap(([name, value]) =>
    value === undefined ? [] : [element("FilterRule", [element("Name", name), element("Value", value)])],
  );
  return rules.length === 0 ? undefined : element("Filter", [element("S3Key", rules)]);
}
