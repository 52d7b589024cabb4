import type { GatewayRequest, Route } from "../authn/request.ts";
import type { AuthorizationInput } from "../authz/prepare-s3.ts";
import type { SubjectDetails } from "../operations/s3/s3-subject.ts";
import { EngineError, type StoreError } from "../ports/store-error.ts";

type S3Route = Extract<Route, { service: "s3" }>;

/** One object is decided often, because several processes get ahead of one another. Many objects, or one on an engine, cost more each time. */
export function attemptsOf({ key }: S3Route, { seen }: AuthorizationInput, conflict: StoreError): number {
  if (key === undefined) return seen === undefined ? 1 : 3;
  return conflict instanceof EngineError ? 3 : 50;
}

/** The object that a request changes, when that is quickly done: a copy may take hours, and nobody who reads has to wait. */
export function changedObject(
  { request: { wire }, route: { bucket, key } }: { readonly request: GatewayRequest; readonly route: S3Route },
  { source }: SubjectDetails,
): string | undefined {
  if (wire.method === "GET" || wire.method === "HEAD" || source !== undefined || key === undefined) return undefined;
  return `${bucket ?? ""}/${key}`;
}
