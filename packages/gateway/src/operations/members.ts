import type { XmlElement } from "@s3-credentials/protocol";
import type { JsonMembers } from "./json/json-value.ts";
import { modelledMembers } from "./modelled-members.ts";
import { type Refusal, refuse } from "./operation.ts";

/**
 * INVARIANT: nothing that a client asks for is silently dropped. What an operation's model has (see `modelledMembers`) is read by the
 * operation's row, or changes nothing at AWS either (`noOps`), or is refused by name before anything is done. Names that no model of
 * the operation has are ignored, as AWS ignores them.
 */
interface Members {
  readonly reads: readonly string[];
  readonly refuses: ReadonlySet<string>;
}

/** What changes nothing here and at AWS, and why. */
export const noOps: Readonly<Record<string, string>> = {
  clientToken:
    "It says that a request is sent again. What makes something answers then as it did before; all else has the same effect when it is repeated.",
  "x-amz-bucket-object-lock-token":
    "It was once needed to give a bucket Object Lock that was made without; the right to configure it is enough.",
  "x-amz-confirm-remove-self-bucket-access":
    "It confirms a policy that takes away its writer's own access; such a policy is accepted without it.",
  "x-amz-optional-object-attributes": "It asks for the restore status of archived objects; no object here is archived.",
  "/Owner/DisplayName": "A name for people to read; owners are identified by their ID.",
  "/AccessControlList/Grant/Grantee/DisplayName": "A name for people to read; grantees are identified by their ID.",
};

/** Splits what a model has into what a row reads and what is refused. A name that ends in `*` stands for all that begin so. */
export function splitMembers(modelled: string, reads: ReadonlySet<string>): Members {
  const members = modelled.split(" ").filter((name) => name !== "" && !Object.hasOwn(noOps, name));
  return {
    reads: members.filter((name) => reads.has(name)),
    refuses: new Set(members.filter((name) => !reads.has(name))),
  };
}

const services: Readonly<Record<string, Readonly<Record<string, string>>>> = modelledMembers;

/** Whether an SDK has the operation: those of our own are in none. */
export function isModelled(service: string, operation: string): boolean {
  return Object.hasOwn(services[service] ?? {}, operation);
}

/** An operation without a model has no members. */
export function modelOf(service: string, operation: string): string {
  return isModelled(service, operation) ? (services[service]?.[operation] ?? "") : "";
}

const notImplemented = (name: string, details: Readonly<Record<string, string>>): Refusal =>
  refuse("NotImplemented", `${name} is not implemented.`, { details });

/** Refuses the first header or query parameter that the row does not read. */
export function refuseUnreadHead(
  refused: ReadonlySet<string>,
  request: { readonly headers: ReadonlyMap<string, string>; readonly query: ReadonlyMap<string, string> },
): Refusal | undefined {
  for (const name of refused) {
    if (name.startsWith("?")) {
      if (request.query.has(name.slice(1))) return notImplemented(name.slice(1), { ArgumentName: name.slice(1) });
    } else if (request.headers.has(name)) return notImplemented(name, { Header: name });
  }
  return undefined;
}

/** What a document may have more than once under one element. */
const lists: ReadonlySet<string> = new Set([
  "/AccessControlList/Grant",
  "/CORSRule",
  "/CORSRule/AllowedHeader",
  "/CORSRule/AllowedMethod",
  "/CORSRule/AllowedOrigin",
  "/CORSRule/ExposeHeader",
  "/Object",
  "/OptionalFields/Field",
  "/Part",
  "/QueueConfiguration",
  "/QueueConfiguration/Event",
  "/QueueConfiguration/Filter/S3Key/FilterRule",
  "/RoutingRules/RoutingRule",
  "/Rule",
  "/Rule/Filter/And/Tag",
  "/Rule/NoncurrentVersionTransition",
  "/Rule/Transition",
  "/TagSet/Tag",
  "/TopicConfiguration",
  "/TopicConfiguration/Event",
  "/TopicConfiguration/Filter/S3Key/FilterRule",
]);

/** Refuses the first element of a document that the row does not read, or that is there twice: the row would read one of the two. */
export function refuseElement({ reads, refuses }: Members, root: XmlElement): Refusal | undefined {
  const pending = [{ path: "", element: root }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const seen = new Set<string>();
    for (const element of next.element.children) {
      const path = `${next.path}/${element.name}`;
      if (refuses.has(path)) return notImplemented(element.name, { Element: path.slice(1) });
      if (seen.has(path) && reads.includes(path) && !lists.has(path)) return refuse("MalformedXML");
      seen.add(path);
      if (element.children.length > 0) pending.push({ path, element });
    }
  }
  return undefined;
}

/** Refuses the first member of a JSON request that the row does not read. */
export function refuseUnreadMember(refused: ReadonlySet<string>, members: JsonMembers): Refusal | undefined {
  for (const [name, value] of members) if (value !== null && refused.has(name)) return notImplemented(name, {});
  return undefined;
}

/** Refuses the first parameter of IAM or STS that the row does not read. An empty one asks for nothing: SDKs write empty lists so. */
export function refuseUnreadParameter(
  refused: ReadonlySet<string>,
  parameters: ReadonlyMap<string, string>,
): Refusal | undefined {
  if (refused.size === 0) return undefined;
  for (const [name, value] of parameters) {
    const [member = ""] = name.split(".", 1);
    if (value !== "" && refused.has(member)) return notImplemented(member, {});
  }
  return undefined;
}
