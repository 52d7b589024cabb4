import { crossOriginHeaders } from "../operations/s3/bucket-cors.ts";
import {
  isRefusal,
  type NotImplementedOperation,
  type PreflightOperation,
  type Refusal,
  refuse,
  type Reply,
  type S3Context,
  type S3Operation,
  type S3Request,
  type S3Subject,
} from "../operations/operation.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Progress } from "./answer.ts";
import { type Authenticated, authenticate } from "./authenticate.ts";
import { authorizeS3, type Buckets, mayListS3, type S3Case } from "./authorize-s3.ts";
import { type BodyOfS3, readBody } from "./s3-body.ts";
import { checkExpectedOwners } from "./expected-owner.ts";
import type { GateState } from "./gate.ts";
import type { GatewayRequest, Route } from "./request.ts";

type S3Route = Extract<Route, { service: "s3" }>;

/**
 * An S3 request's way: signature, body of its words, its input, the buckets it names, their owners, its demands, and only
 * then the object. The order is that of refusal: nothing is told before what stands earlier has held.
 */
export async function serveS3(
  state: GateState,
  request: GatewayRequest,
  route: S3Route,
  progress: Progress,
): Promise<Reply | Refusal> {
  progress.operation = route.operation;
  const row = state.tables.s3[route.operation];
  if ("preflight" in row) return answerPreflight(state, row, request, route);
  const outcome = await serveRow(state, row, request, route, progress);
  const { bucket: name } = route;
  if (name === undefined || !request.headers.has("origin")) return outcome;
  const bucket = await state.ports.buckets.find(name);
  if (bucket === undefined) return outcome;
  const extra = crossOriginHeaders(request.headers, request.wire.method, bucket);
  return { ...outcome, headers: { ...outcome.headers, ...extra } };
}

async function answerPreflight(
  state: GateState,
  row: PreflightOperation,
  { headers }: GatewayRequest,
  { bucket: name }: S3Route,
): Promise<Reply | Refusal> {
  const bucket = await findBucket(state, name, false);
  if (isRefusal(bucket)) return bucket;
  return bucket === undefined ? refuse("MethodNotAllowed") : row.preflight(headers, bucket);
}

async function serveRow(
  state: GateState,
  row: S3Operation | NotImplementedOperation,
  request: GatewayRequest,
  route: S3Route,
  progress: Progress,
): Promise<Reply | Refusal> {
  const authenticated = await authenticate(state, request, "s3");
  if (isRefusal(authenticated)) return authenticated;
  progress.caller = authenticated.caller;
  if ("notImplemented" in row) return refuse("NotImplemented", `${row.name} is not implemented.`);
  const body = await readBody(row, request, authenticated);
  if (isRefusal(body)) return body;
  return runRow({ state, request, route, authenticated, progress }, row, body);
}

interface Way {
  readonly state: GateState;
  readonly request: GatewayRequest;
  readonly route: S3Route;
  readonly authenticated: Authenticated;
  readonly progress: Progress;
}

async function runRow(way: Way, row: S3Operation, body: BodyOfS3): Promise<Reply | Refusal> {
  const { state, request, route, authenticated, progress } = way;
  const parsed: S3Request = {
    bucket: route.bucket,
    key: route.key,
    query: request.query,
    headers: request.headers,
    small: body.small,
  };
  const input = row.parse(parsed);
  if (isRefusal(input)) return input;
  const subject = row.subject(input);
  const found = await findBuckets(state, route, subject);
  if (isRefusal(found)) return found;
  const mistaken = checkExpectedOwners(request.headers, found);
  if (mistaken !== undefined) return mistaken;
  const test = caseOf(way, row, subject, found);
  const { outcome, decision } = await authorizeS3(test);
  progress.decision = decision;
  if (isRefusal(outcome)) return outcome;
  const context: S3Context = {
    ports: state.ports,
    caller: authenticated.caller,
    principal: authenticated.caller.principal,
    requestId: request.requestId,
    now: request.now,
    origin: request.origin,
    bucket: found.bucket,
    sourceBucket: found.source,
    body: body.stream,
    mayList: (which) => mayListS3(test, which),
  };
  return row.run(outcome, input, context);
}

/** Made by the request itself: it may be absent, and when it is there its policy has no say. */
function makesBucket(route: S3Route): boolean {
  return route.operation === "CreateBucket";
}

async function findBuckets(state: GateState, route: S3Route, subject: S3Subject): Promise<Buckets | Refusal> {
  const bucket = await findBucket(state, subject.bucket, makesBucket(route));
  if (isRefusal(bucket)) return bucket;
  const source =
    subject.source?.bucket === subject.bucket ? bucket : await findBucket(state, subject.source?.bucket, false);
  return isRefusal(source) ? source : { bucket, source };
}

async function findBucket(
  state: GateState,
  name: string | undefined,
  mayLack: boolean,
): Promise<BucketRecord | undefined | Refusal> {
  if (name === undefined) return undefined;
  const bucket = await state.ports.buckets.find(name);
  if (bucket === undefined && !mayLack) return refuse("NoSuchBucket", undefined, { details: { BucketName: name } });
  return bucket;
}

function caseOf(
  { state, request, route, authenticated }: Way,
  row: S3Operation,
  subject: S3Subject,
  found: Buckets,
): S3Case {
  const { caller, auth } = authenticated;
  return {
    operation: route.operation,
    row,
    subject,
    buckets: makesBucket(route) ? { bucket: undefined, source: undefined } : found,
    facts: { request, auth, caller, region: state.ports.region },
    policies: state.policies,
    requestId: request.requestId,
  };
}
