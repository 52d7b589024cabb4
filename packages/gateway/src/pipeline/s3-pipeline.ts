import type { VerifiedBody } from "@s3-credentials/protocol";
import { crossOriginHeaders } from "../operations/s3/bucket-cors.ts";
import {
  type BufferedBody,
  isRefusal,
  type NotImplementedOperation,
  type PreflightOperation,
  type Refusal,
  refuse,
  type Reply,
} from "../operations/operation.ts";
import { refuseElement } from "../operations/members.ts";
import { isXmlElement } from "../operations/s3/read-document.ts";
import type { S3Context } from "../operations/s3/s3-context.ts";
import type { S3Operation } from "../operations/s3/s3-operation.ts";
import type { S3Subject, SubjectDetails } from "../operations/s3/s3-subject.ts";
import type { Ports } from "../ports/ports.ts";
import { eventKind } from "../record/event-kind.ts";
import type { ResourceAccount } from "../ports/principal-directory.ts";
import type { Progress } from "./answer.ts";
import { admit, type Admitted } from "./admit.ts";
import type { Attempt } from "./object-turns.ts";
import { attemptsOf, changedObject } from "./s3-repeats.ts";
import { authorizeS3, mayListS3, mayReadS3 } from "../authz/authorize-s3.ts";
import type { AuthorizationInput, Buckets } from "../authz/prepare-s3.ts";
import { StoreError } from "../ports/store-error.ts";
import { withSeenObjects } from "../authz/seen-objects.ts";
import { checkExpectedOwners } from "../authz/expected-owner.ts";
import { checkRequestPayer, isCharged } from "../authz/request-payer.ts";
import { callerKey } from "./caller-limits.ts";
import { findBucket, findBuckets, resourceAccounts, resourcesOf, usedBuckets } from "./find-buckets.ts";
import type { GateState } from "./gate-state.ts";
import { accountOf } from "../authz/authorize.ts";
import type { Grant } from "../ports/grant.ts";
import { refuseImpossible } from "../authz/possible-s3.ts";
import type { GatewayRequest, Route } from "../authn/request.ts";
import { readPostForm } from "./post-form.ts";
import { planBody, readDocument } from "./s3-body.ts";
import { step } from "./step.ts";

type S3Route = Extract<Route, { service: "s3" }>;

/**
 * The steps of an S3 request: signature, the buckets it names, their owners, its demands, then a buffered body, and only then the object. The
 * order is that of refusal: nothing is disclosed, and nothing is read, before every earlier check has passed.
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
  const bucket = await findBucket(state.ports, name, true);
  if (bucket === undefined || isRefusal(bucket)) return outcome;
  const extra = await crossOriginHeaders(request.headers, request.wire.method, bucket.bucket);
  return { ...outcome, headers: { ...outcome.headers, ...extra } };
}

async function answerPreflight(
  state: GateState,
  row: PreflightOperation,
  request: GatewayRequest,
  { bucket: name }: S3Route,
): Promise<Reply | Refusal> {
  const bucket = await findBucket(state.ports, name, false);
  if (isRefusal(bucket)) return bucket;
  if (bucket === undefined) {
    const details = { Method: "OPTIONS", ResourceType: "SERVICE" };
    return refuse("MethodNotAllowed", undefined, { details, headers: { allow: "GET" } });
  }
  const caller = callerKey({ principal: { kind: "anonymous" } }, request);
  return row.preflight(request.headers, bucket.bucket, state.time.of(caller, request.signal).turn);
}

async function serveRow(
  state: GateState,
  row: S3Operation | NotImplementedOperation,
  request: GatewayRequest,
  route: S3Route,
  progress: Progress,
): Promise<Reply | Refusal> {
  const authenticated = await admit(state, request, "s3");
  if (isRefusal(authenticated)) return authenticated;
  progress.caller = authenticated.caller;
  progress.time = authenticated.time;
  if ("notImplemented" in row) return refuse("NotImplemented", `${row.name} is not implemented.`);
  if (row.body.kind === "form") return serveForm({ state, request, route, row, authenticated, progress });
  const body = planBody(row.body, request, authenticated);
  if (isRefusal(body)) return body;
  const head = row.parse(request, { bucket: route.bucket, key: route.key });
  if (isRefusal(head)) return row.unsupported(request) ?? head;
  const scope = { state, request, route, row, authenticated, progress };
  return row.body.kind === "buffered" && body !== undefined
    ? runBuffered(scope, row.body, head, body)
    : runPlain(scope, head, body);
}

interface RequestScope {
  readonly state: GateState;
  readonly request: GatewayRequest;
  readonly route: S3Route;
  readonly row: S3Operation;
  readonly authenticated: Admitted;
  readonly progress: Progress;
}

/** A form is a request of its own, which its fields describe, and its caller signed its policy. */
async function serveForm(scope: RequestScope): Promise<Reply | Refusal> {
  const { state, progress, row } = scope;
  const form = await readPostForm(state, scope.request, scope.route.bucket ?? "");
  if (isRefusal(form)) return form;
  const { request, key, authenticated, body } = form;
  try {
    progress.caller = authenticated.caller;
    progress.time = authenticated.time;
    progress.form = { request, key };
    const head = row.parse(request, { bucket: scope.route.bucket, key });
    if (isRefusal(head)) return row.unsupported(request) ?? head;
    return await runPlain({ ...scope, request, route: { ...scope.route, key }, authenticated }, head, body);
  } finally {
    state.callers.leave(request);
  }
}

async function runPlain(scope: RequestScope, head: unknown, body: VerifiedBody | undefined): Promise<Reply | Refusal> {
  return decideAndRun(scope, scope.row.details(head), body === undefined, async (authorization) => {
    const grant = await decideS3(scope, authorization);
    if (isRefusal(grant)) return grant;
    const unsupported = scope.row.unsupported(scope.request);
    return unsupported ?? execute(scope, grant, head, contextOf(scope, authorization, body, await portsOf(scope)));
  });
}

/**
 * The operation uses the objects that the decision saw. When one of them was replaced or changed meanwhile, the decision does not hold for
 * the new one, and is made again. It is made again too when the operation itself found an object that was replaced before it changed it: of
 * writes at the same time, S3 lets the last one win.
 */
async function decideAndRun(
  scope: RequestScope,
  details: SubjectDetails,
  isRepeatable: boolean,
  run: (authorization: AuthorizationInput) => Promise<Reply | Refusal>,
): Promise<Reply | Refusal> {
  const object = isRepeatable ? changedObject(scope, details) : undefined;
  const once = async (): Promise<Attempt<Reply | Refusal>> => {
    const authorization = await decidableAuthorization(scope, details);
    if (isRefusal(authorization)) return { outcome: authorization };
    try {
      return { outcome: await run(authorization) };
    } catch (error) {
      if (!(isRepeatable && error instanceof StoreError && error.kind === "conflict")) throw error;
      return { conflict: error, attempts: attemptsOf(scope.route, authorization, error) };
    }
  };
  return scope.state.turns.repeat(object, once, async () => {
    const authorization = await decidableAuthorization(scope, details);
    if (isRefusal(authorization)) return authorization;
    const grant = await decideS3(scope, authorization);
    return isRefusal(grant) ? grant : undefined;
  });
}

/**
 * Checks the right of the caller before a byte of the body is read, and once more when the body has come, because that may have taken hours
 * and the right may have been taken away meanwhile.
 */
async function runBuffered(
  scope: RequestScope,
  buffered: BufferedBody,
  head: unknown,
  body: VerifiedBody,
): Promise<Reply | Refusal> {
  const { state, request, row } = scope;
  const { details, detailsOfBody } = row;
  const early = await decidableAuthorization(scope, details(head));
  if (isRefusal(early)) return early;
  const refused = detailsOfBody === undefined ? await decideS3(scope, early) : await decidePossible(scope, early);
  if (isRefusal(refused)) return refused;
  const unsupported = row.unsupported(request);
  if (unsupported !== undefined) return unsupported;
  const read = await readDocument(buffered, body, request, scope.authenticated, state.largeBodies);
  if (isRefusal(read)) return read;
  scope.progress.document = read.document;
  const input = inputOf(row, head, read.document);
  if (isRefusal(input)) return input;
  const authenticated = await admit(state, request, "s3");
  if (isRefusal(authenticated)) return authenticated;
  const late = { ...scope, authenticated };
  const about = detailsOfBody === undefined ? details(head) : detailsOfBody(input);
  return decideAndRun(late, about, true, async (authorization) => {
    const grant = await decideS3(late, authorization);
    return isRefusal(grant)
      ? grant
      : execute(late, grant, input, contextOf(late, authorization, undefined, await portsOf(late)));
  });
}

async function execute(
  { state, row }: RequestScope,
  grant: Grant,
  input: unknown,
  context: S3Context,
): Promise<Reply | Refusal> {
  const outcome = await step(state, "execute", async () => row.run(grant, input, context));
  const { bucket, sourceBucket, principal } = context;
  if (isRefusal(outcome) || !isCharged({ bucket, source: sourceBucket }, accountOf(principal))) return outcome;
  return { ...outcome, headers: { ...outcome.headers, "x-amz-request-charged": "requester" } };
}

/** Changes of a bucket are recorded in their own transaction; calls on objects change nothing of the directory. */
async function portsOf({ state, request, route, progress }: RequestScope): Promise<Ports> {
  if (eventKind("s3", route.operation).isData) return state.ports;
  return state.record.portsFor({ ...route, request }, progress);
}

function inputOf(row: S3Operation, head: unknown, document: unknown): unknown {
  const { name, parseBody } = row;
  if (parseBody === undefined) throw new Error(`${name} does not parse its body`);
  if (isRefusal(document)) return document;
  const refused = isXmlElement(document) ? refuseElement(row, document) : undefined;
  return refused ?? parseBody(head, document);
}

/** The request with the buckets it names, which are there. */
async function authorizationOf(scope: RequestScope, details: SubjectDetails): Promise<AuthorizationInput | Refusal> {
  const { bucket, key } = scope.route;
  const subject: S3Subject = Object.assign({}, details, { bucket, key }); // the names of the path win
  const found = await findBuckets(scope.state.ports, scope.row, subject);
  if (isRefusal(found)) return found;
  const buckets = scope.row.makesBucket ? noBuckets : { bucket: found.bucket?.bucket, source: found.source?.bucket };
  scope.progress.resources = resourcesOf(subject, buckets);
  scope.progress.used = usedBuckets(subject, buckets);
  return authorizationInput(
    scope,
    subject,
    buckets,
    await resourceAccounts(scope.state.ports, scope.authenticated.caller.principal, found),
  );
}

/** With the objects that the decision depends on. */
async function decidableAuthorization(
  scope: RequestScope,
  details: SubjectDetails,
): Promise<AuthorizationInput | Refusal> {
  return step(scope.state, "resolve", async () => {
    const authorization = await authorizationOf(scope, details);
    if (isRefusal(authorization)) return authorization;
    const seen = await withSeenObjects(authorization, scope.state.ports);
    if (seen.refused === undefined) return seen.input;
    scope.progress.decision = seen.refused.decision;
    return seen.refused.outcome;
  });
}

/** CreateBucket must not disclose who owns the bucket when it exists already. */
const noBuckets: Buckets = { bucket: undefined, source: undefined };

/** Owners are compared after the decision: whoever has no right to a bucket could otherwise find out who owns it, by guessing. */
async function decideS3(scope: RequestScope, authorization: AuthorizationInput): Promise<Grant | Refusal> {
  const outcome = await step(scope.state, "authorize", async () => {
    const authorized = await authorizeS3(authorization);
    scope.progress.decision = authorized.decision;
    return authorized.outcome;
  });
  if (isRefusal(outcome)) return outcome;
  scope.progress.grant = outcome;
  return checkNamedAccount(scope) ?? checkBuckets(scope, authorization) ?? outcome;
}

/** S3 Control: the caller's rights are to its own account, so the request must name that account. */
function checkNamedAccount({ row, request, authenticated: { caller } }: RequestScope): Refusal | undefined {
  if (row.route.level !== "account") return undefined;
  return request.headers.get("x-amz-account-id") === accountOf(caller.principal) ? undefined : refuse("AccessDenied");
}

/** What a client says, or has to say, of the owners of the buckets. */
function checkBuckets(
  { request: { headers }, authenticated: { caller } }: RequestScope,
  { buckets }: AuthorizationInput,
): Refusal | undefined {
  return checkExpectedOwners(headers, buckets) ?? checkRequestPayer(headers, buckets, accountOf(caller.principal));
}

async function decidePossible(scope: RequestScope, authorization: AuthorizationInput): Promise<Refusal | undefined> {
  const { progress } = scope;
  const refused = await refuseImpossible(authorization);
  progress.decision = refused?.decision;
  return refused?.outcome ?? checkBuckets(scope, authorization);
}

function contextOf(
  { request, route, authenticated: { caller, time } }: RequestScope,
  authorization: AuthorizationInput,
  body: S3Context["body"],
  ports: Ports,
): S3Context {
  return {
    ports,
    time,
    caller,
    principal: caller.principal,
    requestId: request.requestId,
    sourceIp: request.sourceIp,
    now: request.now,
    origin: request.origin,
    bucketName: route.bucket,
    bucketUrl: request.hostBucket === undefined ? `${request.origin}/${route.bucket ?? ""}` : request.origin,
    key: route.key,
    bucket: authorization.buckets.bucket,
    sourceBucket: authorization.buckets.source,
    versionId: authorization.subject.versionId,
    uploadId: request.query.get("uploadId"),
    body,
    mayList: (which) => mayListS3(authorization, which),
    mayRead: (part, version) => mayReadS3(authorization, part, version),
    seen: authorization.seen ?? {},
  };
}

function authorizationInput(
  { state, request, route, row, authenticated }: RequestScope,
  subject: S3Subject,
  buckets: Buckets,
  accounts: ReadonlyMap<string, ResourceAccount>,
): AuthorizationInput {
  const { caller, auth, time } = authenticated;
  return {
    operation: route.operation,
    row,
    subject,
    buckets,
    facts: { request, auth, caller, accounts, region: state.ports.region, kmsKeys: state.ports.kmsKeys },
    policies: state.policies,
    time,
    requestId: request.requestId,
  };
}
