import { element, renderXml } from "../xml/write-xml.ts";
import {
  type ErrorCode,
  type ErrorRow,
  iamErrors,
  jsonNames,
  queryNames,
  cloudtrailErrors,
  accessAnalyzerErrors,
  accountErrors,
  organizationsErrors,
  ownErrors,
  s3Errors,
  stsErrors,
} from "./error-table.ts";

export interface RenderedError {
  readonly status: number;
  readonly body: string;
}

export interface S3ErrorParts {
  readonly code: ErrorCode;
  readonly message?: string | undefined;
  /** Path of the request. */
  readonly resource?: string | undefined;
  readonly requestId: string;
  readonly hostId: string;
  readonly details?: Readonly<Record<string, string>> | undefined;
  /** S3 Control puts its errors, without the ids, inside `<ErrorResponse>`. */
  readonly isControl?: boolean | undefined;
}

function rowOf(table: Readonly<Record<string, ErrorRow>>, code: string): ErrorRow | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

/** INVARIANT: a code that is not in the table of its service is our own fault, and is reported as an internal error. */
const ours: ErrorRow = { status: 500, message: "We encountered an internal error. Please try again." };

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses */
export function renderS3Error({
  code,
  message,
  resource,
  requestId,
  hostId,
  details = {},
  isControl = false,
}: S3ErrorParts): RenderedError {
  const known = rowOf(s3Errors, code);
  const { status, message: standard } = known ?? ours;
  const ids = [element("RequestId", requestId), element("HostId", hostId)];
  const error = element("Error", [
    element("Code", known === undefined ? "InternalError" : code),
    element("Message", known === undefined ? standard : (message ?? standard)),
    ...Object.entries(details).map(([name, value]) => element(name, value)),
    resource === undefined ? undefined : element("Resource", resource),
    ...(isControl ? [] : ids),
  ]);
  const root = isControl ? element("ErrorResponse", [error, ...ids]) : error;
  return { status, body: renderXml(root) };
}

export interface QueryErrorParts {
  readonly service: "iam" | "sts";
  readonly code: ErrorCode;
  readonly message?: string | undefined;
  readonly requestId: string;
}

export const queryNamespaces = {
  iam: "https://iam.amazonaws.com/doc/2010-05-08/",
  sts: "https://sts.amazonaws.com/doc/2011-06-15/",
} as const;

export function renderQueryError({ service, code, message, requestId }: QueryErrorParts): RenderedError {
  const name = renamed(queryNames, code);
  const known = rowOf(service === "iam" ? iamErrors : stsErrors, name);
  const { status, message: standard } = known ?? ours;
  const root = element(
    "ErrorResponse",
    [
      element("Error", [
        element("Type", status >= 500 ? "Receiver" : "Sender"),
        element("Code", known === undefined ? "ServiceFailure" : name),
        element("Message", known === undefined ? standard : (message ?? standard)),
      ]),
      element("RequestId", requestId),
    ],
    { xmlns: queryNamespaces[service] },
  );
  return { status, body: renderXml(root) };
}

export interface JsonErrorParts {
  readonly service: keyof typeof jsonErrorTables;
  readonly code: ErrorCode;
  readonly message?: string | undefined;
  /** More members of the error: `Reason`. */
  readonly details?: Readonly<Record<string, string>> | undefined;
}

const jsonErrorTables = {
  organizations: organizationsErrors,
  cloudtrail: cloudtrailErrors,
  account: accountErrors,
  "access-analyzer": accessAnalyzerErrors,
  "s3-credentials": ownErrors,
} as const;

function renamed(names: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(names, code) ? (names[code] ?? code) : code;
}

/** Status and words of a service's error, for an answer that is none of the service's own forms. */
export function describeError(
  service: "s3" | "iam" | "sts" | keyof typeof jsonErrorTables,
  code: ErrorCode,
  message?: string,
): { readonly status: number; readonly code: string; readonly message: string } {
  const table = { s3: s3Errors, iam: iamErrors, sts: stsErrors, ...jsonErrorTables }[service];
  const isQuery = service === "iam" || service === "sts";
  const name = renamed(service === "s3" ? {} : isQuery ? queryNames : jsonNames, code);
  const known = rowOf(table, name);
  if (known === undefined) return { status: ours.status, code: "InternalError", message: ours.message };
  return { status: known.status, code: name, message: message ?? known.message };
}

/** The services whose requests name an operation by method and path. Their clients read the error from a header. */
const restServices: ReadonlySet<string> = new Set(["account", "access-analyzer"] satisfies JsonErrorParts["service"][]);

/**
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
 */
export function renderJsonError({
  service,
  code,
  message,
  details = {},
}: JsonErrorParts): RenderedError & { readonly headers: Readonly<Record<string, string>> } {
  const name = renamed(jsonNames, code);
  const known = rowOf(jsonErrorTables[service], name);
  const { status, message: standard } = known ?? ours;
  const type = known === undefined ? "ServiceException" : name;
  const text = known === undefined ? standard : (message ?? standard);
  const more = known === undefined ? {} : details;
  if (!restServices.has(service))
    return { status, body: JSON.stringify({ __type: type, Message: text, ...more }), headers: {} };
  const body = JSON.stringify({ __type: type, message: text, ...more });
  return { status, body, headers: { "x-amzn-errortype": type } };
}
