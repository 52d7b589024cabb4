import { modelOf } from "../operations/members.ts";
import { type Refusal, refuse } from "../operations/operation.ts";
import type { S3OperationName } from "../ports/operation-name.ts";
import type { RouteMark, S3Method, S3Route } from "../operations/s3/s3-request.ts";
import { controlOperation } from "../operations/s3/control-routes.ts";
import { s3Routes } from "../operations/table.ts";

export interface DetectInput {
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
}

const methods: Readonly<Record<string, S3Method>> = {
  GET: "GET",
  HEAD: "HEAD",
  PUT: "PUT",
  POST: "POST",
  DELETE: "DELETE",
};

const marks = {
  "copy-source": ({ headers }) => headers.has("x-amz-copy-source"),
  "browser-form": ({ headers }) =>
    headers.get("content-type")?.toLowerCase().startsWith("multipart/form-data") === true,
  "list-type-2": ({ query }) => query.get("list-type") === "2",
  "without-id": ({ query }) => !query.has("id"),
  "without-annotation-name": ({ query }) => !query.has("annotationName"),
} as const satisfies Readonly<Record<RouteMark, (input: DetectInput) => boolean>>;

interface Candidate {
  readonly operation: S3OperationName;
  readonly mark: RouteMark | undefined;
}

function routeKey({ level, method, subResource = "" }: Omit<S3Route, "mark">): string {
  return `${level} ${method} ${subResource}`;
}

/** The operations by level, method and sub-resource: those that need a mark before the one that needs none. */
function index(): ReadonlyMap<string, readonly Candidate[]> {
  const found = new Map<string, Candidate[]>();
  for (const [operation, route] of s3Routes) {
    const key = routeKey(route);
    const others = found.get(key) ?? [];
    const candidate = { operation, mark: route.mark };
    found.set(key, route.mark === undefined ? [...others, candidate] : [candidate, ...others]);
  }
  return found;
}

const operationsByRoute = index();
/** Those of every documented operation, at every level. */
export const subResources: ReadonlySet<string> = new Set(s3Routes.flatMap(([, { subResource }]) => subResource ?? []));

/** The configurations of an account in S3 Control, by the last name of the path. */
const accountResources: ReadonlySet<string> = new Set(
  s3Routes.flatMap(([, { level, subResource }]) => (level === "account" ? (subResource ?? []) : [])),
);

/** What the query of any operation on an object can ask for, beside the sub-resource. */
export const objectParameters: ReadonlySet<string> = new Set(
  s3Routes
    .filter(([, { level }]) => level === "object")
    .flatMap(([operation]) => modelOf("s3", operation).split(" "))
    .filter((member) => member.startsWith("?"))
    .map((member) => member.slice(1)),
);

/** RFC 9110 section 15.5.6: the answer names what is allowed. */
function notAllowed(method: string, { level, subResource }: Pick<S3Route, "level" | "subResource">): Refusal {
  const allowed = Object.keys(methods).filter((name) =>
    operationsByRoute.has(routeKey({ level, method: methods[name] ?? "GET", subResource })),
  );
  return refuse("MethodNotAllowed", undefined, {
    details: { Method: method, ResourceType: (subResource ?? level).toUpperCase() },
    headers: { allow: allowed.join(", ") },
  });
}

function namedSubResource(query: ReadonlyMap<string, string>): string | undefined | Refusal {
  let found: string | undefined;
  for (const name of query.keys()) {
    if (!subResources.has(name)) continue;
    if (found !== undefined) return refuse("InvalidArgument", `Conflicting query string parameters: ${found}, ${name}`);
    found = name;
  }
  return found;
}

function levelOf({ bucket, key }: DetectInput): S3Route["level"] {
  if (bucket === undefined) return "service";
  return key === undefined ? "bucket" : "object";
}

/**
 * Parameters that must be present, or must be absent, because otherwise the request would mean another operation than its client thinks.
 */
function checkParameters({ level, method, subResource }: S3Route, query: DetectInput["query"]): Refusal | undefined {
  if (level === "object" && method === "PUT") {
    const isPart = query.has("partNumber");
    if (subResource === "uploadId" && !isPart)
      return refuse("InvalidArgument", "An upload id needs a part number.", {
        details: { ArgumentName: "partNumber" },
      });
    // A part without its upload must not become the whole object.
    if (subResource === undefined && isPart)
      return refuse("InvalidArgument", "A part number needs an upload id.", { details: { ArgumentName: "uploadId" } });
  }
  const type = query.get("list-type");
  if (level !== "bucket" || method !== "GET" || subResource !== undefined || type === undefined || type === "2")
    return undefined;
  return refuse("InvalidArgument", "Invalid List Type specified in Request", {
    details: { ArgumentName: "list-type", ArgumentValue: type },
  });
}

const controlPrefix = "/v20180820/";
const configurationPrefix = `${controlPrefix}configuration/`;

/**
 * S3 Control is signed as S3 is, and a bucket could have its paths; only a request to S3 Control names an account. Without this, the
 * configuration of a whole account would be taken for an object.
 */
export function isS3Control(path: string, headers: DetectInput["headers"]): boolean {
  return path.startsWith(controlPrefix) && headers.has("x-amz-account-id");
}

/** The operation that a request to S3 Control asks for. */
export function detectS3Control(sent: string, path: string): S3OperationName | Refusal {
  const name = path.startsWith(configurationPrefix) ? path.slice(configurationPrefix.length) : "";
  if (!accountResources.has(name)) {
    const asked = controlOperation(sent, path.slice(controlPrefix.length)) ?? path.slice(0, 256);
    return refuse("NotImplemented", `${asked} of S3 Control is not implemented.`);
  }
  const method = Object.hasOwn(methods, sent) ? methods[sent] : undefined;
  const [meant] =
    method === undefined
      ? []
      : (operationsByRoute.get(routeKey({ level: "account", method, subResource: name })) ?? []);
  return meant?.operation ?? notAllowed(sent, { level: "account", subResource: name });
}

/**
 * The operation an S3 request asks for, by the routes of the operations' rows: level (service, bucket, object), method,
 * sub-resource, mark. Parameters that select nothing (`x-id` among them) are signed and ignored.
 */
export function detectS3(input: DetectInput): S3OperationName | Refusal {
  if (input.method === "OPTIONS") return "OptionsObject";
  const method = Object.hasOwn(methods, input.method) ? methods[input.method] : undefined;
  const subResource = namedSubResource(input.query);
  if (typeof subResource === "object") return subResource;
  const level = levelOf(input);
  if (method === undefined) return notAllowed(input.method, { level, subResource });
  const route: S3Route = { level, method, subResource };
  const unfit = checkParameters(route, input.query);
  if (unfit !== undefined) return unfit;
  const candidates = operationsByRoute.get(routeKey(route)) ?? [];
  const meant = candidates.find(({ mark }) => mark === undefined || marks[mark](input));
  return meant?.operation ?? notAllowed(method, route);
}
