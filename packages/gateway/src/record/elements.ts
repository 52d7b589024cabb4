import type { XmlElement, XmlNode } from "@s3-credentials/protocol";
import { memberKinds } from "../operations/member-kinds.ts";
import { modelledMembers } from "../operations/modelled-members.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type Fields = Readonly<Record<string, Json>>;

/** What an event has in place of a secret, in CloudTrail's words. */
export const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";

/**
 * Members that no model marks as sensitive, and that an event must not show: credentials, codes that count once, what is shared in
 * confidence, and what an encoded message holds of a decision.
 */
const alsoSensitive: readonly string[] = [
  "AuthenticationCode1",
  "AuthenticationCode2",
  "DecodedMessage",
  "EncodedMessage",
  "ExternalId",
  "FederationToken",
  "SessionToken",
  "TokenCode",
];

interface Kinds {
  readonly sensitive: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
  readonly booleans: ReadonlySet<string>;
}

/** By service, for members by their names: the name of an account is confidential, that of a user is not. */
const kindsOf = new Map<string, Kinds>(
  Object.entries(memberKinds).map(([service, { sensitive, numbers, booleans }]) => [
    service,
    {
      sensitive: new Set([...sensitive.split(" "), ...alsoSensitive]),
      numbers: new Set(numbers.split(" ")),
      booleans: new Set(booleans.split(" ")),
    },
  ]),
);

const noKinds: Kinds = { sensitive: new Set(alsoSensitive), numbers: new Set(), booleans: new Set() };

export function isSensitive(service: string, member: string): boolean {
  return (kindsOf.get(service) ?? noKinds).sensitive.has(member);
}

/** Names of members as CloudTrail writes them. */
function named(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}

/** Elements with more parts than this are left out of an event. */
const maxParts = 2000;

/**
 * A form is left out too when a name in it has more parts than any request of IAM and STS: without this limit, one name of some hundred
 * thousand dots would keep the gateway busy for minutes, and could use up its memory.
 */
const maxDepth = 16;

/** Turns what was asked or answered into elements of an event, and keeps the secrets it met, so that no message repeats them. */
export class Elements {
  readonly #service: string;
  readonly #kinds: Kinds;
  readonly #secrets: string[] = [];
  #parts = 0;

  constructor(service: string) {
    this.#service = service;
    this.#kinds = kindsOf.get(service) ?? noKinds;
  }

  /** The parameters of a form that the operation's model has: the signature of a presigned one is not among them. */
  ofForm(operation: string, parameters: ReadonlyMap<string, string>): Json {
    const models: Readonly<Record<string, Readonly<Record<string, string>>>> = modelledMembers;
    const members = new Set((models[this.#service]?.[operation] ?? "").split(" "));
    const parts = [...parameters].flatMap(([name, value]) => {
      const path = name.split(".", maxDepth + 1);
      return members.has(path[0] ?? "") ? [{ path, value }] : [];
    });
    if (parts.length > 0 && parts.length <= maxParts && parts.every(({ path }) => path.length <= maxDepth))
      return this.#nested(parts, "");
    // What is left out may still be repeated in a message.
    for (const { path, value } of parts) this.#value(path[0] ?? "", value);
    return null;
  }

  #nested(parts: readonly { readonly path: readonly string[]; readonly value: string }[], member: string): Json {
    const [only] = parts;
    if (only === undefined) return null;
    if (only.path.length === 0) return this.#value(member, only.value);
    const groups = new Map<string, { path: readonly string[]; value: string }[]>();
    for (const { path, value } of parts) {
      const [head = "", ...rest] = path;
      const group = groups.get(head) ?? [];
      group.push({ path: rest, value });
      groups.set(head, group);
    }
    if (groups.size === 1 && (groups.has("member") || groups.has("entry")))
      return this.#nested([...groups.values()].flat(), member);
    if ([...groups.keys()].every((name) => /^\d+$/.test(name)))
      return [...groups.values()].map((group) => this.#nested(group, member));
    return Object.fromEntries([...groups].map(([name, group]) => [named(name), this.#nested(group, name)]));
  }

  /** The children of a `Result` element, or those of a document. */
  ofXml(children: readonly XmlNode[]): Json {
    const fields = children.map((node) => [node, this.#ofNode(node)] as const);
    if (this.#parts > maxParts) return null;
    if (fields.length > 0 && fields.every(([{ name }]) => name === "member")) return fields.map(([, value]) => value);
    return Object.fromEntries(fields.map(([{ name }, value]) => [named(name), value]));
  }

  #ofNode({ name, content }: XmlNode): Json {
    this.#parts += 1;
    if (this.#parts > maxParts) return null;
    const children = content.filter((item): item is XmlNode => typeof item !== "string");
    if (children.length > 0) return this.ofXml(children);
    return this.#value(name, content.filter((item) => typeof item === "string").join(""));
  }

  /** A document of S3, whose elements keep their names, as CloudTrail has them. */
  ofDocument({ children, text, name }: XmlElement): Json {
    this.#parts += 1;
    if (this.#parts > maxParts) return null;
    if (children.length === 0) return this.#value(name, text);
    const fields: Record<string, Json> = Object.create(null) as Record<string, Json>;
    for (const child of children) {
      const value = this.ofDocument(child);
      const before = fields[child.name];
      fields[child.name] =
        before === undefined ? value : Array.isArray(before) ? [...(before as Json[]), value] : [before, value];
    }
    return fields;
  }

  /** The members of a JSON document. */
  ofJson(value: unknown, member = ""): Json {
    this.#parts += 1;
    if (this.#parts > maxParts) return null;
    if (typeof value === "string") return this.#value(member, value);
    if (this.#kinds.sensitive.has(member)) return hidden;
    if (typeof value === "number" || typeof value === "boolean") return value;
    if (Array.isArray(value)) return value.map((item) => this.ofJson(item, member));
    if (typeof value !== "object" || value === null) return null;
    const members: Iterable<readonly [string, unknown]> =
      value instanceof Map ? (value as ReadonlyMap<string, unknown>) : Object.entries(value);
    return Object.fromEntries([...members].map(([name, item]) => [named(name), this.ofJson(item, name)]));
  }

  /** A value that the model says to be a number is one, so far as it reads as one. */
  #value(member: string, text: string): Json {
    if (this.#kinds.sensitive.has(member)) {
      if (text !== "") this.#secrets.push(text);
      return hidden;
    }
    if (this.#kinds.numbers.has(member) && /^-?\d{1,15}$/.test(text)) return Number(text);
    if (this.#kinds.booleans.has(member) && (text === "true" || text === "false")) return text === "true";
    return text;
  }

  /** A message without the secrets of the request: some say which value was wrong, cut after 128 characters. */
  messageOf(text: string): string {
    return this.#secrets.reduce((message, secret) => message.replaceAll(secret.slice(0, 128), hidden), text);
  }
}

/** The JSON of an element; CloudTrail leaves out what is larger. */
export function within(text: string, maxBytes = 100 * 1024): string {
  if (text.length <= maxBytes) return text;
  return JSON.stringify({ omitted: true, originalSize: text.length, reason: "it is too large" });
}
