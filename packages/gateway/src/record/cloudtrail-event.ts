import {
  accessAnalyzerErrors,
  accountErrors,
  cloudtrailErrors,
  iamErrors,
  organizationsErrors,
  s3Errors,
  stsErrors,
} from "@s3-credentials/protocol";
import { isXmlElement } from "../operations/s3/read-document.ts";
import { s3Table } from "../operations/table.ts";
import { lastEngineCall } from "../ports/engine-calls.ts";
import type { NewEvent } from "../ports/event-store.ts";
import type { Caller } from "../ports/principal-directory.ts";
import { decisionElement } from "./decision-element.ts";
import { Elements, hidden, type Json, within } from "./elements.ts";
import { escaped } from "./escaped.ts";
import type { EventKind } from "./event-kind.ts";
import type { Call, CalledResource, CallFacts, Outcome } from "./recorded-call.ts";
import { foreignIdentity, userIdentity, userNameOf } from "./user-identity.ts";

/** One event goes to each account that the call concerns; the copies share an id. */
export interface Recipient {
  readonly accountId: string;
  readonly eventId: string;
  readonly sharedEventId: string | undefined;
}

export interface EventParts {
  readonly call: Call;
  readonly facts: CallFacts & { readonly operation: string; readonly caller: Caller };
  readonly kind: EventKind;
  /** Undefined while the operation runs. */
  readonly outcome: Outcome | undefined;
  readonly region: string;
}

export type EventMaker = (recipient: Recipient, changed: boolean) => NewEvent;

/**
 * The events of one call, in CloudTrail's record shape.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function eventMaker(parts: EventParts): EventMaker {
  const { call, facts, kind, outcome, region } = parts;
  const { request } = call;
  const elements = new Elements(call.service);
  const asked = within(requestParameters(parts, elements));
  const answer = kind.showsAnswer ? responseElements(call, outcome, elements) : null;
  const answered = answer === null ? "null" : within(JSON.stringify(answer));
  const userAgent = (request.headers.get("user-agent") ?? "").slice(0, 1024);
  const common =
    `"eventTime":"${secondsOf(request.now)}",${kind.named},"awsRegion":"${escaped(region)}",` +
    `"sourceIPAddress":"${escaped(request.sourceIp)}","userAgent":"${escaped(userAgent)}"${errorOf(call, outcome, elements)},` +
    `"requestParameters":${asked},"responseElements":${answered},"additionalEventData":`;
  const keys = kind.isData ? [] : keysOf(parts); // data events are not looked up
  return (recipient, changed) => {
    const { accountId, eventId, sharedEventId } = recipient;
    const head = isOwn(facts.caller, recipient) ? headOf(facts.caller) : madeHead(foreignIdentity(facts.caller));
    const resources = facts.resources.map((one) => resourceFor(recipient, one)).join(",");
    const body =
      `${head}${common}${additional(parts, recipient)},"requestID":"${escaped(request.requestId)}","eventID":"${eventId}",` +
      `${kind.flags}${resources === "" ? "" : `"resources":[${resources}],`}"recipientAccountId":"${escaped(accountId)}"` +
      `${sharedEventId === undefined ? "" : `,"sharedEventID":"${sharedEventId}"`}}`;
    return { eventId, accountId, changed, keys, body };
  };
}

let lastSecond = { second: 0, text: "" };

/** Kept, because many events have the same time. */
function secondsOf(now: number): string {
  const second = Math.floor(now / 1000);
  if (lastSecond.second !== second) lastSecond = { second, text: `${new Date(now).toISOString().slice(0, 19)}Z` };
  return lastSecond.text;
}

/** Whose a resource is stays out of the events of other accounts: nobody finds out the owner of a bucket by asking for it. As JSON. */
function resourceFor({ accountId: own }: Recipient, { arn, accountId }: CalledResource): string {
  const members = `"type":"${typeOfResource(arn)}","ARN":"${escaped(arn)}"}`;
  return accountId === own ? `{"accountId":"${escaped(own)}",${members}` : `{${members}`;
}

const knownHeads = new WeakMap<Caller, string>();

/** Kept, because requests that follow one another have the same caller, as one object. */
function headOf(caller: Caller): string {
  let head = knownHeads.get(caller);
  if (head === undefined) {
    head = madeHead(userIdentity(caller));
    knownHeads.set(caller, head);
  }
  return head;
}

/** The begin of an event as JSON. */
function madeHead(identity: Json): string {
  return `{"eventVersion":"1.11","userIdentity":${JSON.stringify(identity)},`;
}

function isOwn({ principal }: Caller, { accountId }: Recipient): boolean {
  return "accountId" in principal && principal.accountId === accountId;
}

/** As JSON. CloudTrail documents no name for the policy of a form. */
const signatures = {
  header: '"SignatureVersion":"SigV4","AuthenticationMethod":"AuthHeader"',
  presigned: '"SignatureVersion":"SigV4","AuthenticationMethod":"QueryString"',
  "presigned-v2": '"SignatureVersion":"SigV2","AuthenticationMethod":"QueryString"',
  post: '"SignatureVersion":"SigV4"',
} as const;

function signatureOf({ service, request: { auth } }: Call): string {
  const isSigned = auth.kind === "signed" || auth.kind === "signed-v2";
  return service === "s3" && isSigned ? signatures[auth.auth.form] : "";
}

/** As JSON. */
function additional({ call, facts: { decision, caller, grant } }: EventParts, recipient: Recipient): string {
  let members = signatureOf(call);
  if (decision !== undefined) {
    const own = isOwn(caller, recipient);
    const owner = decision.policyAccount;
    const side = { caller: own, resource: owner === undefined ? own : owner === recipient.accountId };
    members += `${members === "" ? "" : ","}"decision":${decisionElement(decision, side)}`;
    // Where a bucket is kept is for those who have it.
    const engine = side.resource && grant !== undefined ? lastEngineCall(grant) : undefined;
    if (engine !== undefined) members += `,"upstream":${JSON.stringify(engine)}`;
  }
  return `{${members}}`;
}

/** As JSON. */
function requestParameters({ call, facts }: EventParts, elements: Elements): string {
  const { service } = call;
  if (service === "s3") return s3Parameters(call, facts, elements);
  const { parameters, document, operation } = facts;
  if (parameters !== undefined) return JSON.stringify(elements.ofForm(operation ?? "", parameters));
  return document === undefined ? "null" : JSON.stringify(elements.ofJson(document));
}

/** Headers that hold what a user says of an object, which may be anything: they are no part of an event. */
const ownMetadata = "x-amz-meta-";

interface ReadMember {
  readonly from: "query" | "headers";
  readonly name: string;
  /** As JSON, from the comma before it to the quote before its value. */
  readonly member: string;
}

const knownReads = new Map<string, readonly ReadMember[]>();

/** What an operation of S3 reads of the head of a request. */
function readsOf(operation: string): readonly ReadMember[] {
  let found = knownReads.get(operation);
  if (found === undefined) {
    const row = (s3Table as Readonly<Record<string, object>>)[operation] ?? {};
    const reads = "reads" in row ? (row.reads as readonly string[]) : [];
    found = reads
      .filter((name) => !name.startsWith("/") && !name.startsWith(ownMetadata))
      .map((read) => {
        const [from, name] = read.startsWith("?") ? (["query", read.slice(1)] as const) : (["headers", read] as const);
        return { from, name, member: `,"${escaped(name)}":"` };
      });
    knownReads.set(operation, found);
  }
  return found;
}

/** The names of the path, and what the operation reads of the head: a signature or a token is never among that. As JSON. */
function s3Parameters({ request, bucket, key }: Call, { operation, document }: CallFacts, elements: Elements): string {
  let members = bucket === undefined ? "" : `"bucketName":"${escaped(bucket)}",`;
  if (key !== undefined) members += `"key":"${escaped(key)}",`;
  members += `"Host":"${escaped(request.headers.get("host") ?? "")}"`;
  for (const { from, name, member } of readsOf(operation ?? "")) {
    const value = request[from].get(name);
    if (value !== undefined) members += `${member}${name.includes("customer-key") ? hidden : escaped(value)}"`;
  }
  if (isXmlElement(document))
    members += `,"${escaped(document.name)}":${JSON.stringify(elements.ofDocument(document))}`;
  else if (typeof document === "string" && document !== "")
    members += `,"bucketPolicy":${JSON.stringify(jsonOf(document))}`;
  return `{${members}}`;
}

/** CloudTrail has a policy as JSON, not as a text. */
function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function responseElements(_call: Call, outcome: Outcome | undefined, elements: Elements): Json {
  if (outcome === undefined || outcome.kind === "refusal") return null;
  if (outcome.kind === "json-result") return elements.ofJson(outcome.members);
  if (outcome.kind === "query-result") return outcome.children === undefined ? null : elements.ofXml(outcome.children);
  return outcome.body.kind === "xml" ? elements.ofXml([outcome.body.root]) : null;
}

const errorTables: Readonly<Record<string, Readonly<Record<string, { readonly message: string }>>>> = {
  s3: s3Errors,
  iam: iamErrors,
  sts: stsErrors,
  organizations: organizationsErrors,
  cloudtrail: cloudtrailErrors,
  account: accountErrors,
  "access-analyzer": accessAnalyzerErrors,
};

/** As JSON, with a comma before each. */
function errorOf({ service }: Call, outcome: Outcome | undefined, elements: Elements): string {
  if (outcome?.kind !== "refusal") return "";
  const { code, message = errorTables[service]?.[code]?.message ?? "" } = outcome;
  return `,"errorCode":"${escaped(code)}","errorMessage":"${escaped(elements.messageOf(message).slice(0, 1024))}"`;
}

const s3Prefix = "arn:aws:s3:::";

const iamTypes: ReadonlyMap<string, string> = new Map([
  ["user", "AWS::IAM::User"],
  ["role", "AWS::IAM::Role"],
  ["group", "AWS::IAM::Group"],
  ["policy", "AWS::IAM::Policy"],
  ["mfa", "AWS::IAM::MFADevice"],
  ["oidc-provider", "AWS::IAM::OIDCProvider"],
]);

function typeOfResource(arn: string): string {
  if (arn.startsWith(s3Prefix)) return arn.includes("/", s3Prefix.length) ? "AWS::S3::Object" : "AWS::S3::Bucket";
  if (arn.startsWith("arn:aws:organizations:")) return "AWS::Organizations::Resource";
  if (arn.startsWith("arn:aws:access-analyzer:"))
    return arn.includes("/archive-rule/") ? "AWS::AccessAnalyzer::ArchiveRule" : "AWS::AccessAnalyzer::Analyzer";
  const [, kind = ""] = /^arn:aws:iam::\w*:([\w-]+)\//.exec(arn) ?? [];
  return iamTypes.get(kind) ?? "AWS::IAM::Account";
}

/** The name by which LookupEvents finds a resource, beside its ARN. */
function nameOfResource(arn: string): string {
  return arn.startsWith(s3Prefix) ? arn.slice(s3Prefix.length) : arn.slice(arn.lastIndexOf("/") + 1);
}

function keysOf({ facts, kind, call }: EventParts): readonly string[] {
  const { principal, accessKeyId } = facts.caller;
  const userName = userNameOf(principal);
  return [
    `EventName=${kind.eventName}`,
    `EventSource=${kind.eventSource}`,
    `ReadOnly=${String(kind.readOnly)}`,
    `RequestId=${call.request.requestId}`,
    ...(userName === undefined ? [] : [`Username=${userName}`]),
    ...(accessKeyId === undefined ? [] : [`AccessKeyId=${accessKeyId}`]),
    ...new Set(
      facts.resources.flatMap(({ arn }) => [
        `ResourceType=${typeOfResource(arn)}`,
        `ResourceName=${arn}`,
        `ResourceName=${nameOfResource(arn)}`,
      ]),
    ),
  ];
}

/** The accounts that a call concerns: the caller's, and those of the resources. */
export function recipientsOf({
  caller,
  resources,
}: Pick<CallFacts, "resources"> & { readonly caller: Caller }): readonly string[] {
  const accounts = "accountId" in caller.principal ? [caller.principal.accountId] : [];
  for (const { accountId } of resources)
    if (accountId !== undefined && accountId !== "" && !accounts.includes(accountId)) accounts.push(accountId);
  return accounts;
}
