import { decodeComponent, decodeQuery } from "@s3-credentials/protocol";
import { modelledRoutes } from "./modelled-routes.ts";
import { isRestService, type RestService } from "./json-services.ts";
import type { JsonMembers, JsonValue } from "./json-value.ts";

/** Of a member of the query. */
type QueryType = "text" | "number" | "boolean" | "list";

/** A request of a service whose operations have a method and a path each. */
interface RestRoute {
  readonly name: string;
  readonly method: string;
  /** Of the path. A label is the name of a member. */
  readonly segments: readonly ({ readonly literal: string } | { readonly label: string })[];
  readonly query: ReadonlyMap<string, QueryType>;
}

function parseRoute(name: string, text: string): RestRoute {
  const [method = "", target = ""] = text.split(" ");
  const [path = "", query] = target.split("?");
  return {
    name,
    method,
    segments: path
      .slice(1)
      .split("/")
      .map((part) => (part.startsWith("{") ? { label: part.slice(1, -1) } : { literal: part })),
    query: new Map(
      (query?.split("&") ?? []).map((one): [string, QueryType] => {
        const [member = "", type = ""] = one.split(":");
        return [member, type as QueryType];
      }),
    ),
  };
}

function routesOf(service: RestService): readonly RestRoute[] {
  const literals = ({ segments }: RestRoute): number => segments.filter((one) => "literal" in one).length;
  // A path that names its words is meant before one that has a label in their place.
  return Object.entries<string>(modelledRoutes[service])
    .map(([name, text]) => parseRoute(name, text))
    .toSorted((left, right) => literals(right) - literals(left));
}

const routes: Readonly<Record<RestService, readonly RestRoute[]>> = {
  account: routesOf("account"),
  "access-analyzer": routesOf("access-analyzer"),
};

/** Whether a parameter of the query may be sent more than once. */
export function isListParameter(service: string, name: string): boolean {
  return isRestService(service) && routes[service].some(({ query }) => query.get(name) === "list");
}

export interface FoundRoute {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly query: RestRoute["query"];
}

/**
 * The operation of a method and a path as it was sent; undefined when there is none.
 * INVARIANT: segments are decoded once, and an empty one or one of dots is no name: the signature of this service covers the path without
 * those, so that with them it would hold for another operation.
 */
export function findRestRoute(service: RestService, method: string, path: string): FoundRoute | undefined {
  const sent = path.slice(1).split("/").map(decodeComponent);
  if (sent.some((one) => one === undefined || one === "" || one === "." || one === "..")) return undefined;
  for (const route of routes[service]) {
    if (route.method !== method || route.segments.length !== sent.length) continue;
    const labels = new Map<string, string>();
    const fits = route.segments.every((segment, at) => {
      const text = sent[at] ?? "";
      if ("label" in segment) labels.set(segment.label, text);
      return "label" in segment || segment.literal === text;
    });
    if (fits) return { name: route.name, labels, query: route.query };
  }
  return undefined;
}

/**
 * What a request asks with, from its path, its query and its document.
 * INVARIANT: each member has one place. One of the path or the query that is also in the document counts only in its own place.
 */
export function bindMembers({ labels, query }: FoundRoute, sent: string, document: JsonMembers): JsonMembers {
  const members = new Map([...document].filter(([name]) => !labels.has(name) && !query.has(name)));
  for (const [name, text] of labels) members.set(name, text);
  for (const [name, text] of sent === "" ? [] : (decodeQuery(sent) ?? [])) {
    const type = query.get(name);
    if (type === undefined) continue;
    const before = members.get(name);
    members.set(name, type === "list" ? [...(Array.isArray(before) ? before : []), text] : valueOf(type, text));
  }
  return members;
}

/** A text that is no value of the type stays a text, and the member's field refuses it. */
function valueOf(type: Exclude<QueryType, "list">, text: string): JsonValue {
  if (type === "number" && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
